"""Rules of casework 办案规则: who may act, what may be imposed, what lapsed, who may know the reporter.

Each check raises Refused (or Forbidden) with the clause; a check that returns has found nothing wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chizheng.inspection.core.wording import WORDING
from chizheng.kernel.errors import Forbidden, NotFound, Refused
from chizheng.kernel.money import Money
from chizheng.kernel.periods import Period
from chizheng.law.types import SANCTIONING_RANKS, Law, SanctionRow


@dataclass(frozen=True, slots=True)
class Inspector:
    """An officer, with the period of the inspection card and the employers he must keep away from."""

    officer: str
    card: Period | None
    recused_from: frozenset[str] = frozenset()
    who: str = ""
    """Which person this is: two accounts of one person are one inspector, whatever they are called."""


@dataclass(frozen=True, slots=True)
class Offence:
    """What is held against an employer: violation code and first and last day (None: it goes on)."""

    violation: str
    place: str
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Imposed:
    """A sanction as proposed: its row, the fine and what the fine is measured by."""

    code: str
    fine_fen: int = 0
    persons: int = 1
    person_days: int = 1
    illegal_income_fen: int = 0


def check_team(team: Sequence[Inspector], employer: str, law: Law, *, on: date) -> None:
    """At least two different inspectors with cards, none of them recused (regulation of 2004, article 16)."""
    needed = law.value("inspection.inspectors_min", on=on)
    if len({i.who or i.officer for i in team}) < law.number("inspection.inspectors_min", on=on):
        raise Refused(
            "too_few_inspectors",
            WORDING["too_few_inspectors"],
            needed=needed.value,
            given=len(team),
            clause=needed.citation.say(),
        )
    for inspector in team:
        if inspector.card is None or not inspector.card.contains(on):
            raise Refused("no_card", WORDING["no_card"], officer=inspector.officer, on=on)
        if employer in inspector.recused_from:
            raise Refused(
                "recusal", WORDING["recusal"], officer=inspector.officer, clause=needed.citation.say()
            )


def check_hearing(chair: str, investigators: Collection[str]) -> None:
    """A hearing is not chaired by who investigated (Administrative Penalty Law, article 64)."""
    if chair in investigators:
        raise Refused("chair_investigated", WORDING["chair_investigated"], officer=chair)


def needs_hearing(
    law: Law, imposed: Imposed, row: SanctionRow, *, on: date, place: str, against_person: bool
) -> bool:
    """Must a hearing be offered? For closure, revocation, confiscation, and fines above the threshold.

    Where no threshold of the place is known, any fine counts as large: a right is not lost for want of data.
    """
    if {"revoke_licence", "closure", "suspension", "confiscation"} & set(row.kinds):
        return True
    if imposed.fine_fen == 0:
        return False
    name = "hearing.fine_person_fen" if against_person else "hearing.fine_unit_fen"
    try:
        threshold = law.number(name, on=on, place=place)
        inclusive = bool(law.value("hearing.threshold_inclusive", on=on, place=place).value)
    except NotFound:
        return True
    return imposed.fine_fen >= threshold if inclusive else imposed.fine_fen > threshold


def check_on_the_spot(law: Law, fine: Money, *, on: date, against_person: bool) -> None:
    """A penalty on the spot has a ceiling."""
    name = "penalty.on_the_spot_person_fen" if against_person else "penalty.on_the_spot_unit_fen"
    if fine.fen > law.number(name, on=on):
        clause = law.value(name, on=on).citation.say()
        raise Refused(
            "too_much_on_the_spot",
            WORDING["too_much_on_the_spot"],
            fine=fine,
            most=Money(law.number(name, on=on)),
            clause=clause,
        )


def lapses_on(offence: Offence, law: Law, *, found_on: date) -> date | None:
    """The last day on which the offence can still be found; None while it goes on.

    Counted from the act, or from its end if it continued (regulation of 2004, article 20).
    """
    if offence.end is None or offence.end > found_on:
        return None
    years = law.number("inspection.limit_years", on=found_on, place=offence.place)
    try:
        return offence.end.replace(year=offence.end.year + years)
    except ValueError:  # 29 February
        return offence.end.replace(year=offence.end.year + years, day=28)


def check_limit(offence: Offence, law: Law, *, found_on: date) -> None:
    """Refuse what was found too late."""
    last = lapses_on(offence, law, found_on=found_on)
    if last is not None and found_on > last:
        clause = law.value("inspection.limit_years", on=found_on, place=offence.place).citation.say()
        raise Refused("lapsed", WORDING["lapsed"], last=last, found=found_on, clause=clause)


def applicable(law: Law, offence: Offence, *, decided_on: date) -> list[SanctionRow]:
    """The sanctions open for an offence: the law of the (last) day of the act, or the later one if lighter.

    Empty where the act was not punishable when it was done, or is no longer when it is decided
    (Administrative Penalty Law 2021, article 37).
    """
    act_day = offence.end or decided_on
    then = law.sanctions_on(offence.violation, on=act_day, place=offence.place)
    now = law.sanctions_on(offence.violation, on=decided_on, place=offence.place)
    if not then or not now:
        return []
    if {r.code for r in then} == {r.code for r in now}:
        return then
    return now if _weight(now) < _weight(then) else then


def _weight(rows: Iterable[SanctionRow]) -> tuple[int, int]:
    """How heavy the heaviest is: what it can take away, then the highest fine."""
    grave = {"closure", "revoke_licence", "suspension"}
    return max((len(grave & set(r.kinds)), _ceiling(r)) for r in rows)


def _ceiling(row: SanctionRow) -> int:
    if "fine" not in row.kinds:
        return 0
    return row.fine_max_fen if row.fine_max_fen is not None else 2**62


def check_sanction(law: Law, offence: Offence, imposed: Imposed, *, decided_on: date) -> SanctionRow:
    """The row a sanction stands on, or Refused.

    It must rest on a law, regulation or ministerial rule that punished the act on its day and still does
    (or the lighter later one), and the fine must lie inside the frame.
    """
    row = next((r for r in law.sanctions if r.code == imposed.code), None)
    if row is None:
        raise Refused("no_such_sanction", WORDING["no_such_sanction"], sanction=imposed.code)
    if law.instruments[row.citation.instrument].rank not in SANCTIONING_RANKS:
        raise Refused("rank_too_low", WORDING["rank_too_low"], clause=row.citation.say())
    open_rows = applicable(law, offence, decided_on=decided_on)
    if row.code not in {r.code for r in open_rows}:
        raise Refused(
            "not_in_force",
            WORDING["not_in_force"],
            clause=row.citation.say(),
            act=offence.end or decided_on,
            decided=decided_on,
            open="、".join(r.citation.say() for r in open_rows) or "—",
        )
    _check_fine(row, imposed)
    return row


def _check_fine(row: SanctionRow, imposed: Imposed) -> None:
    if imposed.fine_fen == 0:
        return
    if "fine" not in row.kinds:
        raise Refused("no_fine_here", WORDING["no_fine_here"], clause=row.citation.say())
    measure = {"case": 1, "person": imposed.persons, "person_day": imposed.person_days}.get(row.fine_basis, 1)
    most = None if row.fine_max_fen is None else row.fine_max_fen * measure
    if row.fine_basis == "illegal_income" and row.fine_max_times is not None:
        most = imposed.illegal_income_fen * row.fine_max_times
    least = (row.fine_min_fen or 0) * measure
    if most is None or not least <= imposed.fine_fen <= most:
        raise Refused(
            "fine_outside_frame",
            WORDING["fine_outside_frame"],
            fine=Money(imposed.fine_fen),
            least=Money(least),
            most="—" if most is None else Money(most),
            clause=row.citation.say(),
        )


def late_fee(law: Law, fine: Money, *, due_on: date, paid_on: date) -> Money:
    """What is added for late payment: a daily share of the fine, never more than the fine itself."""
    days = (paid_on - due_on).days
    if days <= 0:
        return Money(0)
    share = Decimal(str(law.value("penalty.late_daily_share", on=paid_on).value))
    return Money(min(fine.fen, int(fine.fen * share * days)))


@dataclass(frozen=True, slots=True)
class SealedReporter:
    """Who reported, known to one keeper only (regulation of 2004, article 9). Never printed, never logged."""

    keeper: str
    identity: str

    def __repr__(self) -> str:
        return "SealedReporter(…)"

    def opened_by(self, officer: str) -> str:
        """The identity, for its keeper; Forbidden for everybody else, chiefs included."""
        if officer != self.keeper:
            raise Forbidden("reporter_is_secret", WORDING["reporter_is_secret"])
        return self.identity
