"""Quality bulletins: frozen figures for everybody; centre and authority freeze a period that is over."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.views.common import account, attempt, paged
from chizheng.law.io.shelf import law
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.io.exports import CSV, csv_bytes
from chizheng.platform.roles import Role
from chizheng.quality.forms import BulletinForm
from chizheng.quality.models import Bulletin
from chizheng.quality.queries import bulletins, found
from chizheng.quality.usecases.bulletins import TABLE, csv_rows, freeze_bulletin, period_of, table_rows

NAMES = {
    "sessions": gettext_lazy("批次"), "sessions_with_results": gettext_lazy("已公布成绩的批次"), "stations": gettext_lazy("施考鉴定站"),
    "candidates": gettext_lazy("参加鉴定人数"), "passed": gettext_lazy("合格人数"), "national_standard": gettext_lazy("采用国家标准的批次"),
    "item_bank": gettext_lazy("有试题统计的批次"), "decision_accuracy_mean": gettext_lazy("合格判定准确率（平均）"), "supervised": gettext_lazy("现场督导批次"),
    "holds": gettext_lazy("待复核批次"), "holds_released": gettext_lazy("复核后放行"), "holds_annulled": gettext_lazy("复核后作废"), "cases": gettext_lazy("受理案件"),
    "cases_decided": gettext_lazy("已决定案件"), "homemade_certificates": gettext_lazy("发现的仿冒证书"),
}  # fmt: skip


@page(public=True)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    acting = request.user.is_authenticated and request.user.role in ("centre", "authority")
    form = BulletinForm(today=today()) if acting else None
    return render(request, "quality/bulletins.html", {"rows": paged(request, bulletins(), 25), "form": form})


@page(Role.CENTRE, Role.AUTHORITY)
@require_POST
def freeze(request: HttpRequest) -> HttpResponse:
    me = account(request)
    form = BulletinForm(request.POST, today=today())
    if not form.is_valid():
        messages.error(request, _("请选择期间。"))
        return redirect("quality:bulletins")
    start, end = period_of(date.fromisoformat(form.cleaned_data["start"]))
    row = attempt(
        request, lambda: freeze_bulletin(region=me.region, start=start, end=end, actor=me, now=now())
    )
    return redirect("quality:bulletins") if row is None else redirect("quality:bulletin", row.pk)


def _row(pk: int) -> Bulletin:
    return found(bulletins().filter(pk=pk).first())


@page(public=True)
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    figures = [(label, row.snapshot.get(code)) for code, label in NAMES.items()]
    checks = {
        str(c["code"]): c["name_en"] if language() == "en" else c["name"]
        for c in law().tables["supervision_checks"]
    }
    conformity = [
        (checks.get(c["check"], c["check"]), c["met"], c["not_met"])
        for c in row.snapshot.get("conformity", [])
        if c["met"] or c["not_met"]
    ]
    context = {"row": row, "figures": figures, "conformity": conformity}
    return render(request, "quality/bulletin.html", context)


@page(public=True)
@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """All frozen figures one a row, for planning and for anybody who counts on."""
    rows = [TABLE, *table_rows(bulletins().order_by("start", "region"))]
    return download(csv_bytes(rows), "质量公报.csv", CSV)


@page(public=True)
@require_GET
def figures(request: HttpRequest, pk: int) -> HttpResponse:
    """The frozen figures as CSV (UTF-8 with a mark, as spreadsheet programs want it)."""
    row = _row(pk)
    return download(
        csv_bytes(csv_rows(row)),
        f"质量公报-{row.region or '00'}-{row.start}.csv",
        CSV,
    )
