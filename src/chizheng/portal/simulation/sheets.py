"""The sheets that the province's stations send: enrolment in both real column sets, marks in the template."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime

from chizheng.assessment.core.columns import NATIONAL_2026, ZHEJIANG_2015, ColumnSet
from chizheng.platform.io import exports
from chizheng.portal.simulation.world import PersonPlan, SittingPlan

_SEX = {"M": "男", "F": "女"}
_LEVELS = {5: "五级", 4: "四级", 3: "三级", 2: "二级", 1: "一级"}


def enrolment_sheet(sitting: SittingPlan, alternative: str, *, n: int) -> tuple[str, bytes]:
    """(file name, bytes) of a sitting's enrolment sheet: by turns .xlsx of 2026, .xlsx of 2015, CSV in GB18030."""
    columns = ZHEJIANG_2015 if n % 3 == 1 else NATIONAL_2026
    rows = [_row(columns, sitting, p, alternative, at) for at, p in enumerate(sitting.people, 1)]
    header = [c.header + ("*" if c.required else "") for c in columns.columns]
    name = f"{sitting.occupation}{_LEVELS[sitting.level]}报名表"
    if n % 3 == 2:
        return f"{name}.csv", _csv([header, *rows]).encode("gb18030")
    return f"{name}.xlsx", workbook([header, *rows])


def _row(
    columns: ColumnSet, sitting: SittingPlan, person: PersonPlan, alternative: str, at: int
) -> list[str]:
    filled: Mapping[str, str] = {
        "serial": str(at), "occupation": sitting.occupation, "level": _LEVELS[sitting.level],
        "alternative": alternative, "document_kind": "居民身份证", "document_number": person.number,
        "name": person.name, "sex": _SEX[person.sex], "birth": person.birth.isoformat(), "phone": person.phone,
        "education": "高中", "employer": "示例单位", "source": "企业职工", "years": "8", "ethnicity": "汉族",
        "theory": "新考", "practice": "新考", "exam_kind": "正考", "holds": "否", "route": "初次",
    }  # fmt: skip
    return [filled.get(c.key, "") for c in columns.columns]


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """A plain .xlsx of text cells, so that no identity number is rounded."""
    out = io.BytesIO()
    book = exports.workbook(out)
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - same plan, same bytes
    page = book.add_worksheet("报名表")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            page.write_string(y, x, cell)
    book.close()
    return out.getvalue()


def _csv(rows: Sequence[Sequence[str]]) -> str:
    return exports.csv_bytes(rows, encoding="utf-8").decode()
