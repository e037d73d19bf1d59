"""Rows of an exceptional list 非考核名单: contest awards, expert panels, legacy stock; read from a workbook, judged alone.

One row is one certificate to be. Legacy rows bring number and date of issue with them; the others are
numbered when they are issued. Nothing here knows the register: whether a number is taken is asked later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from chizheng.certificates.core import names, numbers
from chizheng.certificates.core.numbers import Scheme
from chizheng.kernel.wording import Wording

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("姓名", "name"),
    "kind": ("证件类型", "document type"),
    "document": ("证件号码", "身份证号", "身份证号码", "document number"),
    "occupation": ("职业", "职业（工种）", "职业名称", "occupation"),
    "level": ("等级", "级别", "技能等级", "level"),
    "award": ("依据", "奖项", "评审结论", "award"),
    "number": ("证书编号", "证书号", "certificate number"),
    "issued": ("核发日期", "发证日期", "date of issue"),
    "theory": ("理论成绩", "理论", "theory"),
    "practice": ("实操成绩", "技能成绩", "实操", "practice"),
}
"""Headers by field; the first is the one that templates carry."""

ALWAYS: Final = ("name", "document", "occupation", "level")
EXTRA: Final[Mapping[str, tuple[str, ...]]] = {
    "contest": ("award",),
    "panel": ("award",),
    "legacy": ("number", "issued"),
}

FAULTS: Final[Mapping[str, Wording]] = {
    "missing": Wording("“{column}”未填写", "'{column}' is empty"),
    "name": Wording("姓名“{value}”不像姓名，请核对", "'{value}' does not look like a name"),
    "level": Wording(
        "等级“{value}”应为 1 至 5（5 为初级，1 为高级技师）或等级名称",
        "level '{value}' must be 1 to 5 (5 lowest, 1 highest) or its name",
    ),
    "date": Wording("“{column}”“{value}”不是日期，应为 2004-05-20 的形式", "'{column}' '{value}' is no date; write 2004-05-20"),
    "future": Wording("核发日期 {value} 在今天之后", "the date of issue {value} is in the future"),
    "score": Wording("“{column}”“{value}”应为 0 至 100，至多一位小数", "'{column}' '{value}' must be 0 to 100 with one decimal"),
    "number": Wording("证书编号“{value}”读不出来：{why}", "certificate number '{value}' cannot be read: {why}"),
    "number_level": Wording("证书编号中的等级是 {says}，本行填写的是 {has}", "the number says level {says}, the row says {has}"),
    "number_twice": Wording("证书编号在本表第 {row} 行已出现", "the number stands in row {row} already"),
    "person_twice": Wording("同一人同一职业等级在本表第 {row} 行已出现", "the same person, occupation and level stand in row {row} already"),
    "held": Wording(
        "证书编号 {value} 已登记给同一人，无须重复补录", "number {value} is already registered for the same person"
    ),
    "superior": Wording("该人已持有本职业同级或更高等级证书（{value}）", "the person already holds this occupation at the level or above ({value})"),
    "document": Wording("{why}", "{why}"),
    "occupation": Wording("职业目录中没有“{value}”，请核对名称", "the catalogue has no occupation '{value}'"),
    "rounded": Wording("单元格数字过长，已被表格软件四舍五入；请把该列设为文本后重填", "the cell was rounded by the spreadsheet; format it as text and type it again"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row: `field` as in COLUMNS, '' for the whole row."""

    row: int
    field: str
    code: str
    params: Mapping[str, object]

    def say(self, lang: str = "zh") -> str:
        return FAULTS[self.code].say(lang, **self.params)


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row as read; `level` 0, `issued` None and so on where a fault says why."""

    row: int
    name: str
    kind: str
    document: str
    occupation: str
    level: int
    award: str
    number: str
    issued: date | None
    theory: int | None
    practice: int | None


def read_row(
    row: int, cells: Mapping[str, str], *, basis: str, levels: Mapping[str, int], today: date
) -> tuple[ListedRow, list[Fault]]:
    """The row and its faults. `cells` by field; `levels` maps digits and level names to levels."""
    found: list[Fault] = []

    def cell(field: str) -> str:
        return cells.get(field, "").strip()

    def fault(field: str, code: str, **params: object) -> None:
        found.append(Fault(row, field, code, params))

    for field in (*ALWAYS, *EXTRA.get(basis, ())):
        if not cell(field):
            fault(field, "missing", column=COLUMNS[field][0])
    name = names.printed(cell("name"))
    if name and (len(name) < 2 or len(name) > 60 or any(c.isdigit() for c in name)):
        fault("name", "name", value=name[:20])
    level = levels.get(cell("level"), 0)
    if cell("level") and not level:
        fault("level", "level", value=cell("level")[:12])
    issued = _day(cell("issued"))
    if cell("issued") and issued is None:
        fault("issued", "date", column=COLUMNS["issued"][0], value=cell("issued")[:16])
    elif issued is not None and issued > today:
        fault("issued", "future", value=issued.isoformat())
    scores: dict[str, int | None] = {}
    for field in ("theory", "practice"):
        scores[field] = _tenths(cell(field))
        if cell(field) and scores[field] is None:
            fault(field, "score", column=COLUMNS[field][0], value=cell(field)[:12])
    number = cell("number") if basis == "legacy" else ""
    if number:
        parsed = numbers.parse(number)
        number = str(parsed)
        says = getattr(parsed, "level", None)
        if parsed.scheme is Scheme.QUALIFICATION and level and says != level:
            fault("number", "number_level", says=says, has=level)
    listed = ListedRow(
        row, name, cell("kind"), cell("document"), cell("occupation"), level, cell("award")[:200], number, issued,
        scores["theory"], scores["practice"],
    )  # fmt: skip
    return listed, found


def doubles(rows: list[tuple[ListedRow, str]]) -> list[Fault]:
    """Numbers, and persons with occupation and level, that stand in the list twice.

    `rows` with the canonical document of each.
    """
    found: list[Fault] = []
    numbered: dict[str, int] = {}
    people: dict[tuple[str, str, int], int] = {}
    for row, document in rows:
        if row.number:
            if row.number in numbered:
                found.append(Fault(row.row, "number", "number_twice", {"row": numbered[row.number]}))
            numbered.setdefault(row.number, row.row)
        key = (document, row.occupation, row.level)
        if document and key in people:
            found.append(Fault(row.row, "document", "person_twice", {"row": people[key]}))
        people.setdefault(key, row.row)
    return found


def _day(text: str) -> date | None:
    plain = (
        text.split(" ")[0]
        .replace("年", "-")
        .replace("月", "-")
        .replace("日", "")
        .replace("/", "-")
        .replace(".", "-")
    )
    if len(plain) == 8 and plain.isascii() and plain.isdigit():
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    try:
        year, month, day = (int(p) for p in plain.split("-"))
        return date(year, month, day) if year >= 1900 else None
    except ValueError:
        return None


def _tenths(text: str) -> int | None:
    whole, _, tenth = text.partition(".")
    tenth = tenth.rstrip("0")
    if not (whole.isascii() and whole.isdigit() and len(tenth) <= 1 and (not tenth or tenth in "123456789")):
        return None
    value = int(whole) * 10 + int(tenth or 0)
    return value if value <= 1000 else None
