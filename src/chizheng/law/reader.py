"""From YAML texts to `Law`: strict, pure, and able to say which row is wrong and what to do about it.

`read({"instruments.yaml": "...", "gates/order6.yaml": "...", ...}) -> Law`. The name of a file decides
what it holds (its first part, see `_KINDS`); `docs/formats/law-data.md` shows every kind by example.
Unknown files, keys, instruments and codes, overlapping periods, impossible dates, and sanctions that no
law, regulation or ministerial rule carries are refused with `LawDataFault`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import yaml

from chizheng.kernel.errors import LawDataFault
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.types import (
    SANCTIONING_RANKS,
    Act,
    CalendarRow,
    Citation,
    DatedValue,
    EligibilityRules,
    ExemptionRow,
    GateKind,
    GateRow,
    Instrument,
    Law,
    Rank,
    SanctionRow,
    Succession,
)

_FAULT = Wording(
    zh="法规数据 {file} 第 {row} 条（{name}），键“{key}”：{fault_zh}。处理：{remedy_zh}",
    en="Law data {file}, row {row} ({name}), key '{key}': {fault_en}. Remedy: {remedy_en}",
)

_BaseLoader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]  # the base is chosen at run time
    """The safe loader that refuses a key written twice, which YAML would silently drop."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[object, object]:
    found: dict[object, object] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is written twice", key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


