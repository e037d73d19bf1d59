"""Inspection cases 监察案件: three state tables, and the clocks that run beside them.

A case, the remedy against its decision and the publication of it go their own ways: a reconsideration
does not stop enforcement (Administrative Penalty Law 2021, article 73), so it is no state of the case.
Deadlines are law data; the working-day calendar is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chizheng.inspection.core.wording import CASE_STATES
from chizheng.kernel.errors import NotFound
from chizheng.kernel.periods import Period
from chizheng.kernel.states import StateTable
from chizheng.law.calendar import WorkingCalendar
from chizheng.law.types import Citation, Law

CASE = StateTable(
    "case",
    "received",
    {
        ("received", "ask_supplement"): "supplement",
        ("received", "accept"): "accepted",
        ("received", "refuse"): "refused",
        ("supplement", "supplement"): "received",
        ("supplement", "refuse"): "refused",
        ("refused", "archive"): "archived",
        ("accepted", "file"): "filed",
        ("filed", "assign"): "investigating",
        # --- investigation: extended once, suspended as often as the employer absconds
        ("investigating", "suspend"): "suspended",
        ("investigating", "extend"): "extended",
        ("investigating", "give_notice"): "noticed",
        ("investigating", "submit"): "reviewing",
        ("suspended", "resume"): "investigating",
        ("suspended", "terminate"): "reviewing",
        ("extended", "suspend"): "suspended_extended",
        ("extended", "give_notice"): "noticed",
        ("extended", "submit"): "reviewing",
        ("suspended_extended", "resume"): "extended",
        ("suspended_extended", "terminate"): "reviewing",
        # --- no penalty without advance notice: only `reviewing_noticed` leads to one
        ("noticed", "request_hearing"): "hearing",
        ("noticed", "submit"): "reviewing_noticed",
        ("hearing", "close_hearing"): "reviewing_noticed",
        ("hearing", "withdraw_hearing"): "reviewing_noticed",
        ("reviewing", "send_back"): "extended",
        ("reviewing", "give_notice"): "noticed",
        ("reviewing", "decide_order"): "decided_order",
        ("reviewing", "decide_no_penalty"): "decided_no_penalty",
        ("reviewing", "decide_cancel"): "decided_cancelled",
        ("reviewing", "decide_transfer"): "decided_transferred",
        ("reviewing_noticed", "send_back"): "extended",
        ("reviewing_noticed", "give_notice"): "noticed",
        ("reviewing_noticed", "decide_penalty"): "decided_penalty",
        ("reviewing_noticed", "decide_order"): "decided_order",
        ("reviewing_noticed", "decide_no_penalty"): "decided_no_penalty",
        ("reviewing_noticed", "decide_cancel"): "decided_cancelled",
        ("reviewing_noticed", "decide_transfer"): "decided_transferred",
        # --- service, performance, enforcement
        ("decided_penalty", "serve"): "served",
        ("decided_order", "serve"): "served",
        ("decided_no_penalty", "serve"): "performed",
        ("decided_cancelled", "serve"): "performed",
        ("decided_transferred", "serve"): "performed",
        ("served", "perform"): "performed",
        ("served", "remind"): "reminded",
        ("served", "annul"): "annulled",
        ("reminded", "perform"): "performed",
        ("reminded", "apply_to_court"): "enforcing",
        ("reminded", "annul"): "annulled",
        ("enforcing", "perform"): "performed",
        ("enforcing", "end_enforcement"): "unenforced",
        ("enforcing", "annul"): "annulled",
        ("performed", "annul"): "annulled",
        ("performed", "close"): "closed",
        ("unenforced", "close"): "closed",
        ("annulled", "close"): "closed",
        ("closed", "archive"): "archived",
    },
)
"""From receipt to the archive. Sending back leads to `extended`, whence no second extension is possible."""

REMEDY = StateTable(
    "remedy",
    "open",
    {
        ("open", "apply_reconsideration"): "reconsideration",
        ("open", "sue"): "lawsuit",
        ("open", "expire"): "final",
        ("reconsideration", "withdraw"): "final",
        ("reconsideration", "uphold"): "upheld",
        ("reconsideration", "annul"): "annulled",
        ("upheld", "sue"): "lawsuit",
        ("upheld", "expire"): "final",
        ("lawsuit", "withdraw"): "final",
        ("lawsuit", "uphold"): "final",
        ("lawsuit", "annul"): "annulled",
    },
)
"""Reconsideration and lawsuit, beside the case and without stopping it."""

PUBLICATION = StateTable(
    "publication",
    "unpublished",
    {
        ("unpublished", "publish"): "published",
        ("published", "withdraw"): "withdrawn",
        ("published", "expire"): "expired",
    },
)


class Outcome(StrEnum):
    """How a case was decided, as statistics count it; `CANCELLED` is trivial and corrected (article 18)."""

    PENALTY = "penalty"
    ORDER = "order"
    NO_PENALTY = "no_penalty"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"
    REFUSED = "refused"


_OUTCOMES = {
    "decide_penalty": Outcome.PENALTY,
    "decide_order": Outcome.ORDER,
    "decide_no_penalty": Outcome.NO_PENALTY,
    "decide_cancel": Outcome.CANCELLED,
    "decide_transfer": Outcome.TRANSFERRED,
    "refuse": Outcome.REFUSED,
}


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to a case on a day; `name` is an event of one of the tables."""

    name: str
    on: date


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due: by which day, how far the day can be trusted, and the clause.

    `day` None: the clock stands still (suspended); `left` is then what remains of it, in its unit.
    `covered` False: part of the count lies beyond the known holiday tables.
    """

    clock: str
    day: date | None
    left: int | None
    covered: bool
    citation: Citation

    def overdue(self, today: date) -> bool:
        return self.day is not None and today > self.day


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline: started by the last of some events, ended by the next of others; a law value long."""

    name: str
    value: str
    starts: frozenset[str]
    stops: frozenset[str]


