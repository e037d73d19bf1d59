"""Proofs ticked off, markers' scores, and ties of assessors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chizheng.assessment import usecases
from chizheng.assessment.core.enrolment import ExamKind
from chizheng.assessment.core.marks import Part
from chizheng.assessment.core.states import PASSES_COUNT
from chizheng.assessment.forms import TieForm
from chizheng.assessment.models import AssessorTie, Mark, Registration
from chizheng.assessment.queries import access_roster, access_session, access_sessions
from chizheng.assessment.terms import evidence_names, terms_of, third_marker_share
from chizheng.assessment.usecases import MarkerEntry
from chizheng.assessment.usecases.enter_markings import stands
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.people.models import Person
from chizheng.people.queries import find_person, within
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

_LABELS = dict(Mark.PARTS)


@page(Role.STATION)
@require_http_methods(["GET"])
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Candidates whose proofs are to be seen, each kind to be ticked off."""
    me, lang = account(request), language()
    session = access_session(me, uuid)
    rows = access_roster(me, session).filter(state="enrolled").select_related("seen_by")
    rows = rows.filter(Q(judged="unknown") | ~Q(evidence_seen=[]))
    names = evidence_names()
    listed = paged(request, rows, 30)
    context = {
        "session": session, "rows": listed, "left": rows.filter(judged="unknown").count(), "total": rows.count(),
        "lines": [
            (r, [(k, names[k].say(lang), k in r.evidence_seen) for k in r.evidence]) for r in listed
        ],
        "writable": session.state not in PASSES_COUNT,
    }  # fmt: skip
    return render(request, "assessment/evidence.html", context)


@page(Role.STATION)
@require_POST
def see(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The ticks of one candidate."""
    me = account(request)
    mine = access_sessions(me).order_by()
    row = get_object_or_404(Registration.objects.filter(session__in=mine), uuid=uuid)
    seen = request.POST.getlist("seen")
    if attempt(request, lambda: usecases.see_evidence(registration=row, seen=seen, actor=me, now=now())):
        messages.success(request, _("已登记核验的材料。"))
    return redirect("assessment:evidence", row.session.uuid)


@page(Role.STATION)
@require_http_methods(["GET", "POST"])
def markings(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Markers' scores of one part, a page of candidates at a time."""
    me = account(request)
    session = access_session(me, uuid)
    parts = terms_of(session).parts
    part = next((p for p in parts if p.value == request.GET.get("part")), Part.PRACTICE)
    roster = access_roster(me, session).filter(state="enrolled", **{f"{part.value}__in": [
        ExamKind.NEW, ExamKind.RETAKE]}).prefetch_related("markings__assessor__person", "marks")  # fmt: skip
    rows = paged(request, roster, 40)
    wrong: dict[int, str] = {}
    if request.method == "POST":
        entries = [
            MarkerEntry(r.pk, part, int(marker), text)
            for r in rows
            for marker, text in [(request.POST.get(f"by-{r.pk}", ""), request.POST.get(f"s-{r.pk}", ""))]
            if marker.isdigit() and text.strip()
        ]
        faults = attempt(
            request, lambda: usecases.enter_markings(session=session, entries=entries, actor=me, now=now())
        )
        if faults is not None:
            wrong = {f.registration: f.say(language()) for f in faults}
            if not wrong:
                messages.success(request, _("已保存。"))
                return redirect(f"{request.path}?part={part.value}&page={rows.number}")
        rows = paged(request, roster, 40)
    share = third_marker_share(on=session.exam_date, place=session.region)
    lines = []
    for r in rows:
        given = [m for m in r.markings.all() if m.part == part.value]
        mark = next((m for m in r.marks.all() if m.part == part.value), None)
        lines.append((r, given, stands(given, share), mark, wrong.get(r.pk, "")))
    context: dict[str, Any] = {
        "session": session, "rows": rows, "lines": lines, "part": part, "label": _LABELS[part],
        "parts": [(p, _LABELS[p]) for p in parts], "wrong": len(wrong), "percent": int(share * 100),
        "panel": [m.assessor for m in session.panel.select_related("assessor__person").order_by("-leader", "id")],
        "writable": session.state in ("held", "marking", "returned"),
    }  # fmt: skip
    return render(request, "assessment/markings.html", context, status=422 if wrong else 200)


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def ties(request: HttpRequest) -> HttpResponse:
    """Ties between assessors and persons, by which panels are recused."""
    me = account(request)
    form = TieForm(request.POST or None, region=me.region)
    if request.method == "POST" and form.is_valid():
        found: Person | None = find_person(form.cleaned_data["document"])
        if found is None:
            form.add_error("document", _("登记库中没有这个证件号码；请核对"))
        else:
            row = attempt(request, lambda: usecases.declare_tie(
                assessor=form.cleaned_data["assessor"], person=found, relation=form.cleaned_data["relation"],
                actor=me, now=now(),
            ))  # fmt: skip
            if row is not None:
                messages.success(request, _("回避关系已登记，派出考评组时自动核对。"))
                return redirect("assessment:ties")
    rows = AssessorTie.objects.filter(within(me, "assessor__region")).select_related(
        "assessor__person", "person", "declared_by"
    )
    context = {"form": form, "rows": paged(request, rows.order_by("-declared_at", "-pk"), 30)}
    return render(request, "assessment/ties.html", context, status=422 if form.errors else 200)
