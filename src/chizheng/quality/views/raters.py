"""How assessors mark: the centre's list with duties, an assessor's own feedback."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.views.common import account, attempt
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.roles import Role
from chizheng.quality import charts
from chizheng.quality.queries import access_notes
from chizheng.quality.usecases.raters import rater_report, send_feedback


@page(Role.CENTRE)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    report = rater_report(region=account(request).region, on=today())
    context = {
        "report": report,
        "picture": charts.severities(report),
        "due": [r for r in report.rows if r.duties],
    }
    return render(request, "quality/raters.html", context)


@page(Role.CENTRE)
@require_POST
def feedback(request: HttpRequest) -> HttpResponse:
    """Tell every assessor how they mark."""
    me = account(request)
    report = rater_report(region=me.region, on=today())
    sent = attempt(request, lambda: send_feedback(report=report, actor=me, now=now()))
    messages.success(request, _("已发出 %(n)s 份反馈；没有账号的考评员请当面反馈。") % {"n": sent or 0})
    return redirect("quality:raters")


@page(Role.ASSESSOR)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """An assessor's own notes; nobody else's figures."""
    rows = access_notes(account(request)).filter(about__startswith="marking:")
    return render(request, "quality/my_marking.html", {"rows": rows[:24]})
