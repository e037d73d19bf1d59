"""A paper's room: its sittings, its calibrations, the panels that set its cut. For the centre; keys are secret."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.views.common import account, attempt
from chizheng.law.io.shelf import law
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.io.exports import CSV, csv_bytes
from chizheng.platform.roles import Role
from chizheng.quality import charts
from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.standard_setting import mapped_ability
from chizheng.quality.forms import CalibrationForm, DecideCutForm, PanelForm, ProposeCutForm
from chizheng.quality.io.judgements import JUDGE, JUDGED, PAGE
from chizheng.quality.models import Calibration, CutPanel, Paper
from chizheng.quality.queries import access_calibrations, access_panels, access_papers, found
from chizheng.quality.usecases import calibrate_paper, standards
from chizheng.quality.usecases.calibrate_paper import STEPS, adopted_cut, stored_items

DESKS = (Role.CENTRE, Role.AUTHORITY)


def _paper(request: HttpRequest, pk: int) -> Paper:
    return found(access_papers(account(request)).filter(pk=pk).first())


@page(Role.CENTRE)
@require_GET
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about a paper: where it was used, how its items are, what its cut is."""
    row = _paper(request, pk)
    me = account(request)
    reports = list(row.reports.select_related("session__station").order_by("-session__exam_date", "-id")[:24])
    newest = reports[0] if reports else None
    items = list(newest.items.select_related("item")) if newest else []
    context = {
        "paper": row, "reports": reports, "newest": newest, "items": items, "cut": adopted_cut(row),
        "reported": [r for r in items if any(f["flag"] != "few" for f in r.findings)],
        "plot": charts.paper_items(items) if items else "",
        "answers": row.answer_sheets.count(), "questions": row.items.count(),
        "calibrations": row.calibrations.select_related("base__paper", "work"), "panels": row.panels.all(),
        "calibrate": CalibrationForm(me=me, paper=row), "panel": PanelForm(paper=row),
    }  # fmt: skip
    return render(request, "quality/paper.html", context)


@page(Role.CENTRE)
@require_POST
def calibrate(request: HttpRequest, pk: int) -> HttpResponse:
    me, row = account(request), _paper(request, pk)
    form = CalibrationForm(request.POST, me=me, paper=row)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(str(e) for e in errors))
        return redirect("quality:paper", pk)
    made = attempt(
        request,
        lambda: calibrate_paper.ask_calibration(paper=row, actor=me, now=now(), **form.cleaned_data),
    )
    return redirect("quality:paper", pk) if made is None else redirect("quality:calibration", made.uuid)


def _calibration(request: HttpRequest, uuid: UUID) -> Calibration:
    return found(access_calibrations(account(request)).filter(uuid=uuid).first())


STEP_NAMES = {
    "estimate": gettext_lazy("估计参数"), "link": gettext_lazy("链接量尺"), "fit": gettext_lazy("检验拟合"),
}  # fmt: skip


def _progress(row: Calibration) -> dict[str, object]:
    names = [(STEP_NAMES[s], n < row.work.done, n == row.work.done) for n, s in enumerate(STEPS)]
    return {"row": row, "steps": names}


