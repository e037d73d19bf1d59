"""Cases on the desk: what falls due, one case with its steps, team, papers and evidence; the published ones."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.views.common import attempt
from chizheng.inspection import queries
from chizheng.inspection.core.cases import PUBLICATION, REMEDY
from chizheng.inspection.core.documents import Kind
from chizheng.inspection.core.names import EVENT_NAMES, KINDS
from chizheng.inspection.forms import BesideForm, CaseForm, EvidenceForm, MoveForm, PaperForm, ReasonForm
from chizheng.inspection.io.papers import to_pdf
from chizheng.inspection.models import Case, Filing, Finding
from chizheng.inspection.queries import EMPLOYERS, OFFICERS
from chizheng.inspection.usecases import work_case as usecases
from chizheng.inspection.usecases import write_papers as writing
from chizheng.inspection.views.common import paged, tell_faults
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import access_organisations, account_of
from chizheng.platform.access import page
from chizheng.platform.clock import day_of, now, today
from chizheng.platform.downloads import download
from chizheng.platform.ledger import history
from chizheng.platform.roles import Role


@page(*OFFICERS)
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    rows, show, asked = (
        queries.access_cases(me),
        request.GET.get("show", "open"),
        request.GET.get("q", "").strip(),
    )
    if show == "open":
        rows = rows.exclude(state__in=queries.OVER)
    if asked:
        rows = rows.filter(Q(employer__name__icontains=asked) | Q(number__icontains=asked))
    day = today()
    due = [(case, clock, clock.overdue(day)) for case, clock in queries.due_list(me, today=day)[:20]]
    context = {"page": paged(request, rows), "due": due, "show": show, "asked": asked}
    return render(request, "inspection/cases.html", context)


@page(Role.INSPECTOR)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A case from a complaint, a letter nobody acted on, a visit or an over-gating finding, or none of these."""
    me = account_of(request)
    origin, initial, told = _origin(request, me)
    form = CaseForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        case = attempt(
            request, lambda: usecases.open_case(actor=me, now=now(), **origin, **form.cleaned_data)
        )
        if case:
            return redirect("inspection:case", case.uuid)
    context = {"form": form, "told": told, "names": _bodies(me)}
    return render(request, "inspection/case_new.html", context, status=422 if form.errors else 200)


def _origin(request: HttpRequest, me: Account) -> tuple[dict[str, Any], dict[str, object], str]:
    """Where the case comes from: what `open_case` is told, what the form begins with, and words for the page."""
    asked = request.GET
    if uuid := asked.get("complaint", ""):
        complaint = queries.one(queries.access_complaints(me), uuid)
        initial = {
            "employer": complaint.employer.name if complaint.employer else complaint.employer_name,
            "region": complaint.region, "facts": complaint.text, "act_start": day_of(complaint.received_at),
        }  # fmt: skip
        return {"complaint": complaint}, initial, _("来自投诉举报；受理期限从收到之日起算。")
    if uuid := asked.get("recipient", ""):
        recipient = queries.one(queries.access_letters(me), uuid)
        filings = Filing.objects.filter(pk__in=recipient.filings).order_by("pk")
        facts = _("收到告知函后重新比对，下列岗位仍无有效证书：") + "、".join(
            dict.fromkeys(f"{f.post}（{f.occupation}）" for f in filings)
        )
        start = min((f.period.lower for f in filings), default=today())
        return (
            {"recipient": recipient},
            _from_employer(recipient.employer, facts, start),
            _("来自告知函：期满后没有变化。"),
        )
    if uuid := asked.get("visit", ""):
        visit = queries.one(queries.access_visits(me), uuid)
        facts = _("检查发现 %(n)s 人在准入岗位上没有证书") % {"n": visit.uncertified}
        start = visit.visited_on or today()
        return {"visit": visit}, _from_employer(visit.employer, facts, start), _("来自检查结果。")
    if name := asked.get("employer", ""):
        initial = {"employer": name, "region": asked.get("region", ""), "facts": asked.get("facts", "")}
        return {}, initial | {"violation": asked.get("violation", "")}, ""
    return {}, {}, ""


def _from_employer(body: Organisation, facts: str, start: date) -> dict[str, object]:
    return {
        "employer": body.name, "region": body.region, "facts": facts, "act_start": start,
        "violation": "recruit_without_certificate",
    }  # fmt: skip


def _bodies(me: Account) -> list[str]:
    return list(access_organisations(me, "employer").order_by("name").values_list("name", flat=True)[:200])


@page(*OFFICERS)
@require_GET
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    day = today()
    open_sanctions = usecases.sanctions_of(row, on=day)
    moves = [
        e for e in usecases.open_moves(row) if open_sanctions or e not in ("give_notice", "decide_penalty")
    ]
    mine = [e for e in moves if (e in usecases.BY_AUTHORITY) == (me.role == Role.AUTHORITY)]
    beside = [("remedy", e) for e in REMEDY.events(row.remedy_state)] + [
        ("publication", e) for e in PUBLICATION.events(row.publication_state)
    ] + [("", e) for e in sorted(usecases.ASIDE - {"receive"})]  # fmt: skip
    team = [t for t in row.team.all() if t.until is None]
    context = {
        "case": row, "moves": mine, "others": [e for e in moves if e not in mine], "team": team,
        "acts": any(t.officer_id == me.pk for t in team), "joining": _who_may_join(row, me),
        "sanctions": open_sanctions, "undecided": not row.outcome and row.state != "refused",
        "due": [(d, d.overdue(day)) for d in usecases.due_of(row)], "kinds": list(Kind), "beside": beside,
        "wanted": writing.wanted(row), "evidence_form": EvidenceForm(), "reason_form": ReasonForm(),
        "history": history(row), "day": day, "proposals": row.proposals.order_by("id"),
        "papers": row.papers.order_by("serial"),
        "evidence": [(e, json.loads(e.snapshot)) for e in row.evidence.order_by("id")],
        "complaints": row.complaints.order_by("pk"),
    }  # fmt: skip
    return render(request, "inspection/case.html", context)