@dataclass(slots=True)
class Row:
    """One mapping of a file under strict reading: every key is taken once, what is left over is a fault."""

    file: str
    number: int
    raw: Mapping[str, object]
    taken: set[str] = field(default_factory=set)

    def fault(self, key: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> LawDataFault:
        name = next((str(self.raw[k]) for k in ("name", "code", "key", "regime") if k in self.raw), "-")
        return LawDataFault(
            "law_data_fault", _FAULT, file=self.file, row=self.number, name=name, key=key,
            fault_zh=zh, fault_en=en, remedy_zh=remedy_zh, remedy_en=remedy_en,
        )  # fmt: skip

    def wrong_kind(self, key: str, zh: str, en: str) -> LawDataFault:
        return self.fault(
            key, f"值 {self.raw.get(key)!r} 不是{zh}", f"the value {self.raw.get(key)!r} is not {en}",
            f"改为{zh}", f"write {en}",
        )  # fmt: skip

    def get(self, key: str, default: object = None) -> object:
        self.taken.add(key)
        return self.raw.get(key, default)

    def need(self, key: str) -> object:
        if key not in self.raw:
            raise self.fault(key, "缺少此键", "the key is missing", "补上此键", "add the key")
        return self.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.need(key) if default is None else self.get(key, default)
        if not isinstance(value, str):
            raise self.wrong_kind(key, "文字（代码请加引号）", "text (quote codes)")
        return value

    def flag(self, key: str) -> bool:
        value = self.need(key)
        if not isinstance(value, bool):
            raise self.wrong_kind(key, " true 或 false", "true or false")
        return value

    def whole(self, key: str) -> int | None:
        value = self.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise self.wrong_kind(key, "整数或 null", "a whole number or null")
        return value

    def day(self, key: str, *, required: bool = False) -> date | None:
        value = self.need(key) if required else self.get(key)
        if value is None and not required:
            return None
        if type(value) is not date:
            raise self.wrong_kind(key, "日期 YYYY-MM-DD", "a date YYYY-MM-DD")
        return value

    def period(self) -> Period:
        start = self.day("from", required=True)
        assert start is not None
        end = self.day("to")
        if end is not None and end <= start:
            raise self.fault(
                "to", f"终止日 {end} 不晚于起始日 {start}", f"the end {end} is not after the start {start}",
                "终止日是不再适用的第一天，须晚于起始日", "'to' is the first day it no longer holds",
            )  # fmt: skip
        return Period(start, end)

    def place(self) -> str:
        value = self.text("place", "")
        if value and not (value.isdigit() and len(value) in (2, 4, 6)):
            raise self.wrong_kind("place", "2、4 或 6 位行政区划代码（加引号）", "a quoted code of 2, 4 or 6 digits")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self.need(key) if default is None else self.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.wrong_kind(key, "文字列表", "a list of texts")
        return tuple(value)

    def rows(self, key: str) -> list[Row]:
        value = self.need(key)
        if not isinstance(value, list) or not value:
            raise self.wrong_kind(key, "非空列表", "a list with at least one row")
        return [self.sub(key, number, item) for number, item in enumerate(value, 1)]

    def sub(self, key: str, number: int, item: object) -> Row:
        if not isinstance(item, dict):
            raise self.fault(
                key, f"第 {number} 项不是键值对", f"item {number} is not a mapping",
                "写成“键: 值”", "write 'key: value' pairs",
            )  # fmt: skip
        return Row(self.file, self.number, {str(k): v for k, v in item.items()})

    def choice(self, key: str, value: object, known: Iterable[str]) -> str:
        options = sorted(known)
        if not isinstance(value, str) or value not in options:
            raise self.fault(
                key, f"不认识的代码 {value!r}", f"unknown code {value!r}",
                f"可用：{'、'.join(options)}", f"use one of {', '.join(options)}",
            )  # fmt: skip
        return value

    def wording(self) -> Wording:
        return Wording(zh=self.text("zh"), en=self.text("en"))

    def finish(self) -> None:
        left = sorted(set(self.raw) - self.taken)
        if left:
            raise self.fault(
                left[0], "不认识此键", "the key is not known here",
                f"删除或更正；可用的键：{'、'.join(sorted(self.taken))}",
                f"remove or correct it; keys known here: {', '.join(sorted(self.taken))}",
            )  # fmt: skip


def read(texts: Mapping[str, str]) -> Law:
    """The law that `texts` (file name below `law/data/` to YAML text) say; raises LawDataFault."""
    by_kind: dict[str, list[Row]] = {kind: [] for kind in _KINDS}
    for name in sorted(texts):
        kind = name.split("/", 1)[0].removesuffix(".yaml")
        if kind not in _KINDS:
            raise Row(name, 0, {}).fault(
                "-", "不认识的文件", "a file of no known kind",
                f"放到 {'、'.join(_KINDS)} 之一", f"put it under one of {', '.join(_KINDS)}",
            )  # fmt: skip
        by_kind[kind] += _rows_of(name, texts[name])
    book = _Book({})
    for row in by_kind["instruments"]:
        instrument = _instrument(row)
        if instrument.code in book.instruments:
            raise row.fault(
                "code", "代码重复", "the code is used twice", "换一个代码或删除一条", "use another code"
            )
        book.instruments[instrument.code] = instrument
    gates = tuple(g for row in by_kind["gates"] for g in _gates(row, book))
    values: dict[str, list[DatedValue]] = {}
    for row in by_kind["values"]:
        name, found = _values(row, book)
        _refuse_overlap(row, values.get(name, []) + found, lambda v: v.place)
        values.setdefault(name, []).extend(found)
    exemptions = tuple(_exemption(row, book) for row in by_kind["exemptions"])
    sanctions = tuple(_sanction(row, book) for row in by_kind["sanctions"])
    eligibility = tuple(_eligibility(row, book) for row in by_kind["eligibility"])
    _refuse_twice(by_kind["exemptions"], [e.code for e in exemptions])
    _refuse_twice(by_kind["sanctions"], [s.code for s in sanctions])
    _refuse_twice(by_kind["eligibility"], [e.code for e in eligibility])
    if by_kind["gates"]:
        last = by_kind["gates"][-1]
        _refuse_overlap(
            last, gates, lambda g: (g.key, g.occupation, g.place, g.kind, tuple(sorted(g.acts)))
        )
    if by_kind["eligibility"]:
        _refuse_overlap(by_kind["eligibility"][-1], eligibility, lambda e: e.occupation)
    calendars = tuple(_calendar(row) for row in by_kind["calendars"])
    return Law(
        instruments=book.instruments,
        gates=gates,
        exemptions=exemptions,
        values={name: tuple(sorted(v, key=lambda d: (d.place, d.period.start))) for name, v in values.items()},
        sanctions=sanctions,
        level_names=_level_names(by_kind["levels"]),
        tables=_tables(by_kind["tables"]),
        successions=tuple(_succession(row) for row in by_kind["successions"]),
        eligibility=eligibility,
        calendars=calendars,
    )


def out_of_force(law: Law) -> list[str]:
    """Rows that cite an instrument outside its period in force: `what: instrument`, for the stale-text check."""
    dated: list[tuple[str, Period, Citation]] = [
        *((g.key, g.period, g.citation) for g in law.gates),
        *((e.code, e.period, e.citation) for e in law.exemptions),
        *((s.code, s.period, s.citation) for s in law.sanctions),
        *((r.code, r.period, r.citation) for r in law.eligibility),
        *((v.name, v.period, v.citation) for rows in law.values.values() for v in rows),
    ]
    stale = []
    for what, period, citation in dated:
        force = law.instruments[citation.instrument].period
        if period.start < force.start or period.closed_end > force.closed_end:
            stale.append(f"{what} [{period.start}, {period.end}): {citation.instrument}")
    return stale


@dataclass
class _Book:
    """The instruments read so far; the only way to make a citation."""

    instruments: dict[str, Instrument]

    def cite(self, row: Row, *, article: str | None = None, verified: bool | None = None) -> Citation:
        code = row.choice("instrument", row.need("instrument"), self.instruments)
        found = self.instruments[code]
        return Citation(
            instrument=code,
            title=found.title,
            number=found.number,
            article=row.text("article") if article is None else article,
            verified=found.verified and (row.flag("verified") if verified is None else verified),
        )


def _rows_of(name: str, text: str) -> list[Row]:
    try:
        content = yaml.load(text, _Loader)  # noqa: S506  # a subclass of the safe loader
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2001-02-30
        raise Row(name, 0, {}).fault(
            "-", f"不是有效的 YAML：{error}", f"not valid YAML: {error}",
            "按提示的行列更正", "correct the place it names",
        ) from error  # fmt: skip
    if content is None:
        return []
    if isinstance(content, dict) and name.startswith("tables/"):
        content = [content]
    if not isinstance(content, list):
        raise Row(name, 0, {}).fault(
            "-", "文件应是一个列表", "the file is not a list", "每条以“- ”开头", "begin each row with '- '"
        )
    head = Row(name, 0, {})
    rows = []
    for number, item in enumerate(content, 1):
        row = head.sub("-", number, item)
        row.number = number
        rows.append(row)
    return rows


_T = TypeVar("_T", DatedValue, GateRow, EligibilityRules)


def _refuse_overlap(row: Row, items: Iterable[_T], key: Callable[[_T], object]) -> None:
    """Raise where two items of one key hold on the same day."""
    groups: dict[object, list[Period]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item.period)
    for what, periods in groups.items():
        periods.sort(key=lambda p: p.start)
        for one, two in zip(periods, periods[1:], strict=False):
            if one.overlaps(two):
                raise row.fault(
                    "from",
                    f"同一项（{what!r}）的期间重叠：{one.start} 起与 {two.start} 起",
                    f"periods of one thing ({what!r}) overlap: from {one.start} and from {two.start}",
                    "给较早的一条写上终止日", "give the earlier one an end",
                )  # fmt: skip


def _refuse_twice(rows: list[Row], codes: list[str]) -> None:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            raise rows[number].fault(
                "code", f"代码 {code} 重复", f"the code {code} is used twice", "换一个代码", "use another code"
            )


def _instrument(row: Row) -> Instrument:
    found = Instrument(
        code=row.text("code"),
        title=row.text("title"),
        number=row.text("number", ""),
        rank=Rank(row.choice("rank", row.need("rank"), list(Rank))),
        place=row.place(),
        period=row.period(),
        verified=row.flag("verified"),
        source=row.text("source", ""),
        note=row.text("note", ""),
        title_en=row.text("title_en", ""),
    )
    row.finish()
    return found


def _gates(row: Row, book: _Book) -> list[GateRow]:
    """A block of gates: one regime, its acts with their articles, and its occupations in groups."""
    regime = row.text("regime")
    period = row.period()
    place = row.place()
    kind = GateKind(row.choice("kind", row.get("kind", "gate"), list(GateKind)))
    acts_raw = row.need("acts")
    if not isinstance(acts_raw, dict) or not acts_raw:
        raise row.wrong_kind("acts", "“行为: 条款”的对应", "a mapping from act to article")
    by_article: dict[str, set[Act]] = {}
    for act, article in acts_raw.items():
        by_article.setdefault(str(article), set()).add(Act(row.choice("acts", act, list(Act))))
    scope, note, authority = row.text("scope", ""), row.text("note", ""), row.text("authority", "")
    transition = row.day("transition_until")
    verified = row.flag("verified")
    level = _level(row)
    found: list[GateRow] = []
    for group in row.rows("groups"):
        group_verified = group.flag("verified") if "verified" in group.raw else verified
        group_name = group.text("name", "")
        group_scope = group.text("scope", scope)
        group_authority = group.text("authority", authority)
        for name in group.texts("occupations"):
            for article, acts in by_article.items():
                found.append(
                    GateRow(
                        key=f"{regime}:{name}",
                        occupation=canonical(name),
                        acts=frozenset(acts),
                        level=level,
                        place=place,
                        period=period,
                        kind=kind,
                        citation=book.cite(row, article=article, verified=group_verified),
                        verified=group_verified,
                        group=group_name,
                        scope=group_scope,
                        transition_until=transition,
                        note=group.text("note", note),
                        authority=group_authority,
                    )
                )
        group.finish()
    row.finish()
    return found


def _level(row: Row) -> int | None:
    level = row.whole("level")
    if level is not None and level not in range(1, 6):
        raise row.wrong_kind("level", " 5（最低）到 1（最高）", "a level from 5 (lowest) to 1 (highest)")
    return level


def _values(row: Row, book: _Book) -> tuple[str, list[DatedValue]]:
    name, unit = row.text("name"), row.text("unit")
    found = []
    for item in row.rows("values"):
        found.append(
            DatedValue(
                name=name,
                value=_frozen(item.need("value")),
                unit=unit,
                place=item.place(),
                period=item.period(),
                citation=book.cite(item),
                verified=item.flag("verified"),
                note=item.text("note", ""),
            )
        )
        item.finish()
    row.get("description")
    row.finish()
    return name, found


def _frozen(value: object) -> object:
    """Lists become tuples, so that nobody changes the law by accident."""
    if isinstance(value, list):
        return tuple(_frozen(v) for v in value)
    return value


def _exemption(row: Row, book: _Book) -> ExemptionRow:
    found = ExemptionRow(
        code=row.text("code"),
        acts=frozenset(Act(row.choice("acts", a, list(Act))) for a in row.texts("acts")),
        place=row.place(),
        period=row.period(),
        citation=book.cite(row),
        wording=row.wording(),
        evidence=row.texts("evidence"),
        verified=row.flag("verified"),
        in_post_before=row.day("in_post_before"),
    )
    row.finish()
    return found


_FINE_BASES = ("case", "person", "person_day", "illegal_income")


def _sanction(row: Row, book: _Book) -> SanctionRow:
    citation = book.cite(row)
    rank = book.instruments[citation.instrument].rank
    if rank not in SANCTIONING_RANKS:
        raise row.fault(
            "instrument",
            f"《{citation.title}》的效力位阶为 {rank.value}，不能设定处罚",
            f"{citation.instrument} has the rank '{rank.value}', which cannot carry a sanction",
            "引用法律、行政法规、地方性法规或部门规章；没有依据就删除此条",
            "cite a law, a regulation or a ministerial rule, or drop the row",
        )
    low, high = row.whole("fine_min_fen"), row.whole("fine_max_fen")
    if low is not None and high is not None and low > high:
        raise row.fault(
            "fine_min_fen", f"下限 {low} 高于上限 {high}", f"the minimum {low} exceeds the maximum {high}",
            "更正金额（单位：分）", "correct the amounts (in fen)",
        )  # fmt: skip
    found = SanctionRow(
        code=row.text("code"),
        violation=row.text("violation"),
        wording=row.wording(),
        place=row.place(),
        period=row.period(),
        citation=citation,
        verified=row.flag("verified"),
        kinds=row.texts("kinds", ()),
        fine_min_fen=low,
        fine_max_fen=high,
        fine_basis=row.choice("fine_basis", row.get("fine_basis", "case"), _FINE_BASES),
        fine_max_times=row.whole("fine_max_times"),
    )
    row.get("note")
    row.finish()
    return found


def _level_names(rows: list[Row]) -> dict[int, Wording]:
    found: dict[int, Wording] = {}
    for row in rows:
        level = row.need("level")
        if type(level) is not int or level in found:
            raise row.wrong_kind("level", "不重复的整数", "a whole number used once")
        found[level] = row.wording()
        row.finish()
    return found


def _succession(row: Row) -> Succession:
    found = Succession(
        old=canonical(row.text("old")),
        new=canonical(row.text("new")),
        period=row.period(),
        verified=row.flag("verified"),
        note=row.text("note", ""),
    )
    row.finish()
    return found


def _calendar(row: Row) -> CalendarRow:
    year = row.need("year")
    if type(year) is not int:
        raise row.wrong_kind("year", "年份", "a year")
    days: dict[str, frozenset[date]] = {}
    for key in ("holidays", "workdays"):
        listed = row.get(key, [])
        if not isinstance(listed, list) or not all(type(d) is date and d.year == year for d in listed):
            raise row.wrong_kind(key, f" {year} 年的日期列表", f"a list of dates of {year}")
        days[key] = frozenset(listed)
    found = CalendarRow(
        year, days["holidays"], days["workdays"], row.flag("verified"), row.text("note", "")
    )
    row.finish()
    return found


def _tables(rows: list[Row]) -> dict[str, tuple[Mapping[str, object], ...]]:
    """Plain tables: a file names its columns once, every row fills exactly those (or leaves them out)."""
    found: dict[str, tuple[Mapping[str, object], ...]] = {}
    for row in rows:
        table = row.text("table")
        if table in found:
            raise row.fault("table", f"表 {table} 重复", f"the table {table} is given twice", "合并", "merge them")
        columns = row.texts("columns")
        lines: list[Mapping[str, object]] = []
        raw = row.need("rows")
        if not isinstance(raw, list):
            raise row.wrong_kind("rows", "列表", "a list")
        for number, line in enumerate(raw, 1):
            if not isinstance(line, list) or len(line) != len(columns):
                raise row.fault(
                    "rows", f"第 {number} 行 {line!r} 应有 {len(columns)} 列",
                    f"line {number} {line!r} should have {len(columns)} columns",
                    f"按顺序填写：{'、'.join(columns)}", f"fill in order: {', '.join(columns)}",
                )  # fmt: skip
            lines.append({c: _frozen(v) for c, v in zip(columns, line, strict=True)})
        row.get("description")
        row.finish()
        found[table] = tuple(lines)
    return found


def _eligibility(row: Row, book: _Book) -> EligibilityRules:
    from chizheng.law.eligibility import read_alternatives

    found = EligibilityRules(
        code=row.text("code"),
        title=row.text("title"),
        occupation=canonical(row.text("occupation", "")),
        edition=row.text("edition"),
        period=row.period(),
        citation=book.cite(row),
        verified=row.flag("verified"),
        alternatives=read_alternatives(row),
        note=row.text("note", ""),
    )
    row.finish()
    return found


_KINDS = (
    "instruments",
    "gates",
    "exemptions",
    "values",
    "sanctions",
    "levels",
    "tables",
    "successions",
    "eligibility",
    "calendars",
)
