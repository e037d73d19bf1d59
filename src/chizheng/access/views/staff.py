"""The employer's desk: staff list, messages, exceptions."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.access.core.desk_wording import EXPIRES, MESSAGES
from chizheng.access.core.wording import VERDICTS
from chizheng.access.forms.staff import DecideForm, ExceptionForm, StaffSheetForm
from chizheng.access.queries.expiry import due_soon, notice_days
from chizheng.access.queries.staff import (
    access_exception,
    access_exceptions,
    access_member,
    access_messages,
    access_staff,
)
from chizheng.access.usecases import staff as usecases
from chizheng.access.views.ads import body_of
from chizheng.access.views.common import attempt, occupation_names, show_form
from chizheng.access.views.gates import TONES
from chizheng.assessment import stored
from chizheng.law.io.shelf import law
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.roles import Role


@page(Role.EMPLOYER)
@require_GET
def staff(request: HttpRequest) -> HttpResponse:
    """Self-check 自查: everybody in a post, judged by the rules the inspector uses."""
    account = account_of(request)
    rows = access_staff(account)
    counts = dict(rows.order_by().values_list("verdict").annotate(Count("pk")))
    lang = language()
    listed = Paginator(rows.order_by("-verdict", "occupation", "pk"), 50).get_page(request.GET.get("page"))
    return render(request, "access/staff.html", {
        "page": listed, "unread": access_messages(account).filter(read_at__isnull=True).count(),
        "rows": [
            (m, VERDICTS[m.verdict].say(lang) if m.verdict else "", TONES.get(m.verdict, ""),
             (m.reasons or {}).get("reasons_en" if lang == "en" else "reasons", [])[:2])
            for m in listed
        ],
        "counts": [(VERDICTS[v].say(lang), n) for v, n in sorted(counts.items()) if v],
    })  # fmt: skip


@page(Role.EMPLOYER)
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Enrol a staff list; the rows not taken come back as a file."""
    account = account_of(request)
    form = StaffSheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        done = attempt(form, lambda: usecases.enrol_staff(
            content=file.read(), filename=file.name, organisation=body_of(account), actor=account, now=now(),
            lang=language(),
        ))  # fmt: skip
        if done is not None:
            if done.returned is not None:
                answer = download(done.returned.content, done.returned.filename, done.returned.media_type)
                answer["X-Taken"] = str(done.taken)
                return answer
            messages.success(
                request, _("名册已收 %(n)s 人，新增 %(m)s 人") % {"n": done.taken, "m": done.made}
            )
            return redirect("access:staff")
    return show_form(request, form, title=_("上传名册"), button=_("上传"), multipart=True,
                     lead=_("只须登记一次；此后证书状态有变，消息会送到本工作台。有问题的行会带着说明退回。"))  # fmt: skip


@page(Role.EMPLOYER)
@require_GET
def expiring(request: HttpRequest) -> HttpResponse:
    """What of the own staff runs out soon, by how soon."""
    account = account_of(request)
    on, lang = today(), language()
    notices = notice_days(on)
    found = due_soon(on=on, within=notices[-1], organisation=account.organisation_id or 0)
    rows = [(d, EXPIRES[d.kind].say(lang, what=d.what), d.until - timedelta(days=1),
             "bad" if d.days <= notices[0] else "warn" if d.days <= notices[1] else "info") for d in found]  # fmt: skip
    bounds = [(None, 0), *zip([0, *notices[:-1]], notices, strict=True)]
    counts = [
        (low, high, sum((low is None or d.days > low) and d.days <= high for d in found))
        for low, high in bounds
    ]
    return render(request, "access/expiring.html", {
        "rows": rows, "counts": counts, "notices": notices, "watched": access_staff(account).count(),
    })  # fmt: skip


@page(Role.EMPLOYER)
@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_of(request)
    usecases.leave_post(member=access_member(account, pk), on=today(), actor=account, now=now())
    return redirect("access:staff")


@page(Role.EMPLOYER)
@require_POST
def recheck(request: HttpRequest) -> HttpResponse:
    """Judge the own list again now."""
    rows = list(access_staff(account_of(request)).select_related("organisation"))
    changed = usecases.refresh(rows, now=now())
    messages.success(request, _("已复查 %(n)s 人，%(m)s 人有变化") % {"n": len(rows), "m": changed})
    return redirect("access:staff")


@page(Role.EMPLOYER, Role.AGENCY)
@require_http_methods(["GET", "POST"])
def desk_messages(request: HttpRequest) -> HttpResponse:
    """Messages to the desk; posting marks all as read."""
    account = account_of(request)
    rows = access_messages(account)
    if request.method == "POST":
        usecases.mark_read(messages=list(rows.filter(read_at__isnull=True)), now=now())
        return redirect("access:messages")
    lang = language()
    listed = Paginator(rows, 30).get_page(request.GET.get("page"))

    def say(code: str, params: dict[str, str]) -> str:
        if lang == "en" and "verdict_en" in params:
            params = params | {"verdict": params["verdict_en"]}
        if lang == "en" and "what_en" in params:
            params = params | {"what": params["what_en"]}
        return MESSAGES[code].say(lang, **params)

    return render(request, "access/messages.html",
                  {"page": listed, "rows": [(m, say(m.code, m.params)) for m in listed]})  # fmt: skip


@page(Role.EMPLOYER, Role.AUTHORITY)
@require_GET
def exceptions(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    rows = access_exceptions(account)
    lang = language()
    listed = Paginator(rows, 30).get_page(request.GET.get("page"))
    return render(request, "access/exceptions.html", {
        "page": listed, "rows": [(r, law().exemption(r.code).wording.say(lang)) for r in listed],
    })  # fmt: skip


@page(Role.EMPLOYER)
@require_http_methods(["GET", "POST"])
def ask_exception(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    body = body_of(account)
    form = ExceptionForm(request.POST or None, request.FILES or None, initial={"place": body.region})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        file = data.pop("file")
        row = attempt(form, lambda: usecases.ask_exception(
            organisation=body, **data, file=file.read() if file else b"", file_name=file.name if file else "",
            actor=account, now=now(),
        ))  # fmt: skip
        if row is not None:
            messages.success(request, _("申请已提交，等待审批"))
            return redirect("access:exceptions")
    return render(request, "access/ask_exception.html", {"form": form, "names": occupation_names()},
                  status=422 if form.errors else 200)  # fmt: skip


@page(Role.EMPLOYER, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def exception(request: HttpRequest, uuid: str) -> HttpResponse:
    """A request; the authority decides on it here."""
    account = account_of(request)
    row = access_exception(account, uuid)
    decides = account.role == Role.AUTHORITY and row.state == "asked"
    form = DecideForm(request.POST or None) if decides else None
    if request.method == "POST" and form is not None and form.is_valid():
        usecases.decide_exception(
            request=row, granted=form.cleaned_data["granted"] == "1", basis=form.cleaned_data["basis"], actor=account,
            now=now(),
        )  # fmt: skip
        return redirect("access:exceptions")
    rule = law().exemption(row.code)
    return render(request, "access/exception.html", {
        "row": row, "form": form, "what": rule.wording.say(language()), "cite": rule.citation,
    }, status=422 if form is not None and form.errors else 200)  # fmt: skip


@page(Role.EMPLOYER, Role.AUTHORITY)
@require_GET
def exception_file(request: HttpRequest, uuid: str) -> HttpResponse:
    row = access_exception(account_of(request), uuid)
    return download(stored.stored(row.file), row.file_name or "evidence", "application/octet-stream")
