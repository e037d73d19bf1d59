"""Marks: the grid, the sheet to fill in, the sheet that came back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chizheng.assessment import usecases
from chizheng.assessment.core.enrolment import ExamKind
from chizheng.assessment.core.marks import Part
from chizheng.assessment.forms import SheetForm
from chizheng.assessment.models import Mark, Registration
from chizheng.assessment.queries import access_roster, access_session, counts_of
from chizheng.assessment.sheets_out import marks_sheet, written
from chizheng.assessment.terms import terms_of
from chizheng.assessment.usecases import MarkEntry
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.io.exports import XLSX
from chizheng.platform.roles import Role

_PER_PAGE = 50
_LABELS = dict(Mark.PARTS)


@page(Role.STATION)
@require_http_methods(["GET", "POST"])
def grid(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The grid of marks, a page of candidates at a time; `second=1` is the blind second entry."""
    me = account(request)
    session = access_session(me, uuid)
    second = request.GET.get("second") == "1"
    rows = paged(
        request, access_roster(me, session).filter(state="enrolled").prefetch_related("marks"), _PER_PAGE
    )
    wrong: dict[str, str] = {}
    typed: dict[str, str] = {}
    if request.method == "POST":
        entries = _entries(request, rows)
        typed = {f"{e.registration}-{e.part}": e.text for e in entries}
        faults = attempt(
            request,
            lambda: usecases.enter_marks(
                session=session, entries=entries, actor=me, now=now(), second=second
            ),
        )
        if faults is not None:
            wrong = {f"{f.registration}-{f.part}": f.say(language()) for f in faults}
            if not wrong:
                messages.success(request, _("已保存。"))
                query = f"?page={rows.number}" + ("&second=1" if second else "")
                return redirect(request.path + query)
        rows = paged(
            request, access_roster(me, session).filter(state="enrolled").prefetch_related("marks"), _PER_PAGE
        )
    parts = terms_of(session).parts
    counts = counts_of(session)
    context = {
        "session": session, "rows": rows, "second": second, "counts": counts, "form": SheetForm(),
        "parts": [(p, _LABELS[p]) for p in parts],
        "lines": [_line(r, parts, second, wrong, typed) for r in rows],
        "wrong": len(wrong), "writable": session.state in ("held", "marking", "returned"),
        "wanted": counts.enrolled * len(parts),
    }  # fmt: skip
    return render(request, "assessment/marks.html", context, status=422 if wrong else 200)


def _entries(request: HttpRequest, rows: Page[Registration]) -> list[MarkEntry]:
    """The cells of the page that was sent; only this page's candidates are looked at."""
    return [
        MarkEntry(row.pk, part, request.POST[f"m-{row.pk}-{part}"])
        for row in rows
        for part in Part
        if f"m-{row.pk}-{part}" in request.POST
    ]


def _line(
    row: Registration, parts: tuple[Part, ...], second: bool, wrong: dict[str, str], typed: dict[str, str]
) -> dict[str, object]:
    marks = {m.part: m for m in row.marks.all()}
    cells = []
    for part in parts:
        key, mark = f"{row.pk}-{part}", marks.get(part)
        kept = getattr(row, part.value) == ExamKind.KEPT
        value = typed.get(key, "") if key in wrong else written(mark) if kept or not second else ""
        cells.append(
            {
                "name": f"m-{key}", "part": part.value,
                "label": _LABELS[part], "kept": kept, "value": value, "wrong": wrong.get(key, ""),
                "entered": mark is not None, "confirmed": bool(mark and mark.second_state and not mark.disputed),
                "disputed": bool(mark and mark.disputed),
            }
        )  # fmt: skip
    return {"row": row, "cells": cells}


@page(Role.STATION)
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """GET: the marks sheet with the roster. POST: the sheet filled in."""
    me = account(request)
    session = access_session(me, uuid)
    if request.method == "GET":
        return download(marks_sheet(session), f"成绩登记表-{session.number}.xlsx", XLSX)
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("请选择要上传的成绩表。"))
        return redirect("assessment:marks", session.uuid)
    file = form.cleaned_data["file"]
    got = attempt(
        request,
        lambda: usecases.import_marks(
            session=session, file_name=file.name, content=file.read(), actor=me, now=now(),
            second=request.POST.get("second") == "1",
        ),
    )  # fmt: skip
    return (
        redirect("assessment:marks", session.uuid)
        if got is None
        else redirect("assessment:upload", got[0].uuid)
    )
