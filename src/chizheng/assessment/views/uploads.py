"""Enrolment sheets: the empty one, the upload, how far it is, its faults, the way back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment import usecases
from chizheng.assessment.core.columns import NATIONAL_2026, ZHEJIANG_2015
from chizheng.assessment.forms import SheetForm
from chizheng.assessment.io.enrolment_sheet import write_enrolment_sheet
from chizheng.assessment.queries import access_session, access_upload
from chizheng.assessment.sheets_out import returned_sheet
from chizheng.assessment.terms import setting_of
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.io.exports import XLSX
from chizheng.platform.roles import Role


@page(Role.STATION)
@require_GET
def template(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The empty sheet of a session, its alternatives as a drop-down list."""
    session = access_session(account(request), uuid)
    columns = ZHEJIANG_2015 if request.GET.get("columns") == ZHEJIANG_2015.code else NATIONAL_2026
    setting = setting_of(session)
    filled = {
        "occupation": session.occupation,
        "level": f"{session.level}级",
        "document_kind": "居民身份证",
        "exam_kind": "正考",
    }
    offered = [a.wording.zh for a in setting.rules.for_level(session.level)]
    content = write_enrolment_sheet(columns, filled, offered)
    return download(content, f"报名表-{session.number}.xlsx", XLSX)


@page(Role.STATION)
@require_POST
def enrolment(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    session = access_session(me, uuid)
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("请选择要上传的报名表。"))
        return redirect("assessment:session", session.uuid)
    file = form.cleaned_data["file"]
    got = attempt(
        request,
        lambda: usecases.receive_enrolment(
            session=session, file_name=file.name, content=file.read(), actor=me, now=now()
        ),
    )
    if got is None:
        return redirect("assessment:session", session.uuid)
    upload, made = got
    if not made:
        messages.info(request, _("这份文件已经上传过，没有重复写入。下面是当时的结果。"))
    elif upload.rows <= usecases.STEP:
        usecases.run_import(upload=upload, now=now())
    return redirect("assessment:upload", upload.uuid)


@page(Role.STATION, Role.CENTRE)
@require_GET
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    upload = access_upload(me, uuid)
    faults = paged(request, upload.faults.order_by("row", "id"), 100)
    context = {"upload": upload, "session": upload.session, "faults": faults, "acting": me.role == "station"}
    return render(request, "assessment/upload.html", context)


@page(Role.STATION)
@require_POST
def advance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Check the next rows; the progress panel asks for this until the sheet is done."""
    upload = usecases.advance(upload=access_upload(account(request), uuid), now=now())
    if not request.headers.get("HX-Request"):
        return redirect("assessment:upload", upload.uuid)
    response = render(request, "assessment/progress.html", {"upload": upload, "acting": True})
    if upload.finished:
        response["HX-Refresh"] = "true"
    return response


@page(Role.STATION, Role.CENTRE)
@require_GET
def returned(request: HttpRequest, uuid: UUID) -> HttpResponse:
    upload = access_upload(account(request), uuid)
    sheet = returned_sheet(upload, lang=language(), only_faulty=request.GET.get("only") == "faulty")
    return download(sheet.content, sheet.filename, sheet.media_type)
