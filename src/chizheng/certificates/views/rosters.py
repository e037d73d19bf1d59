"""What somebody on a committed roster sees of it, and their word that it is not them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from chizheng.certificates.forms import RosterReportForm
from chizheng.certificates.queries.rosters import notice_by_token, notices_of
from chizheng.certificates.usecases.tell_roster import report_roster
from chizheng.certificates.views.common import level_name
from chizheng.people.models import Account
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.roles import Role


@page(Role.CANDIDATE)
@require_GET
def rosters(request: HttpRequest) -> HttpResponse:
    """Every roster the account's person stands on, the next exam first."""
    rows = [(n, level_name(n.registration.session.level)) for n in notices_of(account_of(request))]
    return render(request, "certificates/rosters.html", {"rows": rows, "today": clock.day_of(clock.now())})


@page(public=True)
@require_http_methods(["GET", "POST"])
def roster_notice(request: HttpRequest, token: str) -> HttpResponse:
    """One notice, by the link of the mail: which exam, no name; and the report."""
    notice = notice_by_token(token)
    form = RosterReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = request.user if isinstance(request.user, Account) else None
        report_roster(notice=notice, actor=actor, now=clock.now(), **form.cleaned_data)
        return redirect("certificates:roster_notice", token=token)
    answer = render(request, "certificates/roster_notice.html", {
        "notice": notice, "session": notice.registration.session, "form": form,
        "level": level_name(notice.registration.session.level),
    }, status=422 if request.method == "POST" else 200)  # fmt: skip
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer
