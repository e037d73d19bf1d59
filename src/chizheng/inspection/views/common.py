"""What the views share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.safestring import mark_safe

from chizheng.inspection.core.charts import bars
from chizheng.platform.io.charts import svg

_STACK = "'Noto Sans SC', system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def chart(rows: Sequence[tuple[str, int]], counted: str) -> str:
    """Bars as SVG; on a machine without the typeface the reader's own is taken."""
    drawn = svg(bars(rows, counted=counted, width=300))
    drawn = drawn.replace('font-family="Noto Sans SC"', f'font-family="{_STACK}"')
    return mark_safe(drawn)  # noqa: S308 - drawn here from numbers; texts are escaped by the renderer


def paged(request: HttpRequest, rows: Any, per_page: int = 50) -> Page[Any]:
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def tell_faults(request: HttpRequest, form: Any) -> None:
    for field, errors in form.errors.items():
        label = form.fields[field].label if field in form.fields else ""
        for error in errors:
            messages.error(request, f"{label} {error}".strip())
