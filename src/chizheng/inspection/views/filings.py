"""Employers file who works for them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.inspection import queries
from chizheng.inspection.core.filings import read_row, say
from chizheng.inspection.forms import FilingForm, SheetForm
from chizheng.inspection.models import Filing
from chizheng.inspection.usecases import import_filings
from chizheng.inspection.usecases.file_employment import file_employment
from chizheng.kernel.errors import BadInput
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.roles import Role


@page(Role.EMPLOYER, Role.AGENCY)
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """One's own filings, and the form for one more."""
    me = account_of(request)
    form = FilingForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and me.organisation is not None:
        cells = {k: str(v) for k, v in form.cleaned_data.items()}
        row = read_row(1, cells, home=me.organisation.region, today=clock.today())
        faults = list(row.faults)
        if row.entry is not None:
            taken = file_employment(
                employer=me.organisation,
                entries=[row.entry],
                source=Filing.Source.FORM,
                actor=me,
                now=clock.now(),
            )
            faults += taken.faults.values()
            if not faults:
                messages.success(request, _("已备案。"))
                return redirect("inspection:filings")
        for fault in faults:
            form.add_error(fault.column or None, say(fault.code, fault.value, fault.params, language()))
    rows = queries.access_filings(me).order_by("-filed_at", "-pk")
    return render(
        request, "inspection/filings.html",
        {"form": form, "sheet": SheetForm(), "page": Paginator(rows, 30).get_page(request.GET.get("page"))},
        status=422 if form.errors else 200,
    )  # fmt: skip


@page(Role.EMPLOYER, Role.AGENCY)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    me, form = account_of(request), SheetForm(request.POST, request.FILES)
    if not form.is_valid() or me.organisation is None:
        messages.error(request, _("请选择要上传的备案表。"))
        return redirect("inspection:filings")
    file = form.cleaned_data["file"]
    try:
        row, made = import_filings.receive_filings(
            employer=me.organisation, file_name=file.name, content=file.read(), actor=me, now=clock.now()
        )
    except BadInput as fault:
        messages.error(request, fault.say(language()))
        return redirect("inspection:filings")
    if not made:
        messages.info(request, _("这份文件已经上传过，没有重复写入。下面是当时的结果。"))
    elif row.rows <= import_filings.STEP:
        import_filings.run_filings(upload=row, now=clock.now())
    return redirect("inspection:filings_show", row.uuid)


@page(Role.EMPLOYER, Role.AGENCY)
@require_GET
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.access_filing_upload(account_of(request), uuid)
    faults = [(f, say(f.code, f.value, f.params, language())) for f in row.faults.order_by("row", "id")[:200]]
    return render(request, "inspection/upload.html", {"upload": row, "faults": faults})


@page(Role.EMPLOYER, Role.AGENCY)
@require_POST
def advance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take the next rows; the progress panel asks for this until the workbook is done."""
    row = import_filings.advance_filings(
        upload=queries.access_filing_upload(account_of(request), uuid), now=clock.now()
    )
    if not request.headers.get("HX-Request"):
        return redirect("inspection:filings_show", row.uuid)
    response = render(request, "inspection/progress.html", {"upload": row})
    if row.finished:
        response["HX-Refresh"] = "true"
    return response


@page(Role.EMPLOYER, Role.AGENCY)
@require_GET
def returned(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.access_filing_upload(account_of(request), uuid)
    sheet = import_filings.returned_filings(row, lang=language(), only_faulty=True)
    response = HttpResponse(sheet.content, content_type=sheet.media_type)
    response["Content-Disposition"] = content_disposition_header(True, sheet.filename)
    return response
