"""Investigations: intake by desk and by the public, steps, evidence, decision; what is published."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.stored import stored
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.law.io.shelf import law
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.roles import Role
from chizheng.platform.throttle import allowed, network_of
from chizheng.quality.core.cases import CASE
from chizheng.quality.forms import (
    CONSEQUENCE_NAMES,
    EVENT_NAMES,
    REFERRAL_NAMES,
    VIOLATION_NAMES,
    CaseForm,
    ExhibitForm,
    HandOverForm,
    ProposalForm,
    PublicReportForm,
    ReferForm,
    StepForm,
)
from chizheng.quality.models import Case, Exhibit
from chizheng.quality.queries import access_case, access_cases, access_flags, found, published_cases
from chizheng.quality.usecases import cases as acts

DESKS = (Role.CENTRE, Role.AUTHORITY)


@page(*DESKS)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    rows = access_cases(account(request))
    if request.GET.get("all") != "1":
        rows = rows.exclude(state__in=["closed", "dismissed"])
    return render(
        request, "quality/cases.html", {"rows": paged(request, rows, 25), "all": request.GET.get("all")}
    )


@page(*DESKS)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    me = account(request)
    form = CaseForm(request.POST or None, me=me)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        station = data["station"] or (data["session"].station if data["session"] else None)
        region = station.region if station else me.region
        case = attempt(
            request,
            lambda: acts.receive_case(
                source=data["source"], summary=data["summary"], region=region, actor=me, now=now(), session=data["session"],
                station=station, certificate_number=data["certificate_number"],
            ),
        )  # fmt: skip
        if case is not None:
            return redirect("quality:case", case.uuid)
    return render(request, "quality/form.html", {"form": form, "title": _("登记案件"), "button": _("登记")},
                  status=422 if request.method == "POST" else 200)  # fmt: skip


@page(*DESKS)
@require_POST
def from_flag(request: HttpRequest, pk: int) -> HttpResponse:
    me = account(request)
    flag = found(access_flags(me).filter(pk=pk).first())
    case = attempt(request, lambda: acts.case_of_flag(flag=flag, actor=me, now=now()))
    return redirect("quality:flag", pk) if case is None else redirect("quality:case", case.uuid)


@page(*DESKS)
@require_GET
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    case = access_case(me, uuid)
    events = CASE.events(case.state)
    if me.role != "authority":
        events = [e for e in events if e not in ("decide", "refuse", "publish")]
    sanction = next(
        (s for v in [case.violation] if v for s in acts.sanctions_for(case, v) if s.code == case.sanction),
        None,
    )
    forms = [(e, EVENT_NAMES[e], _form(e, case)) for e in events]
    context = {
        "case": case, "forms": forms, "history": [(EVENT_NAMES[e.event], e) for e in case.events.select_related("by")],
        "exhibits": case.exhibits.prefetch_related("moves"), "exhibit_form": ExhibitForm(), "hand_over": HandOverForm(),
        "violation": VIOLATION_NAMES.get(case.violation, ""), "sanction": sanction,
        "consequences": [CONSEQUENCE_NAMES[c] for c in case.consequences], "referred": REFERRAL_NAMES.get(case.referred_to, ""),
        "open": case.state not in ("closed", "dismissed"),
        "suspensions": case.suspensions.select_related("scope__licence", "assessor"),
        "holds": case.session.holds.filter(cause="case") if case.session else [],
    }  # fmt: skip
    return render(request, "quality/case.html", context)


def _form(event: str, case: Case, data: QueryDict | None = None) -> StepForm:
    if event == "propose":
        return ProposalForm(data, case=case)
    return (ReferForm if event == "refer" else StepForm)(data)


Act = Callable[..., Case]


@page(*DESKS)
@require_POST
def step(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    case = access_case(me, uuid)
    event = request.POST.get("event", "")
    form = _form(event, case, request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(str(e) for e in errors))
        return redirect("quality:case", uuid)
    data = form.cleaned_data
    special: dict[str, Act] = {
        "propose": acts.propose, "decide": acts.decide_case, "refer": acts.refer, "publish": _publish,
    }  # fmt: skip
    act: Act = special.get(event, acts.step_case)
    given = data if event in special else {**data, "event": event}
    if attempt(request, lambda: act(case=case, **given, actor=me, now=now())) is not None:
        messages.success(request, _("已办理。"))
    return redirect("quality:case", uuid)


def _publish(*, text: str, **rest: object) -> Case:
    return acts.publish_case(public_text=text, **rest)  # type: ignore[arg-type]


@page(*DESKS)
@require_POST
def exhibit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    case = access_case(me, uuid)
    form = ExhibitForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        file = data["file"]
        attempt(
            request,
            lambda: acts.take_exhibit(
                case=case, label=data["label"], file_name=file.name if file else "", content=file.read() if file else b"",
                holder=data["holder"], place=data["place"], actor=me, now=now(),
            ),
        )  # fmt: skip
    else:
        messages.error(request, _("请填写证据名称、保管人和保管地点。"))
    return redirect("quality:case", uuid)


def _exhibit(request: HttpRequest, pk: int) -> Exhibit:
    mine = access_cases(account(request)).order_by()
    return found(Exhibit.objects.select_related("case").filter(pk=pk, case__in=mine).first())


@page(*DESKS)
@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    me = account(request)
    row = _exhibit(request, pk)
    form = HandOverForm(request.POST)
    if form.is_valid():
        attempt(request, lambda: acts.hand_over(exhibit=row, **form.cleaned_data, actor=me, now=now()))
    else:
        messages.error(request, _("请填写交出人、接收人和地点。"))
    return redirect("quality:case", row.case.uuid)


@page(*DESKS)
@require_GET
def exhibit_file(request: HttpRequest, pk: int) -> HttpResponse:
    row = _exhibit(request, pk)
    return download(stored(row.stored_as), row.file_name or row.label, "application/octet-stream")


# --- the public's side


def report_allowed(request: HttpRequest) -> bool:
    """Within what one network may report by page in a day; the count remembers nobody."""
    day = today()
    limit = law().number("public_report.per_network_day", on=day)
    return allowed("quality.report_a_fake", network_of(request), day=day, limit=limit)


@page(public=True)
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Anybody reports a fake; the answer is a number to ask by, and nothing about other cases."""
    form = PublicReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not report_allowed(request):
            return render(request, "quality/report_limit.html", status=429)
        data = form.cleaned_data
        case = acts.receive_case(
            source="public", summary=data["summary"], region=data["region"], contact=data["contact"],
            certificate_number=data["certificate_number"], now=now(),
        )  # fmt: skip
        return render(request, "quality/reported.html", {"number": case.number}, status=201)
    return render(
        request, "quality/report_a_fake.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@page(public=True)
@require_GET
def published(request: HttpRequest) -> HttpResponse:
    """Published decisions, by their public text."""
    return render(request, "quality/decisions.html", {"rows": paged(request, published_cases(), 25)})
