"""The ledger of blanks 流水码: balance, history, and every act that may be done with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.views.common import attempt
from chizheng.certificates import queries
from chizheng.certificates.core import blanks as core
from chizheng.certificates.forms import (
    CountForm,
    DestroyForm,
    DrawForm,
    MoveForm,
    OneBlankForm,
    ReceiveForm,
    UseForm,
)
from chizheng.certificates.queries import desk
from chizheng.certificates.usecases import keep_blanks as acts
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import account_of, own_region
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.roles import Role

DESKS = (Role.CENTRE, Role.AUTHORITY)


@page(*DESKS)
@require_GET
def blanks(request: HttpRequest) -> HttpResponse:
    """How many are where, what was done, what waits; one control number can be looked for."""
    account = account_of(request)
    wanted = request.GET.get("serial", "").strip().upper()
    if wanted and desk.access_blanks(account).filter(serial=wanted).exists():
        return redirect("certificates:blank", serial=wanted)
    rows = desk.access_movements(account)
    kind = request.GET.get("kind", "")
    if kind in {m.value for m in core.Move}:
        rows = rows.filter(kind=kind)
    balance = acts.balance(own_region(account))
    last = desk.access_stock_takes(account).first()
    return render(request, "certificates/blanks.html", {
        "balance": [(core.NAMES[s], getattr(balance, s.value), s.value) for s in core.State], "received": balance.received,
        "page": Paginator(rows, 25).get_page(request.GET.get("page")), "moves": core.MOVES, "kind": kind,
        "kinds": [(m.value, core.MOVES[m]) for m in core.Move], "wanted": wanted,
        "destruction": desk.access_destructions(account).filter(closed_at__isnull=True).first(), "last": last,
        "due": _stocktake_due(account, last.at if last else None),
    })  # fmt: skip


def _stocktake_due(account: Account, last: Any) -> int | None:
    """Months between stock-takes where one is overdue."""
    months = law().number("blanks.stocktake_months", on=clock.today(), place=account.region)
    if last is None or (clock.today() - clock.day_of(last)).days > months * 31:
        return months
    return None


@page(*DESKS)
@require_GET
def blank_list(request: HttpRequest) -> HttpResponse:
    """Blanks one by one, by state and batch."""
    rows = desk.access_blanks(account_of(request))
    state = request.GET.get("state", "")
    if state in {s.value for s in core.State}:
        rows = rows.filter(state=state)
    if batch := request.GET.get("batch", ""):
        rows = rows.filter(batch__uuid=queries.access_batch(account_of(request), batch).uuid)
    return render(request, "certificates/blank_list.html", {
        "page": Paginator(rows, 50).get_page(request.GET.get("page")), "names": core.NAMES, "state": state,
        "states": [(s.value, core.NAMES[s]) for s in core.State], "batch": batch,
    })  # fmt: skip


@page(*DESKS)
@require_GET
def blank(request: HttpRequest, serial: str) -> HttpResponse:
    """The life of one blank."""
    row = desk.access_blank(account_of(request), serial)
    steps = row.steps.select_related("movement__actor", "certificate").order_by("movement__at", "movement_id")
    return render(request, "certificates/blank.html", {
        "row": row, "state": core.NAMES[row.state], "steps": [(core.MOVES[s.movement.kind], s) for s in steps],
    })  # fmt: skip


# --- acts: each a page with one form


def _act(
    request: HttpRequest, form: django_forms.Form, do: Callable[[dict[str, Any]], object], *, title: str, lead: str,
    button: str, done: str, danger: bool = False,
) -> HttpResponse:  # fmt: skip
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(request, lambda: bool(do(form.cleaned_data)) or True)
    ):
        messages.success(request, done)
        return redirect("certificates:blanks")
    return render(
        request, "certificates/blank_act.html",
        {"form": form, "title": title, "lead": lead, "button": button, "danger": danger},
        status=200 if request.method == "GET" else 422,
    )  # fmt: skip


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    return _act(
        request, ReceiveForm(request.POST or None),
        lambda d: acts.receive_blanks(first=d["first"], last=d["last"], edition=d["edition"], reason=d["reason"],
                                      actor=me, now=clock.now()),
        title=_("入库"), lead=_("按上级调拨单登记一段流水码；一个流水码只能入库一次。"), button=_("入库"), done=_("已入库"),
    )  # fmt: skip


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def draw(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    form = DrawForm(request.POST or None, batches=desk.drawing_batches(me, published=False))
    value = law().value("blanks.drawn_ratio_max", on=clock.today(), place=me.region)
    lead = _("为一个核发批次领用；超过合格人数 %(ratio)s 倍的须写明理由。依据：%(source)s") % {
        "ratio": value.value, "source": value.citation.say(),
    }  # fmt: skip
    return _act(
        request, form,
        lambda d: acts.draw_blanks(batch=d["batch"], first=d["first"], last=d["last"], reason=d["reason"],
                                   actor=me, now=clock.now()),
        title=_("领用"), lead=lead, button=_("领用"), done=_("已领用"),
    )  # fmt: skip


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def use(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    form = UseForm(request.POST or None, batches=desk.drawing_batches(me, published=True))
    return _act(
        request, form,
        lambda d: acts.use_blanks(batch=d["batch"], first=d["first"], actor=me, now=clock.now()),
        title=_("打印使用"), lead=_("把已公布批次的证书按顺序打印在已领用的空白证书上；已有流水码的证书跳过。"),
        button=_("登记使用"), done=_("已登记：每本证书对应一个流水码"),
    )  # fmt: skip


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def use_one(request: HttpRequest, uuid: str) -> HttpResponse:
    """One certificate on one blank: after a misprint, or for a reissue."""
    me = account_of(request)
    row = queries.access_certificate(me, uuid)
    form = OneBlankForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        serial = form.cleaned_data["serial"]
        if attempt(
            request, lambda: acts.use_blank(certificate=row, serial=serial, actor=me, now=clock.now())
        ):
            messages.success(request, _("已登记流水码"))
    return redirect("certificates:certificate", uuid=row.uuid)


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    start = {"first": request.GET.get("serial", ""), "kind": request.GET.get("kind", "")}
    return _act(
        request, MoveForm(request.POST or None, initial=start),
        lambda d: acts.move_blanks(kind=d["kind"], first=d["first"], last=d["last"], reason=d["reason"], actor=me,
                                   now=clock.now()),
        title=_("退回、作废、报失"), lead=_("作废的等待集中销毁；报失的不再找回使用。证书本身的状态不因此改变。"),
        button=_("登记"), done=_("已登记"), danger=True,
    )  # fmt: skip


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def count(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    expected = acts.balance(own_region(me)).countable
    return _act(
        request, CountForm(request.POST or None),
        lambda d: acts.take_stock(ranges=d["ranges"], reason=d["reason"], actor=me, now=clock.now()),
        title=_("盘点"), lead=_("账上应有 %(n)s 张（在库、已领用未使用、作废未销毁）。盘点不改账：缺的另行报失。") % {"n": expected},
        button=_("记录盘点"), done=_("盘点已记录"),
    )  # fmt: skip


@page(*DESKS)
@require_GET
def counts(request: HttpRequest) -> HttpResponse:
    """Stock-takes and destructions that were made."""
    account = account_of(request)
    return render(request, "certificates/stock_takes.html", {
        "takes": desk.access_stock_takes(account)[:100], "destructions": desk.access_destructions(account)[:100],
    })  # fmt: skip


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def destroy(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    spoiled = acts.balance(own_region(me)).spoiled
    return _act(
        request, DestroyForm(request.POST or None),
        lambda d: acts.open_destruction(basis=d["basis"], actor=me, now=clock.now()),
        title=_("提出销毁"), lead=_("现有作废待销毁 %(n)s 张。提出后由另一人监销确认。") % {"n": spoiled}, button=_("提出销毁"),
        done=_("已提出，等待另一人监销确认"), danger=True,
    )  # fmt: skip


@page(*DESKS)
@require_POST
def destroyed(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person confirms."""
    me = account_of(request)
    row = desk.access_destructions(me).filter(pk=pk).first()
    if row is None:
        raise Http404
    done = attempt(request, lambda: acts.close_destruction(destruction=row, actor=me, now=clock.now()))
    if done:
        messages.success(request, _("已确认销毁并登记流水码"))
    return redirect("certificates:blanks")
