"""A classification from a clerk's sheet: bytes in, occupations and faults out."""

from __future__ import annotations

from chizheng.catalogue.core.classification import (
    COLUMNS,
    Classification,
    ClassificationRow,
    parse_classification,
)
from chizheng.catalogue.core.wording import MISSING_COLUMN
from chizheng.kernel.errors import BadInput
from chizheng.platform.io.sheets import CellFault, Sheet, read_sheet


def read_classification(content: bytes, filename: str) -> tuple[Sheet, Classification]:
    """Parse a .xls, .xlsx or CSV classification; raises BadInput where code or name has no column."""
    sheet = read_sheet(content, filename)
    where = _columns(sheet)
    rows = [
        ClassificationRow(r.number, {field: r.cells[i] for field, i in where.items()}) for r in sheet.rows
    ]
    return sheet, parse_classification(rows)


def cell_faults(sheet: Sheet, classification: Classification, lang: str = "zh") -> list[CellFault]:
    """The faults as `annotate_sheet` takes them."""
    where = _columns(sheet)
    return [CellFault(f.row, where.get(f.field), f.say(lang)) for f in classification.faults]


def _columns(sheet: Sheet) -> dict[str, int]:
    found = {}
    for field, headers in COLUMNS.items():
        index = sheet.column(*headers)
        if index is not None:
            found[field] = index
        elif field in ("code", "name"):
            raise BadInput("column_missing", MISSING_COLUMN, field=headers[1], headers="、".join(headers))
    return found
