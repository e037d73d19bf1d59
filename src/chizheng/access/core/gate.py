"""May this person do this act, in this occupation, at this place, on this day, and which text says so?

`decide` is the one function that agencies, registration clerks, inspectors, wage officers and overseas
desks ask (notice 258, parts 2, 4 and 5). It judges by the day of the act and never by today's list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from chizheng.access.core.wording import BAD_LEVEL
from chizheng.kernel.errors import BadInput
from chizheng.kernel.levels import HIGHEST, LOWEST, covers
from chizheng.kernel.names import canonical
from chizheng.kernel.places import contains
from chizheng.law.types import GRADED, Act, Citation, ExemptionRow, GateKind, GateRow, Law

COUNTING_STATUSES = frozenset({"valid", "legacy"})
"""States of a certificate that open a gate; the others (suspended, revoked, ...) do not."""

Levels = Mapping[str, frozenset[int]]
"""Canonical occupation name to its levels; an empty set: known, but without technical grades."""

NO_LEVELS: Levels = {}


class Verdict(StrEnum):
    CLEAR = "clear"  # 可以：no gate, or the gate is open
    MISSING = "missing"  # 缺证：a gate in force is shut
    EXEMPT = "exempt"  # 例外：a gate in force, an exception of the same text holds
    ADVICE = "advice"  # 提示：no bar, somebody is to be told
    OVER_GATED = "over_gated"  # 违规要求持证：a certificate is demanded that no text in force demands


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate somebody holds, under the name printed on it.

    `issued` None: held on the day, the date is not known. `valid_until` is the first day it no longer
    holds (None: no expiry). `level` None: a licence without levels.
    """

    occupation: str
    level: int | None
    issued: date | None = None
    valid_until: date | None = None
    status: str = "valid"

    def counts_on(self, day: date) -> bool:
        """Was it issued, unexpired and of good standing on `day`?"""
        return (
            self.status in COUNTING_STATUSES
            and (self.issued is None or self.issued <= day)
            and (self.valid_until is None or day < self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a decision: a stable code, the text it stands on, and what its sentence needs."""

    code: str
    citation: Citation | None = None
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its reasons, the decisive ones first, and the gate rows it looked at."""

    verdict: Verdict
    act: Act
    occupation: str
    place: str
    on: date
    reasons: tuple[Reason, ...]
    rows: tuple[GateRow, ...]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The texts cited, each once, in order of the reasons."""
        return tuple(dict.fromkeys(r.citation for r in self.reasons if r.citation is not None))

    @property
    def unverified(self) -> bool:
        """Does a row or text behind this decision await verification?"""
        return any(not g.verified for g in self.rows) or any(not c.verified for c in self.citations)

    @property
    def transition_until(self) -> date | None:
        """The first day on which those already in the post must comply, where a transition runs."""
        ends = [g.transition_until for g in self.rows if g.transition_until and self.on < g.transition_until]
        return max(ends, default=None)

    @property
    def licences(self) -> tuple[GateRow, ...]:
        """Rows of certificates that other authorities issue and the labour system only checks."""
        return tuple(g for g in self.rows if g.kind is GateKind.LICENCE)


def decide(
    law: Law,
    *,
    act: Act,
    occupation: str,
    on: date,
    place: str = "",
    level: int | None = None,
    held: Sequence[HeldCertificate] = (),
    demanded: bool = False,
    exemptions: Sequence[str] = (),
    occupation_levels: Levels = NO_LEVELS,
    aliases: Mapping[str, str] | None = None,
    already_in_post_since: date | None = None,
) -> Decision:
    """Decide one act on the day `on`.

    `level`: the level the post asks for. `held`: everything the person holds; each is judged on the day,
    so a lower or expired later certificate never hides a higher earlier one. `demanded`: the question is
    about somebody who demands the certificate, not about the person. `occupation_levels`: the catalogue,
    which says what is graded (the regime of 1997). `aliases`: colloquial to official names.
    Raises BadInput for a level that does not exist, NotFound for an unknown exemption code.
    """
    if level is not None and not HIGHEST <= level <= LOWEST:
        raise BadInput("no_such_level", BAD_LEVEL, level=level)
    claimed = [law.exemption(code) for code in exemptions]
    subject = _subject(law, occupation, on, occupation_levels, aliases or {})
    rows = law.gates_of(subject.names, on=on, place=place, act=act)
    if subject.graded:
        rows += law.gates_of([GRADED], on=on, place=place, act=act)
    question = _Question(law, act, on, place, level, subject, rows, claimed, already_in_post_since)
    verdict, reasons = question.demand() if demanded else question.person(held)
    reasons += subject.reasons + question.remarks(occupation_levels)
    return Decision(verdict, act, subject.official, place, on, tuple(reasons), tuple(rows))


@dataclass(frozen=True, slots=True)
class _Subject:
    """The occupation asked about: every name it goes by on the day, and what to say about that."""

    official: str
    names: tuple[str, ...]
    known: bool
    graded: bool
    reasons: list[Reason]


def _subject(law: Law, occupation: str, on: date, levels: Levels, aliases: Mapping[str, str]) -> _Subject:
    asked = canonical(occupation)
    official, reasons = asked, []
    if asked not in levels and asked not in law.gated_names and asked in aliases:
        official = canonical(aliases[asked])
        reasons.append(Reason("occupation_alias", None, {"asked": asked, "official": official}))
    later = law.successors(official, on=on)
    if later:
        reasons.append(Reason("occupation_renamed", None, {"old": official, "new": "、".join(later)}))
    # Old names too: before the renaming they were what `official` was called, after it a list that still
    # prints one means `official`.
    earlier = law.predecessors(official)
    if then := [r.old for r in earlier if on < r.period.start]:
        reasons.append(Reason("occupation_then", None, {"name": official, "then": "、".join(then)}))
    names = tuple(dict.fromkeys([official, *later, *(r.old for r in earlier)]))
    known = any(n in levels or n in law.gated_names for n in names)
    return _Subject(official, names, known, any(levels.get(n) for n in names), reasons)


@dataclass(frozen=True, slots=True)
class _Question:
    law: Law
    act: Act
    on: date
    place: str
    level: int | None
    subject: _Subject
    rows: list[GateRow]
    claimed: list[ExemptionRow]
    in_post_since: date | None

    @property
    def barring(self) -> list[GateRow]:
        """Rows that can shut the way: gates, and licences that the whole occupation needs."""
        return [
            g for g in self.rows if g.kind is GateKind.GATE or (g.kind is GateKind.LICENCE and not g.scope)
        ]

    @property
    def perhaps_graded(self) -> bool:
        """An unknown name while graded trades are gated: our catalogue cannot say whether it is one."""
        return not self.subject.known and bool(
            self.law.gates_of([GRADED], on=self.on, place=self.place, act=self.act)
        )

    # --- about somebody who demands the certificate

    def demand(self) -> tuple[Verdict, list[Reason]]:
        if self.barring:
            return Verdict.CLEAR, [self._reason("demand_lawful", g) for g in self.barring]
        if self.perhaps_graded:
            return Verdict.CLEAR, [self._graded_unknown()]
        ban = self._ban()
        return Verdict.OVER_GATED, [
            Reason("over_gated", ban, {"occupation": self.subject.official}),
            *(
                self._reason(f"demand_{g.kind.value}", g)
                for g in self.rows
                if g.kind in (GateKind.PENDING, GateKind.ADVICE)
            ),
        ]

    def _ban(self) -> Citation | None:
        """The text that forbids demanding certificates without a legal basis, if one was in force."""
        bans = self.law.values.get("access.no_certificate_without_basis", ())
        for row in bans:
            if row.value is True and row.period.contains(self.on) and contains(row.place, self.place):
                return row.citation
        return None

    # --- about the person

    def person(self, held: Sequence[HeldCertificate]) -> tuple[Verdict, list[Reason]]:
        shut: list[Reason] = []
        exempt: list[Reason] = []
        open_: list[Reason] = []
        told: list[Reason] = []
        for row in self.barring:
            opener = self._opener(row, held)
            if opener is not None:
                open_.append(self._held_reason("certificate_held", row, opener))
            elif (reason := self._exemption(row)) is not None:
                exempt.append(reason)
            else:
                shut += self._why_shut(row, held)
        for row in self.rows:
            if row.kind is GateKind.ADVICE and self._opener(row, held) is None:
                told.append(self._reason("advice_tell_authority", row))
        if not self.barring and self.perhaps_graded:
            told.append(self._graded_unknown())
        if not self.barring and not told:
            open_.append(Reason("no_gate", self._ban(), {"occupation": self.subject.official}))
        verdict = (
            Verdict.MISSING if shut
            else Verdict.EXEMPT if exempt
            else Verdict.ADVICE if told
            else Verdict.CLEAR
        )  # fmt: skip
        return verdict, shut + exempt + told + open_

    def _targets(self, row: GateRow) -> set[str]:
        """The printed names that open `row`, successors in force on the day included."""
        if row.occupation == GRADED:
            return set(self.subject.names)
        return {row.occupation, self.subject.official, *self.law.successors(row.occupation, on=self.on)}

    def _fits(self, row: GateRow, certificate: HeldCertificate) -> bool:
        printed = canonical(certificate.occupation)
        return not self._targets(row).isdisjoint({printed, *self.law.successors(printed, on=self.on)})

    def _high_enough(self, row: GateRow, certificate: HeldCertificate) -> bool:
        if row.kind is GateKind.LICENCE:  # other authorities' licences have no levels of ours
            return True
        if certificate.level is None:
            return row.level is None and self.level is None
        return covers(certificate.level, row.level) and covers(certificate.level, self.level)

    def _opener(self, row: GateRow, held: Iterable[HeldCertificate]) -> HeldCertificate | None:
        """The highest certificate that opens `row` on the day."""
        fitting = [
            c for c in held if self._fits(row, c) and c.counts_on(self.on) and self._high_enough(row, c)
        ]
        return min(fitting, key=lambda c: c.level if c.level is not None else LOWEST + 1, default=None)

    def _why_shut(self, row: GateRow, held: Iterable[HeldCertificate]) -> list[Reason]:
        near = [c for c in held if self._fits(row, c)]
        code = "certificate_missing" if row.kind is GateKind.GATE else "licence_missing"
        reasons = [] if any(c.counts_on(self.on) for c in near) else [self._reason(code, row)]
        for certificate in near:
            if not certificate.counts_on(self.on):
                reasons.append(self._held_reason("held_not_valid", row, certificate))
            else:
                reasons.append(self._held_reason("level_too_low", row, certificate))
        return reasons

    def _exemption(self, row: GateRow) -> Reason | None:
        if (
            row.transition_until is not None
            and self.act is Act.POST
            and self.in_post_since is not None
            and self.in_post_since < row.period.start
            and self.on < row.transition_until
        ):
            return self._reason("exempt_transition", row, until=row.transition_until.isoformat())
        by_itself = [e for e in self.law.exemptions if e.in_post_before is not None]
        for exemption in [*self.claimed, *by_itself]:
            if self._applies(exemption, row):
                return Reason(
                    "exempt",
                    exemption.citation,
                    {
                        "code": exemption.code,
                        "what": exemption.wording,
                        "evidence": "、".join(exemption.evidence),
                    },
                )
        return None

    def _applies(self, exemption: ExemptionRow, row: GateRow) -> bool:
        return (
            exemption.citation.instrument == row.citation.instrument
            and self.act in exemption.acts
            and exemption.period.contains(self.on)
            and contains(exemption.place, self.place)
            and (
                exemption.in_post_before is None
                or (self.in_post_since is not None and self.in_post_since < exemption.in_post_before)
            )
        )

    # --- what is said beside the verdict

    def remarks(self, levels: Levels) -> list[Reason]:
        said: list[Reason] = []
        if not self.barring and (ended := self._ended()) is not None:
            assert ended.period.end is not None
            said.append(self._reason("gate_ended", ended, until=ended.period.end.isoformat()))
        for row in self.rows:
            if row.kind is GateKind.LICENCE and row.scope:
                said.append(self._reason("licence_in_scope", row))
            elif row.kind is GateKind.PENDING:
                said.append(self._reason("gate_pending", row))
            elif row.scope:
                said.append(self._reason("gate_scope", row))
            if row.transition_until is not None and self.on < row.transition_until:
                said.append(self._reason("transition", row, until=row.transition_until.isoformat()))
        for exemption in self.claimed:
            if not any(self._applies(exemption, row) for row in self.barring):
                said.append(Reason("exemption_not_applicable", exemption.citation, {"code": exemption.code}))
        if not self.subject.known and not self.perhaps_graded:
            said.append(Reason("occupation_unknown", None, {"occupation": self.subject.official}))
        own = next((levels[n] for n in self.subject.names if levels.get(n)), frozenset())
        if self.level is not None and own and self.level not in own:
            said.append(
                Reason(
                    "level_not_in_standard",
                    None,
                    {"level": self.level, "levels": "、".join(map(str, sorted(own, reverse=True)))},
                )
            )
        doubtful = sorted({g.citation.title for g in self.rows if not g.verified})
        if doubtful:
            said.append(Reason("unverified", None, {"titles": "、".join(f"《{t}》" for t in doubtful)}))
        return said

    def _ended(self) -> GateRow | None:
        """The gate that stood before this act last, for readers who remember it."""
        names = {*self.subject.names, *([GRADED] if self.subject.graded else [])}
        past = [
            g
            for name in names
            for g in self.law.gates_naming(name)
            if g.kind is GateKind.GATE
            and self.act in g.acts
            and contains(g.place, self.place)
            and g.period.end is not None
            and g.period.end <= self.on
        ]
        return max(past, key=lambda g: (g.period.closed_end, g.key), default=None)

    def _graded_unknown(self) -> Reason:
        return Reason("graded_unknown", None, {"occupation": self.subject.official})

    def _reason(self, code: str, row: GateRow, **more: object) -> Reason:
        name = self.subject.official if row.occupation == GRADED else row.occupation
        params = {
            "occupation": name,
            "required": _stricter(row.level, self.level),
            "scope": row.scope,
            "authority": row.authority,
            "from": row.period.start.isoformat(),
        }
        return Reason(code, row.citation, params | more)

    def _held_reason(self, code: str, row: GateRow, certificate: HeldCertificate) -> Reason:
        return self._reason(
            code,
            row,
            held=certificate.occupation,
            held_level=certificate.level,
            fault=_fault(certificate, self.on),
        )


def _stricter(one: int | None, two: int | None) -> int | None:
    return min((n for n in (one, two) if n is not None), default=None)


def _fault(certificate: HeldCertificate, on: date) -> str:
    """Why a certificate does not count on the day, '' if it does."""
    if certificate.status not in COUNTING_STATUSES:
        return certificate.status
    if certificate.issued is not None and on < certificate.issued:
        return "not_yet_issued"
    if certificate.valid_until is not None and certificate.valid_until <= on:
        return "expired"
    return ""


@dataclass(frozen=True, slots=True)
class GatedEntry:
    """One line of the published list 就业准入职业名单: an occupation, its acts and every row behind it."""

    occupation: str
    acts: frozenset[Act]
    rows: tuple[GateRow, ...]

    @property
    def verified(self) -> bool:
        return all(g.verified for g in self.rows)


def gated_list(
    law: Law,
    *,
    on: date,
    place: str = "",
    act: Act | None = None,
    occupation_levels: Levels = NO_LEVELS,
    kinds: frozenset[GateKind] = frozenset({GateKind.GATE}),
) -> tuple[GatedEntry, ...]:
    """The occupations gated at `place` on the day `on`, in the order of the texts.

    A graded regime is written out for the occupations of `occupation_levels` that have levels; without
    a catalogue it stays one line named GRADED. Notice 258 part 2 and Order 6 article 8 oblige every
    place and agency to publish this list.
    """
    lines: dict[str, list[GateRow]] = {}
    for row in law.gates_on(on=on, place=place, act=act):
        if row.kind not in kinds:
            continue
        graded = sorted(n for n, own in occupation_levels.items() if own) if row.occupation == GRADED else []
        for name in graded or [row.occupation]:
            lines.setdefault(name, []).append(row)
    return tuple(
        GatedEntry(name, frozenset(a for g in rows for a in g.acts), tuple(rows))
        for name, rows in lines.items()
    )


def opening_names(law: Law, row: GateRow, *, official: str, on: date, names: Iterable[str]) -> frozenset[str]:
    """Those of `names` (as printed on certificates) that open `row` for the occupation `official` on the day."""
    targets = {official, *law.successors(official, on=on)}
    targets |= {r.old for r in law.predecessors(official)}
    if row.occupation != GRADED:
        targets = {row.occupation, official, *law.successors(row.occupation, on=on)}
    return frozenset(
        n for n in names if not targets.isdisjoint({canonical(n), *law.successors(canonical(n), on=on)})
    )
