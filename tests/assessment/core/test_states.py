"""The life of a session, walked."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.assessment.core.states import BY, SESSION, STEPS, Event, State, place_on_the_way
from chizheng.kernel.errors import Conflict
from chizheng.platform.roles import Role


def test_every_state_is_reached_and_only_the_annulled_is_the_end() -> None:
    assert SESSION.reachable() == set(State)
    assert SESSION.terminal == {State.ANNULLED}


def test_the_straight_way_is_a_way() -> None:
    for here, there in pairwise(STEPS):
        assert there in {SESSION.moves[here, e] for e in SESSION.events(here)}
    assert [place_on_the_way(s) for s in STEPS] == list(range(len(STEPS)))


def test_nothing_is_issued_without_review_and_approval() -> None:
    """Every way to `issued` passes publication, submission, review and approval, in this order."""
    must = (State.PUBLISHED, State.SUBMITTED, State.REVIEWED, State.APPROVED)
    for gone in must:
        seen, todo = set(), [State.DRAFT]
        while todo:
            here = todo.pop()
            if here in seen or here == gone:
                continue
            seen.add(here)
            todo += [SESSION.moves[here, e] for e in SESSION.events(here)]
        assert State.ISSUED not in seen


def test_every_event_has_roles_that_exist() -> None:
    assert set(BY) == set(Event)
    assert {role for roles in BY.values() for role in roles} <= set(Role.values)
    assert BY[Event.REVIEW].isdisjoint(BY[Event.APPROVE])
    assert "station" not in BY[Event.REVIEW] | BY[Event.APPROVE] | BY[Event.ISSUE]


@given(st.lists(st.sampled_from(list(Event)), max_size=30))
def test_a_walk_either_moves_by_the_table_or_refuses(events: list[Event]) -> None:
    state: str = SESSION.start
    for event in events:
        if (state, event) in SESSION.moves:
            state = SESSION.next(state, event)
        else:
            with pytest.raises(Conflict):
                SESSION.next(state, event)
    assert state in set(State)
