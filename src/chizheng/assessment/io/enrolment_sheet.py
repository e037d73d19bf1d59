"""An empty enrolment sheet 报名表 for a session: the columns, and the alternatives to choose from."""

from __future__ import annotations

import io
from collections.abc import Sequence

from chizheng.assessment.core.columns import ColumnSet
from chizheng.platform.io.exports import workbook


def write_enrolment_sheet(columns: ColumnSet, filled: dict[str, str], alternatives: Sequence[str]) -> bytes:
    """The workbook (.xlsx): headers, one example cell row with `filled` by key, the alternatives beside.

    Cells are text, so that no identity number is ever rounded; alternatives are a drop-down list.
    """
    out = io.BytesIO()
    book = workbook(out)
    page = book.add_worksheet("报名表")
    choices = book.add_worksheet("申报条件")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
    needed = book.add_format({"bold": True, "bg_color": "#FDF1DC", "border": 1})
    text = book.add_format({"num_format": "@"})
    for at, sentence in enumerate(alternatives):
        choices.write_string(at, 0, sentence)
    choices.set_column(0, 0, 90)
    for at, column in enumerate(columns.columns):
        page.write_string(0, at, column.header, needed if column.required else head)
        page.set_column(at, at, 24 if column.key in ("document_number", "alternative") else 13, text)
        if column.key in filled:
            page.write_string(1, at, filled[column.key], text)
        if column.key == "alternative" and alternatives:
            page.data_validation(
                1, at, 5000, at,
                {"validate": "list", "source": f"=申报条件!$A$1:$A${len(alternatives)}", "error_type": "warning"},
            )  # fmt: skip
    page.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
