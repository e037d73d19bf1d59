"""Surveillance: the newest run with its ranking, one flag with its picture. Never for candidates or stations."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.core.states import RESULTS_KNOWN
from chizheng.assessment.models import Registration, Session
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.people.queries import own_region
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.faults import language
from chizheng.platform.roles import Role
from chizheng.quality import charts, evidence_charts
from chizheng.quality.models import Flag, Hold
from chizheng.quality.queries import access_flags, access_runs, access_stations, found, names_of
from chizheng.quality.usecases.surveillance import run_surveillance

KINDS = ("station", "assessor", "session", "room", "candidate")
_LABEL = re.compile(r"(?<![0-9A-Za-z])[sabr]\d+(?![0-9A-Za-z])")
DETECTORS = (
    "marks", "watch", "copying", "heaping", "identical", "hasty", "ring", "misfit", "preknowledge",
)  # fmt: skip


def name_of(flag: Flag) -> str:
    """What a flag's unit is called; units of results kept elsewhere by their own label."""
    if flag.station is not None and flag.kind == "station":
        return flag.station.name
    if flag.session is not None:
        name = f"{flag.session.number} {flag.session.station.name}"
        room = flag.unit.partition("/")[2] if flag.kind == "room" else ""
        return _("%(sitting)s 第 %(room)s 考场") % {"sitting": name, "room": room} if room else name
    if flag.assessor is not None:
        return flag.assessor.card_number
    if flag.registration is not None:
        return flag.registration.admission_number or flag.unit
    return flag.unit


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    me = account(request)
    runs = access_runs(me)
    chosen = request.GET.get("run", "")
    run = runs.filter(pk=chosen).first() if chosen.isdigit() else runs.first()
    context: dict[str, object] = {"run": run, "runs": runs[:12], "acting": me.role == "centre"}
    if run is not None:
        flags = access_flags(me).filter(run=run)
        stations = flags.filter(kind="station", detector="marks").order_by("-posterior", "unit")[:60]
        ranked = [(name_of(f), f) for f in stations]
        advised = flags.filter(kind="candidate", detector="marks")
        kind, detector = request.GET.get("kind", ""), request.GET.get("detector", "")
        everything = request.GET.get("all") == "1"
        listed = flags if everything else flags.filter(flagged=True)
        listed = listed.exclude(pk__in=advised.values("pk"))
        if kind in KINDS:
            listed = listed.filter(kind=kind)
        if detector in DETECTORS:
            listed = listed.filter(detector=detector)
        rows = paged(request, listed.order_by("-flagged", "-posterior", "-statistic", "pk"), 25)
        counts = dict(
            flags.filter(flagged=True).exclude(pk__in=advised.values("pk")).order_by().values_list("kind").annotate(Count("pk"))
        )  # fmt: skip
        context |= {
            "stations": ranked, "picture": charts.ranking(ranked[:25]) if ranked else "",
            "rows": rows, "named": [(name_of(f), f) for f in rows], "kinds": KINDS, "detectors": DETECTORS,
            "kind": kind, "detector": detector, "all": everything, "counts": [(k, counts.get(k, 0)) for k in KINDS],
            "advised": [(name_of(f), f) for f in advised.order_by("-posterior")[:60]],
            "undone": [(u["detector"], u[language()]) for u in run.summary.get("not_computed", [])],
        }  # fmt: skip
    return render(request, "quality/surveillance.html", context)


