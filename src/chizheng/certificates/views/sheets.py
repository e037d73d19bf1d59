"""A workbook of certificates verified at once: upload, progress, the answer, and its removal."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.views.common import attempt
from chizheng.certificates.forms import SheetForm
from chizheng.certificates.usecases import verify_sheet as acts
from chizheng.law.io.shelf import law
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.io.exports import XLSX
from chizheng.platform.models import LongWork
from chizheng.platform.roles import Role

BODIES = (
    Role.EMPLOYER, Role.AGENCY, Role.REGISTRAR, Role.INSPECTOR, Role.OVERSEAS_DESK, Role.WAGE_OFFICER, Role.STATION,
    Role.CENTRE, Role.AUTHORITY,
)  # fmt: skip


@page(*BODIES)
@require_http_methods(["GET", "POST"])
def sheets(request: HttpRequest) -> HttpResponse:
    """Upload a workbook; one's earlier ones while their answers are kept."""
    me = account_of(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        work = attempt(request, lambda: acts.receive_sheet(
            file_name=file.name, content=file.read(), lang=language(), actor=me, now=clock.now(),
        ))  # fmt: skip
        if work is not None:
            return redirect("certificates:sheet", uuid=work.uuid)
    today = clock.today()
    return render(request, "certificates/sheets.html", {
        "form": form, "most": law().number("verification.sheet_rows_max", on=today),
        "hours": law().number("verification.sheet_keep_hours", on=today),
        "works": LongWork.objects.filter(kind=acts.KIND, owner=me).order_by("-created_at")[:10],
    }, status=200 if request.method == "GET" else 422)  # fmt: skip


@page(*BODIES)
@require_GET
def sheet(request: HttpRequest, uuid: UUID) -> HttpResponse:
    work = acts.access_sheet(account_of(request), str(uuid))
    return render(request, "certificates/sheet.html", {
        "work": work, "kept": bool(work.checkpoint.get("answers")) and work.state == LongWork.State.DONE,
        "running": work.state in (LongWork.State.WAITING, LongWork.State.RUNNING),
        "hours": law().number("verification.sheet_keep_hours", on=clock.today()),
    })  # fmt: skip


@page(*BODIES)
@require_POST
def advance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer the next rows; the progress panel asks for this until the workbook is done."""
    work = acts.advance_sheet(work=acts.access_sheet(account_of(request), str(uuid)), now=clock.now())
    running = work.state in (LongWork.State.WAITING, LongWork.State.RUNNING)
    if not request.headers.get("HX-Request"):
        return redirect("certificates:sheet", uuid=work.uuid)
    response = render(request, "certificates/sheet_progress.html", {"work": work, "running": running})
    if not running:
        response["HX-Refresh"] = "true"
    return response


@page(*BODIES)
@require_GET
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    content, name = acts.answered_sheet(acts.access_sheet(account_of(request), str(uuid)))
    return download(content, name, XLSX)


@page(*BODIES)
@require_POST
def forget(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    acts.forget_sheet(work=acts.access_sheet(me, str(uuid)), actor=me, now=clock.now())
    messages.success(request, _("已删除：原表和结果都不再保留"))
    return redirect("certificates:sheets")
