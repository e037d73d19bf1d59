"""Surveillance: the newest run with its ranking, one flag with its picture. Never for candidates or stations."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.views.common import account, attempt
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.roles import Role
from chizheng.quality import charts
from chizheng.quality.models import Flag
from chizheng.quality.queries import access_flags, access_runs, found
from chizheng.quality.usecases.surveillance import run_surveillance


def name_of(flag: Flag) -> str:
    """What a flag's unit is called; units of results kept elsewhere by their own label."""
    if flag.station is not None and flag.kind == "station":
        return flag.station.name
    if flag.session is not None:
        return f"{flag.session.number} {flag.session.station.name}"
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
        stations = [(name_of(f), f) for f in flags.filter(kind="station").order_by("-posterior", "unit")[:60]]
        others = flags.filter(kind__in=["assessor", "session"]).order_by("-flagged", "-posterior")[:30]
        advised = flags.filter(kind="candidate").order_by("-posterior")[:60]
        context |= {
            "stations": stations, "picture": charts.ranking(stations[:25]) if stations else "",
            "others": [(name_of(f), f) for f in others], "advised": [(name_of(f), f) for f in advised],
        }  # fmt: skip
    return render(request, "quality/surveillance.html", context)


@page(Role.CENTRE)
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Weigh all known results of one's region."""
    me = account(request)
    made = attempt(request, lambda: run_surveillance(region=me.region, now=now(), actor=me))
    if made is not None:
        messages.success(request, _("监测完成，共 %(n)s 条成绩。") % {"n": made.results})
        return redirect(f"{request.path.removesuffix('run/')}?run={made.pk}")
    return redirect("quality:surveillance")


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def flag(request: HttpRequest, pk: int) -> HttpResponse:
    me = account(request)
    row = found(access_flags(me).filter(pk=pk).first())
    context = {
        "flag": row, "name": name_of(row), "picture": charts.around_the_cut(row), "holds": row.holds.select_related("session"),
        "cases": row.cases.all(), "acting": me.role == "centre",
    }  # fmt: skip
    return render(request, "quality/flag.html", context)
