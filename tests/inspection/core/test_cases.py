"""The case tables as graphs, and the clocks: Spring Festival, suspension, the end of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.inspection.core import cases
from chizheng.inspection.core.cases import (
    CASE,
    PUBLICATION,
    REMEDY,
    CaseEvent,
    Outcome,
    due,
    investigation_due,
)
from chizheng.inspection.core.wording import CASE_STATES
from chizheng.kernel.errors import Conflict
from chizheng.law.calendar import WorkingCalendar
from chizheng.law.io.shelf import law
from chizheng.law.types import CalendarRow

SPRING_2026 = CalendarRow(
    2026,
    holidays=frozenset(date(2026, 2, 15) + timedelta(days=n) for n in range(9))
    | {date(2026, 1, 1), date(2026, 1, 2)},
    workdays=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
    verified=False,
)
CALENDAR = WorkingCalendar([SPRING_2026])
LAW = law()


def happened(*pairs: tuple[str, date]) -> list[CaseEvent]:
    return [CaseEvent(name, on) for name, on in pairs]


@pytest.mark.parametrize("table", [CASE, REMEDY, PUBLICATION], ids=lambda t: t.name)
class TestTables:
    def test_every_state_is_reachable(self, table):
        assert table.reachable() == table.states

    def test_no_dead_end(self, table):
        """From every state some terminal state can be reached."""
        ends = set(table.terminal)
        assert ends
        grown = True
        while grown:
            more = {s for (s, e), t in table.moves.items() if t in ends} - ends
            grown = bool(more)
            ends |= more
        assert ends == table.states

    def test_every_illegal_move_is_refused(self, table):
        events = {e for _, e in table.moves}
        for state in table.states:
            for event in events - set(table.events(state)):
                with pytest.raises(Conflict, match="illegal_move"):
                    table.next(state, event)


def test_terminal_states_are_the_expected_ones():
    assert CASE.terminal == {"archived"}


def test_every_state_has_a_name():
    assert set(CASE_STATES) == CASE.states


@st.composite
def walks(draw):
    """A legal history of a case, a day or more between events."""
    state, day, walk = CASE.start, date(2026, 1, 5), [CaseEvent("receive", date(2026, 1, 5))]
    for _ in range(draw(st.integers(0, 30))):
        events = CASE.events(state)
        if not events:
            break
        event = draw(st.sampled_from(events))
        day += timedelta(days=draw(st.integers(0, 40)))
        state = CASE.next(state, event)
        walk.append(CaseEvent(event, day))
    return walk, state


@given(walks())
def test_along_every_walk(walk):
    history, state = walk
    assert cases.state(history) == state
    names = [e.name for e in history]
    assert names.count("extend") <= 1
    if "decide_penalty" in names:
        assert "give_notice" in names[: names.index("decide_penalty")]
    for item in due(history, LAW, CALENDAR, "33"):
        assert (item.day is None) == (item.left is not None)
    if state in ("suspended", "suspended_extended"):
        standing = investigation_due(history, LAW, CALENDAR, "")
        assert standing.day is None
    if cases.outcome(history):
        assert investigation_due(history, LAW, CALENDAR, "") is None


def test_outcome_tells_cancelled_from_penalty():
    assert cases.outcome(happened(("decide_cancel", date(2026, 1, 1)))) is Outcome.CANCELLED
    assert cases.outcome(happened(("receive", date(2026, 1, 1)))) is None


def test_five_working_days_over_spring_festival():
    """Received on Thursday 12 February: 13, the working Saturday 14, then 24, 25, 26 after the holiday."""
    [accept] = due(happened(("receive", date(2026, 2, 12))), LAW, CALENDAR, "")
    assert (accept.clock, accept.day, accept.covered) == ("accept", date(2026, 2, 26), True)
    assert accept.overdue(date(2026, 2, 27))
    assert not accept.overdue(date(2026, 2, 26))


def test_a_supplement_starts_the_five_days_anew():
    history = happened(("receive", date(2026, 3, 2)), ("ask_supplement", date(2026, 3, 4)))
    assert due(history, LAW, CALENDAR, "") == []
    [accept] = due([*history, CaseEvent("supplement", date(2026, 3, 16))], LAW, CALENDAR, "")
    assert accept.day == date(2026, 3, 23)


def naive_deadline(filed: date, length: int, pauses: list[tuple[date, date]]) -> date:
    """Counting on the fingers."""
    day = filed
    while length:
        day += timedelta(days=1)
        if CALENDAR.is_working(day) and not any(a <= day < b for a, b in pauses):
            length -= 1
    return day


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4),
    st.booleans(),
    st.dates(date(2026, 1, 5), date(2026, 12, 31)),
)
def test_suspension_stops_the_clock(pauses, extended, filed):
    history, spans, day = happened(("file", filed)), [], filed
    if extended:
        history.append(CaseEvent("extend", filed))
    for after, lasting in pauses:
        begin = day + timedelta(days=after)
        day = begin + timedelta(days=lasting)
        history += happened(("suspend", begin), ("resume", day))
        spans.append((begin, day))
    limit = 90 if extended else 60
    assert investigation_due(history, LAW, CALENDAR, "").day == naive_deadline(filed, limit, spans)


@given(st.integers(1, 59), st.dates(date(2026, 1, 5), date(2026, 6, 1)))
def test_what_is_left_while_suspended(after, filed):
    begin = filed + timedelta(days=after)
    standing = investigation_due(happened(("file", filed), ("suspend", begin)), LAW, CALENDAR, "")
    used = sum(CALENDAR.is_working(filed + timedelta(days=n)) for n in range(1, after))
    assert standing.left == 60 - used


def test_beyond_the_calendar_the_answer_says_so():
    answer = investigation_due(happened(("file", date(2026, 12, 1))), LAW, CALENDAR, "")
    assert answer.day > date(2027, 1, 1)
    assert not answer.covered


def test_a_published_decision_annulled_is_withdrawn_within_days():
    served = happened(
        ("decide_penalty", date(2026, 3, 2)), ("serve", date(2026, 3, 3)), ("publish", date(2026, 3, 4))
    )
    assert {d.clock for d in due(served, LAW, CALENDAR, "")} == {"pay"}
    annulled = [*served, CaseEvent("annul", date(2026, 4, 1))]
    assert [(d.clock, d.day) for d in due(annulled, LAW, CALENDAR, "")] == [
        ("withdraw_publication", date(2026, 4, 4))
    ]


def test_local_clocks_run_only_where_they_are_law():
    history = happened(("decide_penalty", date(2026, 3, 2)))
    assert {d.clock for d in due(history, LAW, CALENDAR, "3301")} == {"serve", "report_up"}
    assert {d.clock for d in due(history, LAW, CALENDAR, "44")} == {"serve"}


def test_no_clock_before_its_law():
    assert due(happened(("receive", date(1998, 3, 2))), LAW, CALENDAR, "") == []
