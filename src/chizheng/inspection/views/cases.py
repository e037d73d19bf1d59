"""The inspectors' desk: what is due, a case and its moves, documents, complaints."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.inspection import queries
from chizheng.inspection.core.cases import CASE, PUBLICATION, Due, name_of
from chizheng.inspection.core.wording import CASE_STATES, CLOCK_NAMES, EVENT_NAMES
from chizheng.inspection.io.paper import typeset
from chizheng.inspection.models import CampaignEmployer, Case, CaseDocument
from chizheng.inspection.usecases import handle_case
from chizheng.inspection.usecases.take_complaint import keep_complaint, read_reporter
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import account_of, require_jurisdiction
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

_DAY = Wording(
    zh="日期“{given}”无法识别，请按 2026-03-01 的样子填写",
    en="Cannot read the date “{given}”: write it like 2026-03-01",
)


@page(Role.INSPECTOR)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Cases of one's place with the next thing due on each."""
    rows = Paginator(queries.access_cases(account_of(request)), 30).get_page(request.GET.get("page"))
    today = clock.today()
    lines = []
    for case in rows:
        due = next(iter(handle_case.due_of(case)), None)
        lines.append((case, name_of(case.state, language()), due and _clock(due, today)))
    return render(request, "inspection/cases.html", {"page": rows, "lines": lines})


def _clock(due: Due, today: date) -> dict[str, object]:
    return {
        "name": CLOCK_NAMES[due.clock].say(language()), "day": due.day, "left": due.left, "late": due.overdue(today),
        "citation": due.citation.say(language()), "covered": due.covered,
    }  # fmt: skip


@page(Role.INSPECTOR)
@require_POST
def from_letter(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(
        CampaignEmployer.objects.select_related("campaign__rematch", "employer"), pk=pk
    )
    try:
        case = handle_case.open_from_letter(member=member, actor=account_of(request), now=clock.now())
    except (Conflict, Refused) as fault:
        messages.error(request, fault.say(language()))
        return redirect("inspection:campaign", member.campaign.uuid)
    return redirect("inspection:case", case.uuid)


@page(Role.INSPECTOR)
@require_GET
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    case = queries.access_case(me, uuid)
    today, lang = clock.today(), language()
    events = CASE.events(case.state)
    if case.published_on is None and case.state in ("served", "performed", "closed"):
        events = [*events, "publish"]
    return render(request, "inspection/case.html", {
        "case": case, "state": CASE_STATES[case.state].say(lang), "team": handle_case.team_of(case),
        "moves": [(e, EVENT_NAMES[e].say(lang)) for e in events],
        "dues": [_clock(d, today) for d in handle_case.due_of(case)],
        "sanctions": handle_case.open_sanctions(case, today), "documents": case.documents.order_by("serial"),
        "events": [(e, EVENT_NAMES[e.name].say(lang)) for e in case.events.select_related("by").order_by("serial")],
        "colleagues": Account.objects.filter(role=Role.INSPECTOR, is_active=True, region__startswith=me.region[:2]).order_by("pk"),
    })  # fmt: skip


@page(Role.INSPECTOR)
@require_POST
def act(request: HttpRequest, uuid: UUID, event: str) -> HttpResponse:
    """One move of the case; what stands against it is said on the case's page."""
    me = account_of(request)
    case = queries.access_case(me, uuid)
    try:
        _act(request, case, event, me)
    except (BadInput, Conflict, Refused, Forbidden) as fault:
        messages.error(request, fault.say(language()))
    return redirect("inspection:case", case.uuid)


def _day(text: str) -> date:
    """The day a form gives, today where it gives none."""
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError as fault:
        raise BadInput("date", _DAY, given=text[:20]) from fault


def _act(request: HttpRequest, case: Case, event: str, me: Account) -> None:
    now, given = clock.now(), request.POST
    fine = int(given.get("fine") or 0) * 100 if (given.get("fine") or "0").isdigit() else 0
    if event == "assign":
        team = list(Account.objects.filter(pk__in=given.getlist("team"), role=Role.INSPECTOR))
        handle_case.assign(team=team, case=case, actor=me, now=now)
    elif event == "recuse":
        handle_case.recuse(reason=given.get("note", ""), case=case, actor=me, now=now)
    elif event == "give_notice":
        handle_case.give_notice(code=given.get("code", ""), fine_fen=fine, case=case, actor=me, now=now)
    elif event == "request_hearing":
        chair = get_object_or_404(Account, pk=given.get("chair") or 0, role=Role.INSPECTOR)
        held = _day(given.get("held_on", ""))
        handle_case.request_hearing(
            chair=chair, held_on=held, place=given.get("note") or "本机关", case=case, actor=me, now=now
        )
    elif event.startswith("decide_"):
        handle_case.decide(
            event=event,
            code=given.get("code", ""),
            fine_fen=fine,
            note=given.get("note", ""),
            case=case,
            actor=me,
            now=now,
        )
    elif event == "serve":
        handle_case.serve(
            manner=given.get("note") or "直接送达", place="被送达单位", case=case, actor=me, now=now
        )
    elif event == "publish" and ("unpublished", "publish") in PUBLICATION.moves:
        handle_case.publish(case=case, actor=me, now=now)
    else:
        handle_case.move_case(event=event, note=given.get("note", ""), case=case, actor=me, now=now)


@page(Role.INSPECTOR)
@require_GET
def document(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = get_object_or_404(CaseDocument.objects.select_related("case"), uuid=uuid)
    require_jurisdiction(account_of(request), region=row.case.place)
    content = json.loads(row.content)
    content.pop("kind")
    return HttpResponse(typeset(**content, at=row.at), content_type="application/pdf")


@page(Role.INSPECTOR)
@require_GET
def complaints(request: HttpRequest) -> HttpResponse:
    rows = Paginator(queries.access_complaints(account_of(request)), 30).get_page(request.GET.get("page"))
    return render(request, "inspection/complaints.html", {"page": rows})


@page(Role.INSPECTOR)
@require_http_methods(["GET", "POST"])
def complaint(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One complaint; POST keeps it, or opens who reported to its keeper."""
    me, reporter = account_of(request), None
    row = queries.access_complaint(me, uuid)
    if request.method == "POST":
        if request.POST.get("act") == "keep":
            row = keep_complaint(complaint=row, actor=me, now=clock.now())
        else:
            reporter = read_reporter(complaint=row, actor=me, now=clock.now())
    return render(
        request,
        "inspection/complaint.html",
        {"complaint": row, "reporter": reporter, "mine": row.keeper_id == me.pk},
    )
