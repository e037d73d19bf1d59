"""Sessions: the list, one session with its steps, its roster and panel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment import usecases
from chizheng.assessment.core.states import SESSION, State
from chizheng.assessment.forms import PanelForm, SessionForm, SheetForm
from chizheng.assessment.models import Registration, Session
from chizheng.assessment.queries import access_roster, access_session, access_sessions, counts_of
from chizheng.assessment.terms import room_sizes, terms_of
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.people.models import Account
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.roles import Role

READERS = (Role.STATION, Role.CENTRE, Role.AUTHORITY, Role.ASSESSOR, Role.SUPERVISOR)
_OPEN = ("draft", "enrolling", "closed", "seated", "held", "marking", "marked", "published", "returned")


@page(*READERS)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    rows = access_sessions(account(request))
    chosen = request.GET.get("state", "")
    text = request.GET.get("q", "").strip()
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("id", distinct=True)))
    if chosen == "open":
        rows = rows.filter(state__in=_OPEN)
    elif chosen in counts:
        rows = rows.filter(state=chosen)
    if text:
        rows = rows.filter(
            Q(number__icontains=text) | Q(occupation__icontains=text) | Q(station__name__icontains=text)
        )
    rows = rows.annotate(
        people=Count("registrations", filter=Q(registrations__state="enrolled"), distinct=True)
    )
    names = dict(Session.STATES)
    states = [(s.value, names[s], counts[s.value]) for s in State if s.value in counts]
    context = {
        "rows": paged(request, rows, 25), "states": states, "chosen": chosen, "text": text,
        "total": sum(counts.values()), "open": sum(n for s, n in counts.items() if s in _OPEN),
    }  # fmt: skip
    return render(request, "assessment/sessions.html", context)


@page(Role.STATION)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    me = account(request)
    station = me.organisation
    assert station is not None  # the database holds station accounts to having one
    form = SessionForm(
        request.POST or None, station=station, today=today(), initial={"venue": station.address}
    )
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k != "scope"}
        session = attempt(
            request, lambda: usecases.open_session(station=station, now=now(), actor=me, **given)
        )
        if session is not None:
            messages.success(request, _("批次已开设。核对无误后发布公告，即可接受报名。"))
            return redirect("assessment:session", session.uuid)
    status = 422 if request.method == "POST" else 200
    return render(request, "assessment/new.html", {"form": form}, status=status)


@page(*READERS)
@require_GET
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    session = access_session(me, uuid)
    context = {
        "session": session,
        "counts": counts_of(session),
        "parts": len(terms_of(session).parts),
        "pass_mark": terms_of(session).pass_mark,
        "events": session.events.select_related("actor").order_by("-id"),
        "uploads": session.uploads.select_related("work").order_by("-id")
        if me.role in ("station", "centre")
        else [],
        "panel": session.panel.select_related("assessor__person").order_by("-leader", "id"),
        "form": SheetForm(),
        "possible": SESSION.events(session.state),
        "sizes": room_sizes(on=session.exam_date, place=session.region),
        "acting": me.role == "station",
        "sees_roster": me.role in ("station", "centre", "authority"),
    }
    return render(request, "assessment/session.html", context)


Act = Callable[[Session, Account, datetime, HttpRequest], object]

_ACTS: dict[str, Act] = {
    "publish": lambda s, me, at, r: usecases.publish_session(session=s, actor=me, now=at),
    "close": lambda s, me, at, r: usecases.close_enrolment(session=s, actor=me, now=at),
    "seat": lambda s, me, at, r: usecases.seat(
        session=s,
        actor=me,
        now=at,
        room_size=int(r.POST["size"]) if r.POST.get("size", "").isdigit() else None,
    ),
    "hold": lambda s, me, at, r: usecases.hold_session(
        session=s, actor=me, now=at, absent=[int(pk) for pk in r.POST.getlist("absent") if pk.isdigit()]
    ),
    "finish_marking": lambda s, me, at, r: usecases.finish_marking(session=s, actor=me, now=at),
    "correct": lambda s, me, at, r: usecases.move_session(
        session=s, event="correct", actor=me, now=at, basis=r.POST.get("basis", "")[:500]
    ),
    "publish_results": lambda s, me, at, r: usecases.publish_results(session=s, actor=me, now=at),
    "submit": lambda s, me, at, r: usecases.submit_to_centre(session=s, actor=me, now=at),
}


@page(Role.STATION)
@require_POST
def do(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One step of a session, asked for by its station."""
    me = account(request)
    session = access_session(me, uuid)
    act = _ACTS.get(request.POST.get("event", ""))
    if act is not None and attempt(request, lambda: act(session, me, now(), request)) is not None:
        messages.success(request, _("已办理。"))
    return redirect("assessment:session", session.uuid)


@page(Role.STATION, Role.CENTRE, Role.AUTHORITY)
@require_GET
def roster(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    session = access_session(me, uuid)
    rows = access_roster(me, session).prefetch_related("marks")
    if request.GET.get("only") == "evidence":
        rows = rows.filter(judged="unknown", state="enrolled")
    context = {
        "session": session, "rows": paged(request, rows, 50), "parts": terms_of(session).parts,
        "acting": me.role == "station" and session.state in ("draft", "enrolling"),
        "only": request.GET.get("only", ""),
    }  # fmt: skip
    return render(request, "assessment/roster.html", context)


@page(Role.STATION)
@require_GET
def attendance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who came: ticked off at the door, before anything is marked."""
    me = account(request)
    session = access_session(me, uuid)
    return render(
        request,
        "assessment/attendance.html",
        {"session": session, "rows": access_roster(me, session).filter(state="enrolled")},
    )


@page(Role.STATION)
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    mine = access_sessions(me).order_by()
    registration = get_object_or_404(Registration.objects.filter(session__in=mine), uuid=uuid)
    attempt(request, lambda: usecases.withdraw(registration=registration, actor=me, now=now()))
    return redirect("assessment:roster", registration.session.uuid)


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def panel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    session = access_session(me, uuid)
    sitting = session.panel.select_related("assessor")
    form = PanelForm(
        request.POST or None, session=session,
        initial={
            "members": [m.assessor_id for m in sitting],
            "leader": next((m.assessor_id for m in sitting if m.leader), None),
        },
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        leader = form.cleaned_data["leader"]
        members = [(a, a == leader) for a in form.cleaned_data["members"]]
        if attempt(
            request, lambda: usecases.appoint_panel(session=session, members=members, actor=me, now=now())
        ):
            messages.success(request, _("考评组已派出。"))
            return redirect("assessment:session", session.uuid)
    status = 422 if request.method == "POST" else 200
    return render(request, "assessment/panel.html", {"session": session, "form": form}, status=status)
