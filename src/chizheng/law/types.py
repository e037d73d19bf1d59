"""The shapes of law data; see `docs/adding-a-rule.md` for how a row is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

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
        inner = self.title.replace("《", "〈").replace("》", "〉")
        name = f"《{inner}》"
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
    authority: str = ""
    """Who issues what opens the gate, where it is not the labour department."""


@dataclass(frozen=True, slots=True)
class ExemptionRow:
    """A dated exception 例外 of a regime: who is exempt from which acts, on what evidence.

    It opens only the gates of its own instrument. With `in_post_before` it holds by itself for
    everybody who has been in the post since before that day.
    """

    code: str
    acts: frozenset[Act]
    place: str
    period: Period
    citation: Citation
    wording: Wording
    evidence: tuple[str, ...]
    verified: bool
    in_post_before: date | None = None


@dataclass(frozen=True, slots=True)
class Succession:
    """A retired occupation name 更名/合并: from `period.start` on, `old` counts as `new`, never the other way.

    For matching only: a certificate keeps the name that was printed on it.
    """

    old: str
    new: str
    period: Period
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition of an alternative: a predicate of `law.eligibility.PREDICATES` with its parameters."""

    predicate: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way 申报条件 to be admitted to `level`: every requirement holds, shown by `evidence`."""

    code: str
    level: int
    requirements: tuple[Requirement, ...]
    evidence: tuple[str, ...]
    wording: Wording


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """The admission rules of one edition of a standard; occupation '' is the template of its time."""

    code: str
    title: str
    occupation: str
    edition: str
    period: Period
    citation: Citation
    verified: bool
    alternatives: tuple[Alternative, ...]
    note: str = ""

    def for_level(self, level: int) -> tuple[Alternative, ...]:
        return tuple(a for a in self.alternatives if a.level == level)


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """The days off and the make-up working days 调休 of one year, as far as they are known."""

    year: int
    holidays: frozenset[date]
    workdays: frozenset[date]
    verified: bool
    note: str = ""


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
    fine_max_times: int | None = None  # of the illegal income, where that is the basis


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
    successions: tuple[Succession, ...] = ()
    eligibility: tuple[EligibilityRules, ...] = ()
    calendars: tuple[CalendarRow, ...] = ()

    def value(self, name: str, *, on: date, place: str = "") -> DatedValue:
        """The value in force for `place` on day `on`; the innermost place wins; none raises NotFound."""
        rows = [
            v for v in self.values.get(name, ()) if v.period.contains(on) and contains(v.place, place)
        ]
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
        return _in_force(self.gates, on, place, act)

    def gates_of(
        self, occupations: Iterable[str], *, on: date, place: str = "", act: Act | None = None
    ) -> list[GateRow]:
        """As `gates_on`, only the rows that name one of `occupations` (canonical spelling, or GRADED)."""
        found: list[GateRow] = []
        for name in dict.fromkeys(occupations):
            found += _in_force(self._gates_by_occupation.get(name, ()), on, place, act)
        return found

    def gates_naming(self, occupation: str) -> Sequence[GateRow]:
        """Every gate that ever named the occupation, whatever its period and place."""
        return self._gates_by_occupation.get(occupation, ())

    @cached_property
    def _gates_by_occupation(self) -> dict[str, list[GateRow]]:
        index: dict[str, list[GateRow]] = {}
        for gate in self.gates:
            index.setdefault(gate.occupation, []).append(gate)
        return index

    @property
    def gated_names(self) -> frozenset[str]:
        """Every occupation some gate ever named, in canonical spelling."""
        return frozenset(self._gates_by_occupation) - {GRADED}

    def exemption(self, code: str) -> ExemptionRow:
        """The exemption of that code; raises NotFound naming the known ones."""
        for row in self.exemptions:
            if row.code == code:
                return row
        known = ", ".join(sorted({e.code for e in self.exemptions}))
        raise NotFound("no_such_exemption", NO_EXEMPTION, exemption=code, known=known)

    def successors(self, name: str, *, on: date) -> list[str]:
        """The names a retired occupation name counts as on day `on`, nearest first, without itself."""
        found: list[str] = []
        todo = [name]
        while todo:
            here = todo.pop(0)
            for row in self.successions:
                if row.old == here and row.period.contains(on) and row.new not in found and row.new != name:
                    found.append(row.new)
                    todo.append(row.new)
        return found

    def predecessors(self, name: str, *, on: date) -> list[str]:
        """Names that `name` was to replace but had not yet on day `on`: what it was called then."""
        return [r.old for r in self.successions if r.new == name and on < r.period.start]

    def sanctions_on(self, violation: str, *, on: date, place: str = "") -> list[SanctionRow]:
        """What `violation` may cost on the day of the act, the rows of inner places first."""
        rows = [
            s
            for s in self.sanctions
            if s.violation == violation and s.period.contains(on) and contains(s.place, place)
        ]
        return sorted(rows, key=lambda s: -len(s.place))

    def eligibility_for(self, occupation: str, *, on: date) -> EligibilityRules:
        """The rules of the occupation's own standard on `on`, else the template of the time."""
        rows = [
            r for r in self.eligibility if r.occupation in ("", occupation) and r.period.contains(on)
        ]
        if not rows:
            raise NotFound("no_eligibility_rules", NO_RULES, occupation=occupation, on=on.isoformat())
        return max(rows, key=lambda r: (bool(r.occupation), r.period.start))


def _in_force(gates: Iterable[GateRow], on: date, place: str, act: Act | None) -> list[GateRow]:
    places = set(lineage(place))
    return [
        g
        for g in gates
        if g.place in places and g.period.contains(on) and (act is None or act in g.acts)
    ]


NO_VALUE = Wording(
    zh="法规数据中没有“{name}”在 {on}（地区 {place}）的取值；请在 law/ 中补充带条款的数值",
    en="The law data have no value of '{name}' for {on} (place {place}); add one with its clause in law/",
)
NO_EXEMPTION = Wording(
    zh="没有代码为“{exemption}”的例外情形；可用的有：{known}",
    en="There is no exemption '{exemption}'; known: {known}",
)
NO_RULES = Wording(
    zh="法规数据中没有“{occupation}”在 {on} 的申报条件；请在 law/data/eligibility/ 中补充",
    en="The law data have no eligibility rules for '{occupation}' on {on}; add them in law/data/eligibility/",
)