@page(Role.CENTRE)
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Weigh all known results of one's region."""
    me = account(request)
    made = attempt(request, lambda: run_surveillance(region=own_region(me), now=now(), actor=me))
    if made is not None:
        messages.success(request, _("监测完成，共 %(n)s 条成绩。") % {"n": made.results})
        return redirect(f"{request.path.removesuffix('run/')}?run={made.pk}")
    return redirect("quality:surveillance")


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def flag(request: HttpRequest, pk: int) -> HttpResponse:
    me = account(request)
    row = found(access_flags(me).filter(pk=pk).first())
    names = names_of(units_in(row))
    of_unit = (
        access_flags(me)
        .filter(kind=row.kind, unit=row.unit)
        .exclude(pk=row.pk)
        .order_by("-run__at", "detector")
    )
    context = {
        "flag": row, "name": name_of(row), "picture": evidence_charts.evidence(row, names),
        "holds": row.holds.select_related("session"), "cases": row.cases.all(), "acting": me.role == "centre",
        "pairs": [
            {**p, "one": names.get(p["one"], p["one"]), "two": names.get(p["two"], p["two"]), "listed": n < row.detail["likely"]}
            for n, p in enumerate(row.detail.get("pairs", []))
        ],
        "sittings": [
            {**s, "unit": names.get(s["unit"], s["unit"]), "onset": n == row.detail["onset"]}
            for n, s in enumerate(row.detail.get("sittings", []))
        ],
        "edges": [
            {
                **e, "from": names.get(row.detail["nodes"][e["from"]]["unit"], row.detail["nodes"][e["from"]]["unit"]),
                "to": names.get(row.detail["nodes"][e["to"]]["unit"], row.detail["nodes"][e["to"]]["unit"]),
            }
            for e in row.detail.get("edges", [])
        ],
        "reason": named(getattr(row, f"reason_{language()}"), names), "others": of_unit[:12],
        "at_station": row.station or (row.session.station if row.session else None),
    }  # fmt: skip
    return render(request, "quality/flag.html", context)


def units_in(row: Flag) -> list[str]:
    """Labels of units that a flag's evidence speaks of."""
    d = row.detail
    return [
        row.unit, *_LABEL.findall(row.reason_zh), *(p[end] for p in d.get("pairs", []) for end in ("one", "two")),
        *(n["unit"] for n in d.get("nodes", [])), *(s["unit"] for s in d.get("sittings", [])),
    ]  # fmt: skip


def named(sentence: str, names: Mapping[str, str]) -> str:
    """A sentence with the labels of units replaced by what they are called."""
    return _LABEL.sub(lambda m: names.get(m.group(), m.group()), sentence)


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def station(request: HttpRequest, pk: int) -> HttpResponse:
    """A station over its sittings: results, flags, holds, and what every run said of it."""
    me = account(request)
    body = found(access_stations(me).filter(pk=pk).first())
    flags = access_flags(me).filter(station=body)
    own = list(flags.filter(kind="station", detector="marks").order_by("-run__at")[:24])
    watched = flags.filter(kind="station", detector="watch").order_by("-run__at").first()
    told = set(flags.filter(flagged=True, session__isnull=False).values_list("session_id", flat=True))
    sessions = Session.objects.filter(station=body, state__in=RESULTS_KNOWN | {"annulled"}).order_by(
        "-exam_date", "-id"
    )
    page_of = paged(request, sessions, 25)
    holds: dict[int, list[Hold]] = {}
    for hold in Hold.objects.filter(session__in=[s.pk for s in page_of]).order_by("opened_at"):
        holds.setdefault(hold.session_id, []).append(hold)
    judged = {
        row["session"]: row
        for row in Registration.objects.filter(session__in=[s.pk for s in page_of])
        .order_by()
        .values("session")
        .annotate(
            passed=Count("pk", filter=Q(result__outcome="pass")),
            told=Count("pk", filter=Q(result__outcome__in=["pass", "fail"])),
        )
    }
    lines = []
    for s in page_of:
        row = judged.get(s.pk, {"passed": 0, "told": 0})
        rate = row["passed"] / row["told"] if row["told"] else 0.0
        lines.append(
            {
                "session": s,
                "day": s.exam_date,
                "n": row["told"],
                "rate": rate,
                "flagged": s.pk in told,
                "holds": holds.get(s.pk, []),
            }
        )
    context = {
        "station": body, "lines": lines, "page": page_of, "latest": own[0] if own else None,
        "history": evidence_charts.station_history(own[::-1]), "picture": evidence_charts.sittings(lines[::-1]),
        "watched": watched,
        "watch_picture": evidence_charts.evidence(watched, names_of(units_in(watched))) if watched else "",
        "flags": [(name_of(f), f) for f in flags.filter(flagged=True).order_by("-run__at", "detector")[:20]],
    }  # fmt: skip
    return render(request, "quality/station.html", context)
