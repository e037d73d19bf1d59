"""Licences and cards that a decision suspended, and their giving back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.views.common import account, attempt, paged
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.roles import Role
from chizheng.quality.queries import access_suspensions, found
from chizheng.quality.usecases import suspensions as acts

DESKS = (Role.CENTRE, Role.AUTHORITY)


@page(*DESKS)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    rows = access_suspensions(account(request))
    if request.GET.get("all") != "1":
        rows = rows.filter(restored_on__isnull=True)
    context = {"rows": paged(request, rows, 25), "all": request.GET.get("all"), "today": today()}
    return render(request, "quality/suspensions.html", context)


@page(*DESKS)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask with reasons, or (the authority, another person) agree."""
    me = account(request)
    row = found(access_suspensions(me).filter(pk=pk).first())
    if request.POST.get("act") == "restore":
        if attempt(request, lambda: acts.restore(suspension=row, actor=me, now=now())) is not None:
            messages.success(request, _("已恢复，从今天起有效。"))
    else:
        reasons = request.POST.get("reasons", "")[:4000]
        done = attempt(
            request, lambda: acts.ask_to_restore(suspension=row, reasons=reasons, actor=me, now=now())
        )
        if done is not None:
            messages.success(request, _("已提出恢复，待劳动行政部门的另一人决定。"))
    return redirect("quality:suspensions")