@page(Role.CENTRE)
@require_GET
def calibration(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _calibration(request, uuid)
    context: dict[str, object] = _progress(row)
    if row.made_at is not None:
        parameters = list(row.parameters.select_related("item"))
        pages: dict[str, int] = {}
        if parameters and row.model != "3pl":
            bank = ItemBank.of(stored_items(row))
            order = mapped_ability(bank).argsort(kind="stable")
            pages = {bank.names[j]: n for n, j in enumerate(order, 1)}
        context |= {
            "parameters": [(p, pages.get(p.item.code)) for p in parameters], "fit": row.figures.get("fit", {}),
            "picture": charts.parameters(parameters), "error": charts.measurement(row, adopted_cut(row.paper)),
            "anchors": charts.anchors(row) if row.link else "",
            "dropped": [a for a in row.link.get("anchors", []) if a["why"]],
            "why": {"alarm": _("泄露监测提示"), "easier": _("变易（疑似泄露）"), "harder": _("变难")},
        }  # fmt: skip
    return render(request, "quality/calibration.html", context)


@page(Role.CENTRE)
@require_POST
def advance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step; the progress panel asks for this until it is done."""
    row = calibrate_paper.advance_calibration(calibration=_calibration(request, uuid), now=now())
    if not request.headers.get("HX-Request"):
        return redirect("quality:calibration", uuid)
    response = render(request, "quality/calibrating.html", _progress(row))
    if row.finished:
        response["HX-Refresh"] = "true"
    return response


@page(Role.CENTRE)
@require_GET
def parameters(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Parameters as `chizheng calibrate --anchors` reads them."""
    row = _calibration(request, uuid)
    rows: list[list[object]] = [["item", "a", "b", "c", "se_a", "se_b", "answered"]]
    for p in row.parameters.select_related("item"):
        numbers = (p.slope, p.difficulty, p.guessing, p.se_slope, p.se_difficulty)
        rows.append([p.item.code, *("" if v is None else f"{v:.6f}" for v in numbers), p.answered])
    return download(csv_bytes(rows, encoding="utf-8"), f"{row.paper.code}-v{row.version}.csv", CSV)


# --- panels


@page(Role.CENTRE)
@require_POST
def enter_panel(request: HttpRequest, pk: int) -> HttpResponse:
    me, row = account(request), _paper(request, pk)
    form = PanelForm(request.POST, request.FILES, paper=row)
    if not form.is_valid():
        messages.error(request, _("请选择方法、会议日期和评判表。"))
        return redirect("quality:paper", pk)
    data = form.cleaned_data
    made = attempt(
        request,
        lambda: standards.enter_panel(
            paper=row, method=data["method"], held_on=data["held_on"], calibration=data["calibration"],
            content=data["file"].read(), file_name=data["file"].name, actor=me, now=now(),
        ),
    )  # fmt: skip
    return redirect("quality:paper", pk) if made is None else redirect("quality:panel", made.uuid)


@page(Role.CENTRE)
@require_GET
def panel_template(request: HttpRequest, pk: int, method: str) -> HttpResponse:
    """An empty sheet for a panel, its columns as they are read."""
    row = _paper(request, pk)
    heads = {
        "angoff": [JUDGE[0], *row.items.values_list("code", flat=True)],
        "bookmark": [JUDGE[0], PAGE[0]],
        "contrasting": ["准考证号", JUDGED[0]],
    }
    if method not in heads:
        return found(None)
    return download(csv_bytes([heads[method]]), f"{row.code}-{method}.csv", CSV)


def _panel(request: HttpRequest, uuid: UUID) -> CutPanel:
    return found(access_panels(account(request)).filter(uuid=uuid).first())


@page(*DESKS)
@require_GET
def panels(request: HttpRequest) -> HttpResponse:
    """Panels of one's region: what waits for a second person first."""
    rows = access_panels(account(request))
    waiting = [r for r in rows if r.state == "proposed"]
    return render(
        request,
        "quality/panels.html",
        {"waiting": waiting, "rows": [r for r in rows if r.state != "proposed"][:50]},
    )


@page(*DESKS)
@require_http_methods(["GET", "POST"])
def panel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A panel's judgements, the cut they lead to, its proposal and adoption."""
    me, row = account(request), _panel(request, uuid)
    events = standards.PANEL.events(row.state)
    proposing = "propose" in events and me.role == "centre"
    deciding = "adopt" in events and row.proposed_by_id != me.pk
    form: ProposeCutForm | DecideCutForm | None = None
    given = request.POST or None
    if proposing:
        form = ProposeCutForm(given, initial={"cut": round(row.result["cut"])})
    elif deciding:
        form = DecideCutForm(given)
    if request.method == "POST" and form is not None and form.is_valid():
        data = form.cleaned_data
        if proposing:
            done = attempt(request, lambda: standards.propose_cut(panel=row, **data, actor=me, now=now()))
        else:
            done = attempt(request, lambda: standards.decide_cut(panel=row, **data, actor=me, now=now()))
        if done is not None:
            messages.success(request, _("已记录。"))
            return redirect("quality:panel", uuid)
    advised = law().number("quality.standards.advised_judges", on=today(), place=row.paper.region)
    judges = row.result["judges"]
    context = {
        "row": row, "form": form, "proposing": proposing, "judges": judges, "items": row.paper.items.count(),
        "picture": charts.panel_cuts(row) if judges else charts.panel_groups(row) if "groups" in row.result else "",
        "few": 0 < len(judges) < advised, "advised": advised, "centre": me.role == "centre",
    }  # fmt: skip
    return render(request, "quality/panel.html", context, status=422 if given else 200)
