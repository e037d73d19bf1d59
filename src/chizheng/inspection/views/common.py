"""What the views share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import mark_safe

from chizheng.inspection.core.charts import bars
from chizheng.platform.io.charts import svg

_STACK = "'Noto Sans SC', system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def chart(rows: Sequence[tuple[str, int]], counted: str) -> str:
    """Bars as SVG; on a machine without the typeface the reader's own is taken."""
    drawn = svg(bars(rows, counted=counted, width=300))
    drawn = drawn.replace('font-family="Noto Sans SC"', f'font-family="{_STACK}"')
    return mark_safe(drawn)  # noqa: S308 - drawn here from numbers; texts are escaped by the renderer


def paged(request: HttpRequest, rows: Any, per_page: int = 50) -> Page[Any]:
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def download(content: bytes, file_name: str, media_type: str, *, show: bool = False) -> HttpResponse:
    """A file to save (or to show), its Chinese name intact (RFC 6266)."""
    response = HttpResponse(content, content_type=media_type)
    manner = "inline" if show else "attachment"
    response["Content-Disposition"] = f"{manner}; filename*=UTF-8''{quote(file_name)}"
    response["Cache-Control"] = "no-store"
    return response


def tell_faults(request: HttpRequest, form: Any) -> None:
    for field, errors in form.errors.items():
        label = form.fields[field].label if field in form.fields else ""
        for error in errors:
            messages.error(request, f"{label} {error}".strip())
