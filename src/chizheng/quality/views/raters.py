"""How assessors mark: the centre's list with duties, an assessor's own feedback."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.models import Assessor
from chizheng.assessment.views.common import account, attempt
from chizheng.people.queries import own_region
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.roles import Role
from chizheng.quality import charts
from chizheng.quality.forms import EndRetrainingForm
from chizheng.quality.models import RaterRecord, Retraining
from chizheng.quality.queries import access_retrainings, found, own_rater_records
from chizheng.quality.usecases.rater_feedback import (
    end_retraining,
    plain_words,
    require_retraining,
    send_feedback,
)
from chizheng.quality.usecases.raters import DUTIES, rater_report


@page(Role.CENTRE)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    me = account(request)
    report = rater_report(region=own_region(me), on=today())
    duties = access_retrainings(me)
    running = list(duties.filter(ended_at__isnull=True))
    asked = {r.assessor_id for r in running}
    context = {
        "report": report, "picture": charts.severities(report),
        "due": [r for r in report.rows if r.duties and r.assessor.pk not in asked],
        "running": [(r, _reasons(r)) for r in running], "ended": duties.filter(ended_at__isnull=False)[:20],
        "form": EndRetrainingForm(), "today": today(),
    }  # fmt: skip
    return render(request, "quality/raters.html", context)


def _reasons(row: Retraining) -> list[object]:
    return [DUTIES[code] for code in row.reasons if code in DUTIES]


@page(Role.CENTRE)
@require_POST
def feedback(request: HttpRequest) -> HttpResponse:
    """Tell every assessor how they mark."""
    me = account(request)
    report = rater_report(region=own_region(me), on=today())
    sent = attempt(request, lambda: send_feedback(report=report, actor=me, now=now()))
    messages.success(request, _("已发出 %(n)s 份反馈；没有账号的考评员请当面反馈。") % {"n": sent or 0})
    return redirect("quality:raters")


@page(Role.CENTRE)
@require_POST
def retrain(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask an assessor to be trained again for what the figures say today."""
    me = account(request)
    report = rater_report(region=own_region(me), on=today())
    row = found(next((r for r in report.rows if r.assessor.pk == pk), None))
    try:
        due = date.fromisoformat(request.POST.get("due", ""))
    except ValueError:
        messages.error(request, _("请填写再培训期限。"))
        return redirect("quality:raters")
    assessor = Assessor.objects.get(pk=row.assessor.pk)
    made = attempt(
        request,
        lambda: require_retraining(assessor=assessor, duties=row.duties, due=due, actor=me, now=now()),
    )
    if made is not None:
        messages.success(request, _("已登记再培训，并通知考评员。"))
    return redirect("quality:raters")


@page(Role.CENTRE)
@require_POST
def retrained(request: HttpRequest, pk: int) -> HttpResponse:
    """How a duty ended."""
    me = account(request)
    row = found(access_retrainings(me).filter(pk=pk).first())
    form = EndRetrainingForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择结果并写明培训考核情况。"))
    elif attempt(request, lambda: end_retraining(retraining=row, **form.cleaned_data, actor=me, now=now())):
        messages.success(request, _("已记录。"))
    return redirect("quality:raters")


@page(Role.ASSESSOR)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """An assessor's own figures in plain words, and own duties; nobody else's."""
    records = list(own_rater_records(account(request)))
    newest = records[-1] if records else None
    duties = Retraining.objects.filter(assessor__person_id=account(request).person_id or 0)
    context = {
        "newest": newest, "said": plain_words(newest) if newest else [], "earlier": _months(records[:-1]),
        "picture": charts.own_severity(records) if len(records) > 1 else "",
        "retrainings": [(r, _reasons(r)) for r in duties[:10]],
    }  # fmt: skip
    return render(request, "quality/my_marking.html", context)


def _months(records: list[RaterRecord]) -> list[tuple[RaterRecord, list[tuple[str, object]]]]:
    return [(r, list(plain_words(r))) for r in reversed(records)]
