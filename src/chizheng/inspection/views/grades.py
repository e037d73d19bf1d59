"""Credit grades, repair, and the year's numbers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.views.common import attempt
from chizheng.inspection import queries
from chizheng.inspection.core.grades import GRADES, REASONS
from chizheng.inspection.forms import GradeForm, RepairForm
from chizheng.inspection.models import CreditGrade
from chizheng.inspection.queries import EMPLOYERS, OFFICERS
from chizheng.inspection.usecases import grade_employers as usecases
from chizheng.inspection.views.common import paged, tell_faults
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.faults import language
from chizheng.platform.roles import Role


def _said(row: CreditGrade) -> list[str]:
    return [REASONS[code].say(language(), **params) for code, params in row.reasons]


@page(*EMPLOYERS, *OFFICERS)
@require_GET
def grades(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    year = today().year
    rows, asked, name = (
        queries.access_grades(me),
        request.GET.get("grade", ""),
        request.GET.get("q", "").strip(),
    )
    if asked in GRADES:
        rows = rows.filter(grade=asked)
    if name:
        rows = rows.filter(employer__name__icontains=name)
    found = paged(request, rows)
    counts = queries.count_grades(me, year - 1)
    context = {
        "page": found, "counts": [(g, counts.get(g, 0)) for g in GRADES], "asked": asked, "name": name, "grades": GRADES, "year": year - 1,
        "own": me.role in EMPLOYERS, "rows": [(g, _said(g)) for g in found], "form": GradeForm(initial={"year": year - 1}),
        "repairs": queries.access_repairs(me), "repair_form": RepairForm(),
    }  # fmt: skip
    return render(request, "inspection/grades.html", context)


@page(Role.AUTHORITY)
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    form = GradeForm(request.POST)
    if form.is_valid():
        year = form.cleaned_data["year"]
        count = attempt(
            request, lambda: usecases.grade_year(year=year, region=me.region, actor=me, now=now())
        )
        if count is not None:
            said = _("已评价 %(n)d 家单位")
            messages.success(request, said % {"n": count})
    else:
        tell_faults(request, form)
    return redirect("inspection:grades")


@page(*EMPLOYERS)
@require_POST
def repair(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    grade = queries.one(queries.access_grades(me), uuid)
    form = RepairForm(request.POST)
    if form.is_valid():
        if attempt(
            request, lambda: usecases.ask_repair(grade=grade, actor=me, now=now(), **form.cleaned_data)
        ):
            messages.success(request, _("已提交信用修复申请"))
    else:
        tell_faults(request, form)
    return redirect("inspection:grades")


@page(Role.AUTHORITY)
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    asked = queries.one(queries.access_repairs(me), uuid)
    granted = request.POST.get("granted") == "1"
    attempt(request, lambda: usecases.decide_repair(request=asked, granted=granted, actor=me, now=now()))
    return redirect("inspection:grades")
