"""Employment filings: an employer's own, what officers read, the workbook and its way back."""

from __future__ import annotations

import io
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.views.common import attempt
from chizheng.catalogue.queries import list_occupations
from chizheng.inspection import queries
from chizheng.inspection.core.filing import HEADERS, REQUIRED
from chizheng.inspection.forms import FilingForm, SheetForm
from chizheng.inspection.queries import EMPLOYERS, OFFICERS
from chizheng.inspection.usecases import file_employment as usecases
from chizheng.inspection.views.common import paged
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.io.exports import XLSX, workbook


@page(*EMPLOYERS, *OFFICERS)
@require_GET
def filings(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    rows = queries.access_filings(me)
    asked = request.GET.get("q", "").strip()
    if asked:
        rows = rows.filter(occupation__icontains=asked) | rows.filter(employer__name__icontains=asked)
    uploads = queries.access_uploads(me)[:5]
    return render(
        request,
        "inspection/filings.html",
        {"page": paged(request, rows), "uploads": uploads, "asked": asked, "own": me.role in EMPLOYERS},
    )


@page(*EMPLOYERS)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    form = FilingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        assert me.organisation is not None
        filing, faults = usecases.file_one(employer=me.organisation, cells=form.cells(), actor=me, now=now())
        for fault in faults:
            form.add_error(fault.key, fault.say(language()))
        if filing is not None:
            messages.success(request, _("已备案"))
            return redirect("inspection:filings")
    names = list_occupations(on=today()).values_list("name", flat=True)
    return render(
        request,
        "inspection/filing_new.html",
        {"form": form, "names": names},
        status=422 if form.errors else 200,
    )


@page(*EMPLOYERS)
@require_GET
def empty_sheet(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in; every cell is text, so that no number is rounded."""
    out = io.BytesIO()
    book = workbook(out)
    sheet = book.add_worksheet("用工备案")
    text = book.add_format({"num_format": "@"})
    needed = book.add_format({"bold": True, "bg_color": "#FDF1DC", "border": 1})
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
    for at, (key, headers) in enumerate(HEADERS.items()):
        sheet.write_string(0, at, headers[0], needed if key in REQUIRED else head)
        sheet.set_column(at, at, 22 if key == "document_number" else 14, text)
    book.close()
    return download(out.getvalue(), "用工备案表.xlsx", XLSX)


@page(*EMPLOYERS)
@require_POST
def send_sheet(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("请选择要上传的备案表。"))
        return redirect("inspection:filings")
    assert me.organisation is not None
    body, file = me.organisation, form.cleaned_data["file"]
    got = attempt(
        request,
        lambda: usecases.receive_filings(
            employer=body, file_name=file.name, content=file.read(), actor=me, now=now()
        ),
    )
    if got is None:
        return redirect("inspection:filings")
    upload, made = got
    if not made:
        messages.info(request, _("这份文件已经上传过，没有重复写入。下面是当时的结果。"))
    elif upload.rows <= usecases.STEP:
        usecases.run_upload(upload=upload, now=now())
    return redirect("inspection:upload", upload.uuid)


@page(*EMPLOYERS, *OFFICERS)
@require_GET
def upload(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_uploads(me), uuid)
    return render(
        request, "inspection/upload.html",
        {"upload": row, "work": row.work, "page": paged(request, row.faults.all(), 100), "acting": me.role in EMPLOYERS},
    )  # fmt: skip


@page(*EMPLOYERS)
@require_POST
def advance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.one(queries.access_uploads(account_of(request)), uuid)
    row = usecases.advance(upload=row, now=now())
    if not request.headers.get("HX-Request"):
        return redirect("inspection:upload", row.uuid)
    response = render(
        request, "inspection/upload_progress.html", {"upload": row, "work": row.work, "acting": True}
    )
    if row.finished:
        response["HX-Refresh"] = "true"
    return response


@page(*EMPLOYERS, *OFFICERS)
@require_GET
def returned(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The workbook with what is wrong in each row."""
    row = queries.one(queries.access_uploads(account_of(request)), uuid)
    back = usecases.returned(row, lang=language(), only_faulty=request.GET.get("only") == "faulty")
    return download(back.content, back.filename, back.media_type)