_DECIDED = frozenset(name for name in _OUTCOMES if name != "refuse")
CLOCKS = (
    Clock(
        "accept",
        "inspection.accept_working_days",
        frozenset({"receive", "supplement"}),
        frozenset({"accept", "refuse", "ask_supplement"}),
    ),
    Clock(
        "tell_complainant", "inspection.tell_complainant_days", frozenset({"refuse"}), frozenset({"archive"})
    ),
    Clock(
        "return_evidence",
        "inspection.evidence_registration_days",
        frozenset({"register_evidence"}),
        frozenset({"dispose_evidence"}),
    ),
    Clock(
        "request_hearing",
        "hearing.request_days",
        frozenset({"give_notice"}),
        frozenset({"request_hearing", "submit"}),
    ),
    Clock("serve", "penalty.serve_days", _DECIDED, frozenset({"serve"})),
    Clock(
        "report_up",
        "inspection.report_up_working_days",
        frozenset({"decide_penalty"}),
        frozenset({"report_up"}),
    ),
    Clock("pay", "penalty.pay_days", frozenset({"serve_penalty"}), frozenset({"perform", "annul", "remind"})),
    Clock(
        "withdraw_publication",
        "penalty.withdraw_publication_days",
        frozenset({"annul_published"}),
        frozenset({"withdraw"}),
    ),
)
"""All clocks but that of the investigation, which suspension stops and extension lengthens."""


def state(history: Iterable[CaseEvent]) -> str:
    """The state of the case; events of other tables are passed over. Raises Conflict for an illegal move."""
    events = {event for _, event in CASE.moves}
    return CASE.fold(e.name for e in history if e.name in events)


def outcome(history: Iterable[CaseEvent]) -> Outcome | None:
    """How it was decided, None while it is not."""
    found = None
    for event in history:
        found = _OUTCOMES.get(event.name, found)
    return found


def name_of(state: str, lang: str = "zh") -> str:
    return CASE_STATES[state].say(lang)


