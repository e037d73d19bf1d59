"""Two certificates on one number: the queue, both side by side, the decision."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chizheng.assessment.views.common import attempt
from chizheng.certificates import queries
from chizheng.certificates.forms import ConflictForm
from chizheng.certificates.queries import desk
from chizheng.certificates.usecases.amend_certificate import decide_conflict
from chizheng.certificates.views.common import level_name
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.roles import Role

DESKS = (Role.CENTRE, Role.AUTHORITY)


@page(*DESKS)
@require_GET
def conflicts(request: HttpRequest) -> HttpResponse:
    """Undecided ones first."""
    rows = desk.access_conflicts(account_of(request))
    if request.GET.get("all") != "1":
        rows = rows.filter(decision="")
    return render(request, "certificates/conflicts.html", {
        "page": Paginator(rows, 30).get_page(request.GET.get("page")), "all": request.GET.get("all") == "1",
    })  # fmt: skip


@page(*DESKS)
@require_http_methods(["GET", "POST"])
def conflict(request: HttpRequest, pk: int) -> HttpResponse:
    """Both certificates side by side; nothing is lost whatever is decided."""
    account = account_of(request)
    row = desk.access_conflict(account, pk)
    form = ConflictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = attempt(
            request,
            lambda: decide_conflict(conflict=row, actor=account, now=clock.now(), **form.cleaned_data),
        )
        if done is not None:
            messages.success(request, _("已决定。改号的，另立一件更正批次，须审核和批准"))
            return redirect("certificates:conflict", pk=row.pk)
    sides = [
        (title, c, queries.read_claims(c), level_name(c.level))
        for title, c in ((_("先登记的"), row.first), (_("后登记的"), row.second))
    ]
    chosen = {"first": row.first, "second": row.second}.get(row.decision)
    award = chosen.replacements.select_related("batch").order_by("pk").last() if chosen else None
    return render(
        request, "certificates/conflict.html",
        {"row": row, "form": form, "sides": sides, "renumbering": award.batch if award else None},
        status=200 if request.method == "GET" else 422,
    )  # fmt: skip
