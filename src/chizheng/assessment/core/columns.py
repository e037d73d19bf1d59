"""The column sets of enrolment workbooks 报名表 that stations really send, and how a header is recognised.

`zhejiang-2015` has 20 columns, `national-2026` has 33. Columns are found by name: order, blanks, stars,
bracketed remarks and usual variants of a name do not matter; unknown columns are kept, not read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chizheng.assessment.core.wording import WORDING
from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it is called on paper, what else people call it, whether it shows a person."""

    key: str
    header: str
    variants: tuple[str, ...] = ()
    required: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class ColumnSet:
    code: str
    title: Wording
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column | None:
        return next((c for c in self.columns if c.key == key), None)

    def header(self, key: str) -> str:
        """The printed header of a column, the key itself where this set has none."""
        found = self.column(key)
        return found.header if found else key


def _column(key: str, header: str, *variants: str, required: bool = False, personal: bool = False) -> Column:
    return Column(key, header, variants, required, personal)


ZHEJIANG_2015 = ColumnSet(
    "zhejiang-2015",
    Wording("2015年报名表（20列）", "Enrolment sheet of 2015 (20 columns)"),
    (
        _column("name", "姓名", "考生姓名", required=True, personal=True),
        _column("document_kind", "证件类型", "证件种类", required=True),
        _column(
            "document_number", "身份证号", "身份证号码", "证件号码", "证件号", required=True, personal=True
        ),
        _column("sex", "性别", required=True),
        _column("ethnicity", "民族"),
        _column("education", "文化程度", "学历"),
        _column("phone", "手机", "手机号", "手机号码", "联系电话", personal=True),
        _column("alternative", "申报条件", "报考条件", "申报资格条件", required=True),
        _column("source", "考生来源"),
        _column("employer", "工作单位", "单位名称"),
        _column("address", "通讯地址", "联系地址", personal=True),
        _column("years", "本职业工作年限", "从事本职业年限", "工作年限"),
        _column("email", "邮箱", "电子邮箱", "E-mail", "email", personal=True),
        _column("held_number", "原证书号", "原证书编号", "原证书号码", personal=True),
        _column("held_occupation", "原职业", "原职业工种", "原工种"),
        _column("theory", "理论", "理论新考补考", "理论考试类型", "理论考核"),
        _column("practice", "实操", "实操新考补考", "实操考试类型", "技能", "操作技能"),
        _column("review", "综合", "综合新考补考", "综合评审", "综合考试类型"),
        _column("language", "外语", "外语新考补考", "外语考试类型"),
        _column("photo", "照片", "照片文件名", personal=True),
    ),
)

NATIONAL_2026 = ColumnSet(
    "national-2026",
    Wording("2026年报名表（33列）", "Enrolment sheet of 2026 (33 columns)"),
    (
        _column("serial", "序号", "编号"),
        _column(
            "occupation", "职业工种名称", "职业名称", "职业(工种)", "职业/工种", "工种名称", required=True
        ),
        _column("level", "认定等级", "鉴定等级", "申报等级", "等级", required=True),
        _column("alternative", "申报条件", "报考条件", required=True),
        _column("document_kind", "证件类型", "证件种类", required=True),
        _column("document_number", "证件号码", "身份证号", "证件号", required=True, personal=True),
        _column("name", "姓名", "考生姓名", required=True, personal=True),
        _column("sex", "性别"),
        _column("birth", "出生日期", "出生年月", personal=True),
        _column("phone", "手机号码", "手机", "手机号", "联系电话", personal=True),
        _column("holds", "是否有职业资格证书", "是否持有职业资格证书", "是否持证"),
        _column("held_level", "证书等级", "原证书等级"),
        _column("held_number", "证书编号", "证书号码", "原证书编号", personal=True),
        _column("education", "文化程度", "学历"),
        _column("region", "所在省市区", "所在省（市）区", "所在地区"),
        _column("source", "考生来源"),
        _column("employer", "所在单位", "工作单位"),
        _column("enrolling_unit", "报名单位"),
        _column("route", "认定分类", "鉴定分类"),
        _column("speciality", "专业"),
        _column("exam_kind", "考试类型"),
        _column("ethnicity", "民族"),
        _column("work_start", "参加工作时间", "参加工作日期"),
        _column("email", "电子邮箱", "邮箱", personal=True),
        _column("years", "专业年限", "从业年限", "本职业工作年限"),
        _column("household", "户籍所在地", "户籍地", personal=True),
        _column("political", "政治面貌", personal=True),
        _column("diploma_number", "学历证书编号", "毕业证书编号", personal=True),
        _column("experience", "简要经历", "工作经历", personal=True),
        _column("address", "通讯地址", personal=True),
        _column("delivery", "证书领取方式", "领取方式"),
        _column("postcode", "邮政编码", "邮编"),
        _column("mail_to", "邮寄地址", personal=True),
    ),
)

