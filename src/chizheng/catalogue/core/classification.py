"""Rows of an occupational classification (大典) or of a list of standards, as occupations or as faults.

A code is 大类-中类-小类-职业, `4-03-02-01`. `00` in the last part stands for a small group that has only
one occupation; where the group has others, the code has slipped and the row is not believed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chizheng.catalogue.core.levels import parse_levels
from chizheng.catalogue.core.occupation import Occupation, OccupationKind
from chizheng.catalogue.core.wording import FAULTS
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording

CODE = re.compile(r"[1-8]-\d{2}-\d{2}-\d{2}")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "职业编码", "职业代码", "编码", "代码", "职业（工种）编码", "occupation code"),
    "name": ("name", "职业名称", "职业（工种）名称", "职业工种名称", "名称", "职业", "工种名称", "occupation"),
    "levels": ("levels", "等级", "职业技能等级", "技能等级", "级别", "职业等级", "level"),
    "edition": ("edition", "版本", "标准版本", "颁布年份", "年份", "year"),
    "kind": ("kind", "类型", "职业或工种", "type"),
    "group": ("group", "small_name", "小类名称", "小类", "所属小类"),
    "aliases": ("aliases", "别名", "俗称", "包含工种", "other names"),
}
"""Field to the headers it goes by; `platform.io.sheets.Sheet.column` compares them loosely."""


@dataclass(frozen=True, slots=True)
class ClassificationRow:
    """A row as text: `cells` by field (those of COLUMNS the sheet has), `number` as the clerk sees it."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row was not taken: field, value, and a sentence with the remedy."""

    row: int
    field: str
    value: str
    code: str
    wording: Wording
    params: Mapping[str, object]

    def say(self, lang: str = "zh") -> str:
        return self.wording.say(lang, **self.params)


@dataclass(frozen=True, slots=True)
class Classification:
    """Good rows as occupations (one per code and edition), bad rows as faults."""

    occupations: tuple[Occupation, ...]
    faults: tuple[RowFault, ...]
    read: int


def parse_classification(rows: Sequence[ClassificationRow]) -> Classification:
    """Take the good rows, report the bad ones; a row with any fault is not taken."""
    faults: list[RowFault] = []
    good: list[tuple[ClassificationRow, Occupation]] = []
    for row in rows:
        found = _row_faults(row)
        faults += found
        if not found:
            good.append((row, _occupation(row)))
    faults += _slipped_codes(good, rows)
    bad = {f.row for f in faults}
    faults += _duplicates([(r, o) for r, o in good if r.number not in bad])
    bad = {f.row for f in faults}
    return Classification(
        tuple(o for r, o in good if r.number not in bad),
        tuple(sorted(faults, key=lambda f: f.row)),
        len(rows),
    )


def _fault(row: ClassificationRow, field: str, code: str, **params: object) -> RowFault:
    value = row.cells.get(field, "")
    return RowFault(
        row.number, field, value, code, FAULTS[code], {"row": row.number, "value": value, **params}
    )


def _row_faults(row: ClassificationRow) -> list[RowFault]:
    faults = []
    code, name = row.cells.get("code", ""), row.cells.get("name", "")
    if not code:
        faults.append(_fault(row, "code", "code_missing"))
    elif not CODE.fullmatch(_code(code)):
        faults.append(_fault(row, "code", "code_malformed"))
    if not name:
        faults.append(_fault(row, "name", "name_missing"))
    try:
        parse_levels(row.cells.get("levels", ""))
    except ValueError as error:
        faults.append(_fault(row, "levels", "levels_wrong", fault=str(error)))
    kind = row.cells.get("kind", "")
    if kind and canonical(kind).casefold() not in _KINDS:
        faults.append(_fault(row, "kind", "kind_unknown"))
    return faults


_KINDS = {
    "职业": OccupationKind.OCCUPATION,
    "occupation": OccupationKind.OCCUPATION,
    "工种": OccupationKind.TRADE,
    "trade": OccupationKind.TRADE,
}


def _code(text: str) -> str:
    """Full-width digits and long dashes as typed by hand, made plain."""
    return re.sub("[‐‑‒–—−]", "-", canonical(text))


def _occupation(row: ClassificationRow) -> Occupation:
    cells = row.cells
    return Occupation(
        name="".join(cells["name"].split()),
        code=_code(cells["code"]),
        kind=_KINDS.get(canonical(cells.get("kind", "")).casefold(), OccupationKind.OCCUPATION),
        levels=parse_levels(cells.get("levels", "")),
        edition=cells.get("edition", ""),
        group=cells.get("group", ""),
        aliases=tuple(a for a in re.split(r"[、,，;；|/\s]+", cells.get("aliases", "")) if a),
        verified=False,
    )


def _slipped_codes(
    good: Sequence[tuple[ClassificationRow, Occupation]], rows: Sequence[ClassificationRow]
) -> list[RowFault]:
    members: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        code = _code(row.cells.get("code", ""))
        if CODE.fullmatch(code):
            members[code[:7]].add(code)
    return [
        _fault(row, "code", "code_slipped", group=o.code[:7], others="、".join(sorted(members[o.code[:7]] - {o.code})))
        for row, o in good
        if o.code.endswith("-00") and len(members[o.code[:7]]) > 1
    ]


def _duplicates(good: Sequence[tuple[ClassificationRow, Occupation]]) -> list[RowFault]:
    """Repeated rows, one code with two names, and one name with two codes.

    The first of identical rows is good; where two rows contradict each other neither is believed.
    """
    faults: list[RowFault] = []
    seen: dict[tuple[str, str, str], int] = {}
    names: dict[str, dict[str, int]] = defaultdict(dict)
    codes: dict[str, dict[str, int]] = defaultdict(dict)
    for row, o in good:
        key = (o.code, canonical(o.name), o.edition)
        if key in seen:
            faults.append(_fault(row, "code", "row_repeated", first=seen[key]))
            continue
        seen[key] = row.number
        names[canonical(o.name)].setdefault(o.code, row.number)
        codes[o.code].setdefault(canonical(o.name), row.number)
    repeated = {f.row for f in faults}
    for row, o in good:
        if row.number in repeated:
            continue
        if len(names[canonical(o.name)]) > 1:
            others = {c: n for c, n in names[canonical(o.name)].items() if c != o.code}
            faults.append(_fault(row, "name", "name_twice", others=_rows_said(others)))
        if len(codes[o.code]) > 1:
            others = {c: n for c, n in codes[o.code].items() if c != canonical(o.name)}
            faults.append(_fault(row, "code", "code_twice", others=_rows_said(others)))
    return faults


def _rows_said(others: Mapping[str, int]) -> str:
    return "、".join(f"{what}（{number}）" for what, number in others.items())
