"""Statistics of sittings: the list, one sitting's report, one item; answers, marks and papers by sheet; notes."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.models import Session
from chizheng.assessment.queries import access_session
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.roles import Role
from chizheng.quality import charts
from chizheng.quality.forms import AnswersForm, MarksForm, PaperForm
from chizheng.quality.models import SittingReport
from chizheng.quality.queries import access_notes, access_papers, access_reports, found, hold_of
from chizheng.quality.usecases import papers as paper_acts

READERS = (Role.CENTRE, Role.AUTHORITY, Role.STATION, Role.PLANNER)


@page(*READERS)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    rows = access_reports(account(request))
    return render(request, "quality/reports.html", {"rows": paged(request, rows, 25)})


def _report(request: HttpRequest, uuid: UUID) -> SittingReport:
    return found(access_reports(account(request)).filter(session__uuid=uuid).first())


@page(*READERS)
@require_GET
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A sitting's report. Items and keys are for the centre only: the station must not learn them."""
    report = _report(request, uuid)
    centre = account(request).role == "centre"
    rows = list(report.items.select_related("item")) if centre else []
    parts = [
        (p, charts.part_marks(report, p), report.figures[p])
        for p in ("theory", "practice", "review")
        if p in report.figures and report.figures[p]["n"]
    ]
    paper = report.figures.get("paper")
    context = {
        "report": report, "session": report.session, "parts": parts, "paper": paper, "items": rows,
        "totals": charts.paper_totals(report) if paper else "", "plot": charts.paper_items(rows) if rows else "",
        "errors": charts.paper_errors(report) if paper and "csem" in paper else "",
        "deltas": [charts.paper_deltas(rows, kind) for kind in ("dif", "drift")],
        "few": any(f["flag"] == "few" for r in rows for f in r.findings),
        "leaks": [r for r in rows if r.watch.get("leak", {}).get("alarm") is not None],
        "centre": centre, "hold": hold_of(report.session) if account(request).role in ("centre", "authority") else None,
        "answers": AnswersForm(session=report.session) if centre else None, "marks": MarksForm() if centre else None,
    }  # fmt: skip
    return render(request, "quality/report.html", context)


@page(Role.CENTRE)
@require_GET
def item(request: HttpRequest, uuid: UUID, position: int) -> HttpResponse:
    report = _report(request, uuid)
    row = found(
        report.items.select_related("item__author", "item__paper").filter(item__position=position).first()
    )
    o = row.options
    lines = [
        (option, option == o["key"], chosen, correlation)
        for option, chosen, correlation in zip(o["options"], o["chosen"], o["correlation"], strict=True)
    ]
    every = list(row.item.reports.select_related("report__session").order_by("report__session__exam_date"))
    context = {
        "report": report, "session": report.session, "row": row, "picture": charts.item_options(row), "lines": lines,
        "earlier": [e for e in every if e.pk != row.pk], "history": charts.item_history(every),
        "leak": charts.item_leak(row), "watch": (report.figures.get("paper") or {}).get("watch", {}),
        "parameters": row.item.parameters.filter(calibration__made_at__isnull=False).select_related("calibration").order_by("-calibration__version"),
    }  # fmt: skip
    return render(request, "quality/item.html", context)


def _session(request: HttpRequest, uuid: UUID) -> Session:
    return access_session(account(request), uuid)


@page(Role.CENTRE)
@require_POST
def answers(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answers of a session, by sheet."""
    session, me = _session(request, uuid), account(request)
    form = AnswersForm(request.POST, request.FILES, session=session)
    if form.is_valid():
        file = form.cleaned_data["file"]
        count = attempt(
            request,
            lambda: paper_acts.receive_answers(
                session=session, paper=form.cleaned_data["paper"], content=file.read(), file_name=file.name, actor=me,
                now=now(),
            ),
        )  # fmt: skip
        if count is not None:
            messages.success(request, _("已读入 %(n)s 份答案，统计已更新。") % {"n": count})
    else:
        messages.error(request, _("请选择试卷和要上传的表格。"))
    return redirect("quality:report", uuid)


@page(Role.CENTRE)
@require_POST
def assessor_marks(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Assessors' marks of a session, by sheet."""
    session, me = _session(request, uuid), account(request)
    form = MarksForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        count = attempt(
            request,
            lambda: paper_acts.receive_assessor_marks(
                session=session, content=file.read(), file_name=file.name, actor=me, now=now()
            ),
        )
        if count is not None:
            messages.success(request, _("已读入 %(n)s 项评分。") % {"n": count})
    else:
        messages.error(request, _("请选择要上传的表格。"))
    return redirect("quality:report", uuid)


@page(Role.CENTRE)
@require_http_methods(["GET", "POST"])
def papers(request: HttpRequest) -> HttpResponse:
    me = account(request)
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = attempt(
            request,
            lambda: paper_acts.register_paper(
                code=data["code"], occupation=data["occupation"], level=data["level"], content=data["file"].read(),
                file_name=data["file"].name, actor=me, now=now(),
            ),
        )  # fmt: skip
        if made is not None:
            messages.success(request, _("已登记试卷 %(code)s。") % {"code": made.code})
            return redirect("quality:papers")
    rows = paged(request, access_papers(me).prefetch_related("items"), 25)
    return render(
        request,
        "quality/papers.html",
        {"rows": rows, "form": form},
        status=422 if request.method == "POST" else 200,
    )


@page(signed_in=True)
@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest) -> HttpResponse:
    """What was sent to this account; POST marks all as read."""
    rows = access_notes(account(request))
    if request.method == "POST":
        rows.filter(read_at__isnull=True).update(read_at=now())
        return redirect("quality:notes")
    return render(request, "quality/notes.html", {"rows": paged(request, rows, 25)})
