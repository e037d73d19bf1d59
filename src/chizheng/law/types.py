"""The shapes of law data; see `docs/adding-a-rule.md` for how a row is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from chizheng.kernel.errors import NotFound
from chizheng.kernel.periods import Period
from chizheng.kernel.places import contains, lineage
from chizheng.kernel.wording import Wording


class Rank(StrEnum):
    """Legal rank 效力位阶 of an instrument; only the first four can carry a sanction."""

    LAW = "law"  # 法律
    REGULATION = "regulation"  # 行政法规
    LOCAL_REGULATION = "local_regulation"  # 地方性法规
    MINISTERIAL_RULE = "ministerial_rule"  # 部门规章
    NOTICE = "notice"  # 规范性文件
    STANDARD = "standard"  # 国家职业标准, technical rules


SANCTIONING_RANKS = frozenset({Rank.LAW, Rank.REGULATION, Rank.LOCAL_REGULATION, Rank.MINISTERIAL_RULE})


@dataclass(frozen=True, slots=True)
class Instrument:
    """A legal instrument 法律文件: title, number, rank, place ('' = national) and period in force."""

    code: str
    title: str
    number: str
    rank: Rank
    place: str
    period: Period
    verified: bool
    source: str = ""
    note: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """The text a decision stands on."""

    instrument: str
    title: str
    number: str
    article: str
    verified: bool

    def say(self, lang: str = "zh") -> str:
        del lang  # titles of Chinese law are quoted in Chinese in every language
        name = f"《{self.title}》"
        return f"{name}（{self.number}）{self.article}" if self.number else f"{name}{self.article}"


class Act(StrEnum):
    """Kinds of act 行为 a gate may stand before."""

    RECRUIT = "recruit"  # 招用
    POST = "post"  # 上岗
    REFER = "refer"  # 推荐
    REGISTER = "register"  # 开业登记
    ABROAD = "abroad"  # 出境就业


class GateKind(StrEnum):
    """What a gate row does: bars the act, is announced but not yet in force, only another body's licence."""

    GATE = "gate"
    PENDING = "pending"
    LICENCE = "licence"  # issued by another authority; the labour system only checks it
    ADVICE = "advice"  # no bar: a notice to the competent regulator


GRADED = "*graded"
"""A gate for every trade that has technical grades or a national standard (the regime of 1997)."""


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate 就业准入: occupation (official name, or GRADED), acts, lowest level, place, period, citation.

    `level` is the lowest level that opens the gate (None: any level). `transition_until` is the first
    day on which those already in post must comply. `scope` narrows the row (e.g. only public rescue
    teams) and is said with every decision.
    """

    key: str
    occupation: str
    acts: frozenset[Act]
    level: int | None
    place: str
    period: Period
    kind: GateKind
    citation: Citation
    verified: bool
    group: str = ""
    scope: str = ""
    transition_until: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ExemptionRow:
    """A dated exception 例外 of a regime: who is exempt from which acts, on what evidence."""

    code: str
    acts: frozenset[Act]
    place: str
    period: Period
    citation: Citation
    wording: Wording
    evidence: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class DatedValue:
    """One value of a named parameter for a place and a period, with unit and clause."""

    name: str
    value: object
    unit: str
    place: str
    period: Period
    citation: Citation
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class SanctionRow:
    """A sanction 处罚: refused on loading unless a law, regulation or ministerial rule carries it."""

    code: str
    violation: str
    wording: Wording
    place: str
    period: Period
    citation: Citation
    verified: bool
    kinds: tuple[str, ...] = ()
    fine_min_fen: int | None = None
    fine_max_fen: int | None = None
    fine_basis: str = "case"  # case | person | person_day | illegal_income


@dataclass(frozen=True)
class Law:
    """Everything the shipped (or a given) set of law files says."""

    instruments: Mapping[str, Instrument]
    gates: tuple[GateRow, ...]
    exemptions: tuple[ExemptionRow, ...]
    values: Mapping[str, tuple[DatedValue, ...]]
    sanctions: tuple[SanctionRow, ...]
    level_names: Mapping[int, Wording]
    tables: Mapping[str, tuple[Mapping[str, object], ...]] = field(default_factory=dict)
    """Plain dated tables loaded into the database for editing: code_table, institution_kinds, regions."""

    def value(self, name: str, *, on: date, place: str = "") -> DatedValue:
        """The value in force for `place` on day `on`; the innermost place wins; none raises NotFound."""
        rows = [v for v in self.values.get(name, ()) if v.period.contains(on) and contains(v.place, place)]
        if not rows:
            raise NotFound("no_law_value", NO_VALUE, name=name, on=on.isoformat(), place=place or "CN")
        return max(rows, key=lambda v: (len(v.place), v.period.start))

    def number(self, name: str, *, on: date, place: str = "") -> int:
        """`value(...)` as an integer."""
        value = self.value(name, on=on, place=place).value
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{name} is not an integer: {value!r}")
        return value

    def gates_on(self, *, on: date, place: str = "", act: Act | None = None) -> list[GateRow]:
        """Gate rows in force for `place` on `on`, national rows and the rows of every enclosing place."""
        places = set(lineage(place))
        return [
            g
            for g in self.gates
            if g.place in places and g.period.contains(on) and (act is None or act in g.acts)
        ]


NO_VALUE = Wording(
    zh="法规数据中没有“{name}”在 {on}（地区 {place}）的取值；请在 law/ 中补充带条款的数值",
    en="The law data have no value of '{name}' for {on} (place {place}); add one with its clause in law/",
)