def due(history: Sequence[CaseEvent], law: Law, calendar: WorkingCalendar, place: str) -> list[Due]:
    """What is running on the case, soonest first; clocks the law of the day does not know are left out."""
    running = [d for clock in CLOCKS if (d := _running(clock, history, law, calendar, place)) is not None]
    investigation = investigation_due(history, law, calendar, place)
    if investigation is not None:
        running.append(investigation)
    return sorted(running, key=lambda d: (d.day is None, d.day or date.max, d.clock))


def _running(
    clock: Clock, history: Sequence[CaseEvent], law: Law, calendar: WorkingCalendar, place: str
) -> Due | None:
    started: date | None = None
    published = False
    decided = ""
    for event in history:
        published = event.name == "publish" or (published and event.name != "withdraw")
        decided = event.name if event.name in _DECIDED else decided
        names = {event.name}
        if event.name == "serve" and decided == "decide_penalty":
            names.add("serve_penalty")
        if event.name == "annul" and published:
            names.add("annul_published")
        if names & clock.stops:
            started = None
        if names & clock.starts:
            started = event.on
    if started is None:
        return None
    try:
        value = law.value(clock.value, on=started, place=place)
    except NotFound:
        return None
    length = law.number(clock.value, on=started, place=place)
    if value.unit == "working_days":
        deadline = calendar.add(started, length)
        return Due(clock.name, deadline.day, None, deadline.covered, value.citation)
    return Due(clock.name, started + timedelta(days=length), None, True, value.citation)


def suspensions(history: Iterable[CaseEvent]) -> list[Period]:
    """The periods in which the clock of the investigation stood still; the last may be open."""
    found: list[Period] = []
    begun: date | None = None
    for event in history:
        if event.name == "suspend":
            begun = event.on
        elif event.name in ("resume", "terminate") and begun is not None:
            if event.on > begun:
                found.append(Period(begun, event.on))
            begun = None
    if begun is not None:
        found.append(Period(begun))
    return found


def investigation_due(
    history: Sequence[CaseEvent], law: Law, calendar: WorkingCalendar, place: str
) -> Due | None:
    """The end of the investigation: 60 + 30 working days (regulation of 2004, article 17) from filing.

    Days inside a suspension do not count, the day of resumption does. None unless a case is filed and
    still undecided.
    """
    filed = next((e.on for e in history if e.name == "file"), None)
    if filed is None or outcome(history) is not None:
        return None
    try:
        value = law.value("inspection.investigate_working_days", on=filed, place=place)
        length = law.number("inspection.investigate_working_days", on=filed, place=place)
        extended = next((e.on for e in history if e.name == "extend"), None)
        if extended is not None:
            length += law.number("inspection.extend_working_days", on=extended, place=place)
    except NotFound:
        return None
    pauses = suspensions(history)
    if pauses and pauses[-1].end is None:
        stood = calendar.elapsed(filed, pauses[-1].start - timedelta(days=1))
        paused = _paused_days(pauses, filed, pauses[-1].start - timedelta(days=1), calendar)
        return Due("investigate", None, length - stood.count + paused, stood.covered, value.citation)
    deadline = calendar.add(filed, length)
    while True:
        extra = _paused_days(pauses, filed, deadline.day, calendar)
        later = calendar.add(filed, length + extra)
        if later.day == deadline.day:
            return Due("investigate", later.day, None, later.covered, value.citation)
        deadline = later


def _paused_days(pauses: Sequence[Period], start: date, last: date, calendar: WorkingCalendar) -> int:
    """Working days after `start`, up to and with `last`, that lie inside a suspension."""
    span = Period(start + timedelta(days=1), max(last, start + timedelta(days=1)) + timedelta(days=1))
    total = 0
    for pause in pauses:
        inside = pause.intersect(span)
        if inside is not None and inside.end is not None:
            total += calendar.between(inside.start, min(inside.end, last + timedelta(days=1))).count
    return total
