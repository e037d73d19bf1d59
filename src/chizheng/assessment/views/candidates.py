"""What a candidate sees: own registrations, the admission ticket, published marks."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chizheng.assessment.core.states import RESULTS_KNOWN
from chizheng.assessment.queries import access_own_registration, access_own_registrations
from chizheng.assessment.terms import terms_of
from chizheng.assessment.views.common import account
from chizheng.platform.access import page
from chizheng.platform.roles import Role


@page(Role.CANDIDATE)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    rows = access_own_registrations(account(request))
    return render(request, "assessment/mine.html", {"rows": rows, "known": RESULTS_KNOWN})


@page(Role.CANDIDATE)
@require_GET
def ticket(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = access_own_registration(account(request), uuid)
    context = {"row": row, "session": row.session, "parts": terms_of(row.session).parts}
    return render(request, "assessment/ticket.html", context)
