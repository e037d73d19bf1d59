"""A year's figures for officers: outcomes with corrected and cancelled apart, letters, visits, complaints."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chizheng.inspection.core.names import OUTCOMES
from chizheng.inspection.queries import OFFICERS
from chizheng.inspection.queries import statistics as figures
from chizheng.inspection.views.common import chart
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import today
from chizheng.platform.faults import language


@page(*OFFICERS)
@require_GET
def statistics(request: HttpRequest) -> HttpResponse:
    me, day = account_of(request), today()
    years = figures.years(me, today=day)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else day.year
    found = figures.year_of(me, year, today=day)
    bars = [(OUTCOMES[code].say(language()), n) for code, n in found.outcomes]
    context = {
        "year": year, "years": years, "found": found, "now": year == day.year,
        "chart": chart(bars, _("案件数")) if bars else "",
    }  # fmt: skip
    return render(request, "inspection/statistics.html", context)
