"""Issuing batches: the centre's review, the authority's approval, printing."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.core.states import State as SessionState
from chizheng.assessment.queries import list_sessions_in
from chizheng.certificates import printing, queries
from chizheng.certificates.core import chain
from chizheng.certificates.core.wording import STEPS as STEP_NAMES
from chizheng.certificates.forms import ApproveForm, ReturnForm
from chizheng.certificates.models import Batch
from chizheng.certificates.queries import desk
from chizheng.certificates.usecases.issue_batch import issue_batch, release_batch
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.review_batch import (
    approve_batch,
    list_session,
    return_batch,
    review_batch,
)
from chizheng.certificates.views.common import level_name
from chizheng.people.queries import account_of, by_same_hand
from chizheng.platform import clock, ledger
from chizheng.platform.access import page
from chizheng.platform.downloads import PDF, download
from chizheng.platform.faults import language
from chizheng.platform.roles import Role
from chizheng.quality.queries import hold_of

FIELDS = {
    "name": _l("姓名"), "number": _l("证书编号"), "birth": _l("出生日期"), "document": _l("证件号码"),
}  # fmt: skip


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION)
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """Batches of one's jurisdiction; for the centre also sessions that wait to be listed."""
    account = account_of(request)
    rows = queries.access_batches(account)
    state, basis = request.GET.get("state", ""), request.GET.get("basis", "")
    if state in {s.value for s in chain.State}:
        rows = rows.filter(state=state)
    if basis in Batch.Basis.values:
        rows = rows.filter(basis=basis)
    waiting = (
        list_sessions_in(account, SessionState.SUBMITTED).filter(batch__isnull=True)
        if account.role == Role.CENTRE
        else []
    )
    return render(request, "certificates/batches.html", {
        "page": Paginator(rows, 30).get_page(request.GET.get("page")), "waiting": waiting, "state": state,
        "basis": basis, "bases": Batch.Basis.choices,
        "states": [(s.value, chain.NAMES[s].say(language())) for s in chain.State], "names": chain.NAMES,
    })  # fmt: skip


@page(Role.CENTRE)
@require_POST
def list_batch(request: HttpRequest, uuid: str) -> HttpResponse:
    """Take up a submitted session as an issuing batch."""
    from chizheng.assessment.queries import access_session

    session = access_session(account_of(request), uuid)
    batch = list_session(session=session, now=clock.now(), actor=account_of(request))
    return redirect("certificates:batch", uuid=batch.uuid)


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION)
@require_GET
def batch(request: HttpRequest, uuid: str) -> HttpResponse:
    """One batch: its steps, commitments, people and what may be done next."""
    account = account_of(request)
    row = queries.access_batch(account, uuid)
    certificates = list(row.certificates.select_related("registration").order_by("order"))
    names = queries.printed_names(certificates)
    passing = printing.passing_rows(row) if not certificates else []
    awards = row.awards.select_related("replaces", "batch").order_by("order") if row.exceptional else []
    at = chain.State.APPROVED if row.state == chain.State.HELD else row.state
    reached = chain.STEPS.index(chain.State(at)) if at in chain.STEPS else -1
    before = (row.submitted_by_id, row.reviewed_by_id) if row.state == "reviewed" else (row.submitted_by_id,)
    return render(request, "certificates/batch.html", {
        "batch": row, "certificates": [(c, names[c.pk]) for c in certificates], "passing": passing,
        "steps": [(chain.NAMES[s].say(language()), n < reached, n == reached) for n, s in enumerate(chain.STEPS)],
        "state_name": chain.NAMES[row.state].say(language()),
        "own": by_same_hand(account, *before), "step_names": STEP_NAMES,
        "commitments": row.session.commitments.order_by("pk") if row.session else [],
        "approve": ApproveForm(initial={"issued_on": clock.today()}), "back": ReturnForm(),
        "history": ledger.history(row), "lang": language(),
        "awards": [(a, desk.changes_of(a), level_name(a.level)) for a in awards], "fields": FIELDS,
        "drawn": row.blanks.filter(state="drawn").count(), "used": row.blanks.filter(state="used").count(),
        "hold": hold_of(row.session) if row.session else None, "told_why": account.role != Role.STATION,
        "annulment": row.session.annulments.exclude(granted=False).first() if row.session else None,
    })  # fmt: skip


@page(Role.CENTRE)
@require_POST
def review(request: HttpRequest, uuid: str) -> HttpResponse:
    row = queries.access_batch(account_of(request), uuid)
    review_batch(batch=row, actor=account_of(request), now=clock.now())
    messages.success(request, _("已审核，送行政部门批准"))
    return redirect("certificates:batch", uuid=row.uuid)


@page(Role.AUTHORITY)
@require_POST
def approve(request: HttpRequest, uuid: str) -> HttpResponse:
    """Approve, and (where this process may sign) issue at once."""
    row = queries.access_batch(account_of(request), uuid)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写核发日期"))
        return redirect("certificates:batch", uuid=row.uuid)
    now = clock.now()
    row = approve_batch(batch=row, actor=account_of(request), now=now, issued_on=form.cleaned_data["issued_on"],
                        basis=form.cleaned_data["basis"])  # fmt: skip
    if settings.RUN_MODE in ("all", "issuer"):
        row = issue_batch(batch=row, now=now)
        publish_status(now=now)
    _tell(request, row.state)
    return redirect("certificates:batch", uuid=row.uuid)


@page(Role.CENTRE)
@require_POST
def release(request: HttpRequest, uuid: str) -> HttpResponse:
    """Try a held batch again after its findings were put right."""
    account = account_of(request)
    row = release_batch(batch=queries.access_batch(account, uuid), actor=account, now=clock.now())
    _tell(request, row.state)
    return redirect("certificates:batch", uuid=row.uuid)


def _tell(request: HttpRequest, state: str) -> None:
    if state == chain.State.PUBLISHED:
        messages.success(request, _("证书已编号、入日志、签发并公布"))
    elif state == chain.State.HELD:
        messages.warning(request, _("签发前检查未通过，批次已暂缓；请按下列问题处理后重试"))
    else:
        messages.info(request, _("已批准；签发进程将继续办理"))


@page(Role.CENTRE, Role.AUTHORITY)
@require_POST
def send_back(request: HttpRequest, uuid: str) -> HttpResponse:
    row = queries.access_batch(account_of(request), uuid)
    form = ReturnForm(request.POST)
    if form.is_valid():
        return_batch(
            batch=row, actor=account_of(request), now=clock.now(), reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("已退回鉴定站"))
    else:
        messages.error(request, _("请写明退回原因"))
    return redirect("certificates:batch", uuid=row.uuid)


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION)
@require_GET
def batch_pdf(request: HttpRequest, uuid: str) -> HttpResponse:
    """All certificates of a published batch in one PDF."""
    row = queries.access_batch(account_of(request), uuid)
    rows = list(queries.published().filter(batch=row).select_related("batch__station").order_by("order"))
    if not rows:
        return redirect("certificates:batch", uuid=row.uuid)
    return download(
        printing.render(rows), f"{row.institution}-{row.occupation}-{row.level}.pdf", PDF, show=True
    )