def _who_may_join(row: Case, me: Account) -> list[Account]:
    """Inspectors a leader may put into a case that has begun."""
    if me.role != Role.AUTHORITY or not row.team.all() or row.state in queries.OVER:
        return []
    acting = {t.officer_id for t in row.team.all() if t.until is None}
    people = Account.objects.filter(role=Role.INSPECTOR, is_active=True).exclude(pk__in=acting)
    return [a for a in people.order_by("display") if row.region.startswith(a.region)]


@page(Role.INSPECTOR)
@require_POST
def recuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An inspector of the case stands aside."""
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        tell_faults(request, form)
    elif attempt(
        request, lambda: usecases.recuse(case=row, reason=form.cleaned_data["text"], actor=me, now=now())
    ):
        messages.success(request, _("已回避：您不再办理本案，也不会被指派办理该单位的案件。"))
    return redirect("inspection:case", row.uuid)


@page(Role.AUTHORITY)
@require_POST
def join(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A leader adds an inspector, such as in the place of one who stood aside."""
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    chosen = Account.objects.filter(
        role=Role.INSPECTOR, is_active=True, username=request.POST.get("officer", "")
    ).first()
    if chosen is None:
        messages.error(request, _("请选择监察员"))
    else:
        attempt(request, lambda: usecases.join_case(case=row, officer=chosen, actor=me, now=now()))
    return redirect("inspection:case", row.uuid)


@page(*OFFICERS)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, uuid: UUID, event: str) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    if event not in usecases.open_moves(row):
        messages.error(request, _("案件现在不能这样办理；它可能已经到了下一步。"))
        return redirect("inspection:case", row.uuid)
    form = MoveForm(request.POST if request.method == "POST" else None, case=row, event=event, on=today())
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        if attempt(
            request,
            lambda: usecases.move_case(
                case=row, event=event, on=data["on"], note=data["note"], actor=me, now=now(),
                officers=list(data.get("officers", ())), imposed=form.imposed(), chair=data.get("chair"),
            ),
        ):  # fmt: skip
            return redirect("inspection:case", row.uuid)
    day = today()
    context = {
        "form": form, "title": EVENT_NAMES[event], "case": row,
        "bare": event in usecases.WITH_SANCTION and not usecases.sanctions_of(row, on=day),
        "paper": writing.WANTED.get(event),
    }  # fmt: skip
    return render(request, "inspection/case_move.html", context, status=422 if form.errors else 200)


@page(*OFFICERS)
@require_POST
def beside(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    form = BesideForm(request.POST)
    if form.is_valid():
        table, _sep, event = form.cleaned_data["move"].partition(":")
        attempt(
            request,
            lambda: usecases.move_beside(
                case=row, table=table, event=event, on=form.cleaned_data["on"], actor=me, now=now()
            ),
        )
    else:
        tell_faults(request, form)
    return redirect("inspection:case", row.uuid)


@page(Role.INSPECTOR)
@require_POST
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        findings: list[Finding] = []
        if file is None:
            run = queries.access_screenings(me).filter(work__state="done").first()
            findings = list(queries.access_findings(me, run).filter(employer=row.employer)) if run else []
        attempt(
            request,
            lambda: usecases.take_evidence(
                case=row, title=form.cleaned_data["title"], actor=me, now=now(), findings=findings,
                file_name=file.name if file else "", content=file.read() if file else b"",
            ),
        )  # fmt: skip
    else:
        tell_faults(request, form)
    return redirect("inspection:case", row.uuid)


@page(*OFFICERS)
@require_http_methods(["GET", "POST"])
def new_paper(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    if kind not in list(Kind):
        raise Http404
    which = Kind(kind)
    form = PaperForm(
        request.POST if request.method == "POST" else None,
        kind=which,
        initial=writing.prefilled(row, which, on=today()),
    )
    if request.method == "POST" and form.is_valid():
        made = attempt(
            request,
            lambda: writing.make_paper(case=row, kind=which, fields=form.cleaned_data, actor=me, now=now()),
        )
        if made:
            return redirect("inspection:case", row.uuid)
    context = {"form": form, "title": KINDS[kind], "case": row}
    return render(request, "inspection/paper_new.html", context, status=422 if form.errors else 200)


@page(*EMPLOYERS, *OFFICERS)
@require_GET
def paper_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.one(queries.access_papers(account_of(request)), uuid)
    content = json.loads(row.content)
    return download(
        to_pdf(content, at=row.made_at), f"{content['title']}-{row.serial}.pdf", "application/pdf", show=True
    )


@page(*EMPLOYERS)
@require_GET
def my_papers(request: HttpRequest) -> HttpResponse:
    rows = queries.access_papers(account_of(request))
    return render(request, "inspection/my_papers.html", {"page": paged(request, rows)})


@page(public=True)
@require_GET
def published(request: HttpRequest) -> HttpResponse:
    found = paged(request, queries.published_cases())
    rows = [
        (
            case,
            next((p for p in case.proposals.all() if p.decided), None),
            next((e.on for e in reversed(case.events.all()) if e.name == "publish"), None),
        )
        for case in found
    ]
    return render(request, "inspection/published.html", {"page": found, "rows": rows})
