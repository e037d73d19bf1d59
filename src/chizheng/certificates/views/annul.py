"""A whole sitting annulled: what would follow is listed before anybody confirms."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chizheng.assessment.views.common import attempt
from chizheng.certificates.forms import AnnulForm
from chizheng.certificates.queries import desk
from chizheng.certificates.usecases.annul_session import decide_annulment, request_annulment
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.turn_status import REASONS
from chizheng.people.queries import account_of
from chizheng.platform import clock, ledger
from chizheng.platform.access import page
from chizheng.platform.roles import Role

DESKS = (Role.CENTRE, Role.AUTHORITY)


@page(*DESKS)
@require_GET
def annulments(request: HttpRequest) -> HttpResponse:
    """Annulments asked for and decided, in one's region."""
    rows = desk.access_annulments(account_of(request))
    waiting = rows.filter(decided_at__isnull=True)
    done = Paginator(rows.filter(decided_at__isnull=False), 30).get_page(request.GET.get("page"))
    return render(
        request, "certificates/annulments.html", {"waiting": waiting, "page": done, "reasons": REASONS}
    )


@page(*DESKS)
@require_http_methods(["GET", "POST"])
def ask_annulment(request: HttpRequest, session: UUID) -> HttpResponse:
    """What the annulment would bring about, then the form; a box says that it was read."""
    account = account_of(request)
    row = desk.session_of_batch(account, session)
    form = AnnulForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        asked = attempt(request, lambda: request_annulment(
            session=row, reason_code=data["reason_code"], reason=data["reason"], basis=data["basis"],
            actor=account, now=clock.now(),
        ))  # fmt: skip
        if asked is not None:
            messages.success(request, _("已提交，须由行政部门另一人决定"))
            return redirect("certificates:annulment", pk=asked.pk)
    return render(
        request, "certificates/ask_annulment.html",
        {"session": row, "form": form, "after": desk.aftermath(row), "open": row.annulments.exclude(granted=False).first()},
        status=200 if request.method == "GET" else 422,
    )  # fmt: skip


@page(*DESKS)
@require_http_methods(["GET", "POST"])
def annulment(request: HttpRequest, pk: int) -> HttpResponse:
    """One annulment with its consequences as they stand today; the authority decides here."""
    account = account_of(request)
    row = desk.access_annulment(account, pk)
    if request.method == "POST":
        now = clock.now()
        if request.POST.get("granted") == "1" and request.POST.get("read") != "on":
            messages.error(request, _("请先看过后果并勾选，再作决定"))
            return redirect("certificates:annulment", pk=row.pk)
        done = attempt(request, lambda: decide_annulment(
            annulment=row, granted=request.POST.get("granted") == "1", actor=account, now=now,
        ))  # fmt: skip
        if done is not None:
            publish_status(now=now)
            messages.success(request, _("已决定，证书状态已公布") if done.granted else _("已决定：不予作废"))
        return redirect("certificates:annulment", pk=row.pk)
    return render(request, "certificates/annulment.html", {
        "row": row, "reason": REASONS.get(row.reason_code), "after": desk.aftermath(row.session),
        "own": row.requested_by_id == account.pk, "history": ledger.history(row.session),
        "batch": getattr(row.session, "batch", None),
    })  # fmt: skip
