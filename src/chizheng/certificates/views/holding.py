"""One certificate: what it says, its life, what its holder may take along; turns of its status."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.certificates import printing, queries
from chizheng.certificates.core import blanks as blank_core
from chizheng.certificates.forms import OneBlankForm, TurnForm, WalletForm
from chizheng.certificates.io import qr
from chizheng.certificates.models import StatusRequest
from chizheng.certificates.queries import desk
from chizheng.certificates.usecases.amend_certificate import UNDER_WAY
from chizheng.certificates.usecases.credentials import badge, log_proof, sealed_pdf, wallet
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.turn_status import REASONS, decide_turn, request_turn
from chizheng.certificates.views.common import level_name
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.downloads import PDF, download
from chizheng.platform.roles import Role


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION, Role.CANDIDATE)
@require_GET
def certificate(request: HttpRequest, uuid: str) -> HttpResponse:
    """One certificate with its life, for its holder and the desks above it."""
    account = account_of(request)
    row = queries.access_certificate(account, uuid)
    record = queries.read_claims(row)
    versions = desk.versions_of(row)
    under_way = row.replacements.filter(batch__state__in=UNDER_WAY).select_related("batch").first()
    return render(request, "certificates/certificate.html", {
        "row": row, "record": record, "level_name": level_name(record.level),
        "code_svg": qr.draw(printing.code_text(row)).svg(), "life": desk.life_of(row),
        "requests": row.requests.filter(decided_at__isnull=True), "turn": TurnForm(state=row.state), "reasons": REASONS,
        "versions": versions if len(versions) > 1 else [], "under_way": under_way,
        "blanks": desk.blanks_of(versions), "blank_names": blank_core.NAMES,
        "one_blank": OneBlankForm() if account.role == "centre" and row.state == "valid" else None,
        "in_use": row.blanks.filter(state=blank_core.State.USED).exists(),
    })  # fmt: skip


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION, Role.CANDIDATE)
@require_GET
def pdf(request: HttpRequest, uuid: str) -> HttpResponse:
    """The certificate as PDF/A, drawn on demand, its code read back before it leaves."""
    row = queries.access_certificate(account_of(request), uuid)
    return download(printing.render([row]), f"{row.number}.pdf", PDF, show=True)


@page(Role.CANDIDATE)
@require_http_methods(["GET", "POST"])
def credentials(request: HttpRequest, uuid: str) -> HttpResponse:
    """What the holder may take along beside the paper; the wallet form shows only the chosen fields."""
    account = account_of(request)
    row = queries.access_certificate(account, uuid)
    form = WalletForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return render(request, "certificates/credentials.html", {"row": row, "form": form})
    now, kind = clock.now(), request.POST.get("kind")
    if kind == "badge":
        content, media, name = (
            badge(certificate=row, now=now, actor=account),
            "application/vc+json",
            "vc.json",
        )
    elif kind == "sealed":
        content, media, name = (
            sealed_pdf(certificate=row, now=now, actor=account),
            "application/pdf",
            "signed.pdf",
        )
    else:
        text = wallet(certificate=row, show=form.cleaned_data["show"], now=now, actor=account)
        content, media, name = text.encode(), "application/dc+sd-jwt", "sd-jwt.txt"
    return download(content, f"{row.number}.{name}", media)


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION, Role.CANDIDATE)
@require_GET
def proof(request: HttpRequest, uuid: str) -> HttpResponse:
    """The `.tlog-proof` of the certificate's entry in the log."""
    row = queries.access_certificate(account_of(request), uuid)
    return download(log_proof(certificate=row), f"{row.number}.tlog-proof", "text/plain")


@page(Role.CENTRE, Role.AUTHORITY)
@require_POST
def ask_turn(request: HttpRequest, uuid: str) -> HttpResponse:
    row = queries.access_certificate(account_of(request), uuid)
    form = TurnForm(request.POST, state=row.state)
    if form.is_valid():
        request_turn(certificate=row, actor=account_of(request), now=clock.now(), **form.cleaned_data)
        messages.success(request, _("已提交，须由行政部门另一人决定"))
    else:
        messages.error(request, _("没有提交：请选择当前状态可办的事项，并填写事由、理由和依据"))
    return redirect("certificates:certificate", uuid=row.uuid)


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def turns(request: HttpRequest) -> HttpResponse:
    """Changes of status that were asked for and wait for the authority, in one's region; the oldest first."""
    rows = desk.access_turns(account_of(request)).filter(decided_at__isnull=True)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    return render(request, "certificates/turns.html", {"page": page, "reasons": REASONS})


@page(Role.AUTHORITY)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(StatusRequest.objects.select_related("certificate"), pk=pk)
    row = queries.access_certificate(account_of(request), asked.certificate.uuid)
    now = clock.now()
    decide_turn(request=asked, granted=request.POST.get("granted") == "1", actor=account_of(request), now=now)
    publish_status(now=now)
    messages.success(request, _("已决定，状态已公布"))
    return redirect("certificates:certificate", uuid=row.uuid)


@page(Role.CANDIDATE)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """A holder's own certificates."""
    rows = list(queries.access_certificates(account_of(request)))
    return render(request, "certificates/mine.html", {"rows": [(r, level_name(r.level)) for r in rows]})