COLUMN_SETS: tuple[ColumnSet, ...] = (ZHEJIANG_2015, NATIONAL_2026)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_HEADER_ROWS = 10


def plain(header: str) -> str:
    """A header without width, blanks, stars, colons and bracketed remarks.

    >>> plain("认定分类（初次|晋级）*"), plain(" 姓 名：")
    ('认定分类', '姓名')
    """
    text = unicodedata.normalize("NFKC", header)
    text = _BRACKETS.sub("", text) or text
    return "".join(c for c in text if unicodedata.category(c)[0] in "LN").lower()


@dataclass(frozen=True, slots=True)
class Recognised:
    """A header row: which set it is, where its columns stand (0-based), what was not understood."""

    columns: ColumnSet
    positions: Mapping[str, int]
    unknown: tuple[str, ...]
    row: int  # 0-based index of the header among the rows given


def recognise(rows: Sequence[Sequence[str]]) -> Recognised:
    """The best header we know among the top rows; raises BadInput naming what is missing."""
    best: tuple[int, Recognised, list[str]] | None = None
    for index, cells in enumerate(rows[:_HEADER_ROWS]):
        for columns in COLUMN_SETS:
            found, missing = _match(columns, cells, index)
            score = len(found.positions) - 2 * len(missing)
            if best is None or score > best[0]:
                best = (score, found, missing)
    if best is None or len(best[1].positions) < 3:
        raise BadInput("header_unknown", WORDING["header_unknown"])
    _, found, missing = best
    if missing:
        raise BadInput(
            "header_missing",
            WORDING["header_missing"],
            columns="、".join(missing),
            title=found.columns.title.zh,
        )
    doubled = _doubled(found, rows[found.row])
    if doubled:
        raise BadInput("header_doubled", WORDING["header_doubled"], columns="、".join(doubled))
    return found


def _names(columns: ColumnSet) -> dict[str, str]:
    """Plain header to key; a set's own headers go before the variants of others."""
    names: dict[str, str] = {}
    for column in columns.columns:
        for word in column.variants:
            names.setdefault(plain(word), column.key)
    return names | {plain(c.header): c.key for c in columns.columns}


def _match(columns: ColumnSet, cells: Iterable[str], index: int) -> tuple[Recognised, list[str]]:
    names = _names(columns)
    positions: dict[str, int] = {}
    unknown = []
    for position, cell in enumerate(cells):
        key = names.get(plain(cell)) if cell.strip() else None
        if key is not None:
            positions.setdefault(key, position)
        elif cell.strip():
            unknown.append(cell.strip())
    missing = [c.header for c in columns.columns if c.required and c.key not in positions]
    return Recognised(columns, positions, tuple(unknown), index), missing


def _doubled(found: Recognised, cells: Sequence[str]) -> list[str]:
    names = _names(found.columns)
    keys = [names[plain(c)] for c in cells if c.strip() and plain(c) in names]
    return sorted({found.columns.header(k) for k in keys if keys.count(k) > 1})
