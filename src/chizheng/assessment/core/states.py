"""The life of a session 鉴定批次, as a table: station, centre and authority each hold some of its events."""

from __future__ import annotations

from enum import StrEnum

from chizheng.kernel.states import StateTable


class State(StrEnum):
    DRAFT = "draft"  # 草拟
    ENROLLING = "enrolling"  # 报名中 (公告已发布)
    CLOSED = "closed"  # 报名截止, the roster is frozen
    SEATED = "seated"  # 已编排考场
    HELD = "held"  # 已施考
    MARKING = "marking"  # 评分录入中
    MARKED = "marked"  # 成绩已录齐
    PUBLISHED = "published"  # 成绩公示中
    SUBMITTED = "submitted"  # 已报送中心
    REVIEWED = "reviewed"  # 中心已审核
    APPROVED = "approved"  # 行政部门已批准
    ISSUED = "issued"  # 证书已核发
    RETURNED = "returned"  # 退回
    ANNULLED = "annulled"  # 作废


class Event(StrEnum):
    PUBLISH = "publish"
    CLOSE = "close"
    SEAT = "seat"
    HOLD = "hold"
    START_MARKING = "start_marking"
    FINISH_MARKING = "finish_marking"
    PUBLISH_RESULTS = "publish_results"
    SUBMIT = "submit"
    REVIEW = "review"
    APPROVE = "approve"
    ISSUE = "issue"
    RETURN = "return"
    CORRECT = "correct"
    ANNUL = "annul"


S, E = State, Event

SESSION = StateTable(
    name="session",
    start=S.DRAFT,
    moves={
        (S.DRAFT, E.PUBLISH): S.ENROLLING,
        (S.ENROLLING, E.CLOSE): S.CLOSED,
        (S.CLOSED, E.SEAT): S.SEATED,
        (S.SEATED, E.SEAT): S.SEATED,
        (S.SEATED, E.HOLD): S.HELD,
        (S.HELD, E.START_MARKING): S.MARKING,
        (S.MARKING, E.FINISH_MARKING): S.MARKED,
        (S.MARKED, E.CORRECT): S.MARKING,
        (S.MARKED, E.PUBLISH_RESULTS): S.PUBLISHED,
        (S.PUBLISHED, E.CORRECT): S.MARKING,  # a re-mark that changed something: published anew
        (S.PUBLISHED, E.SUBMIT): S.SUBMITTED,
        (S.SUBMITTED, E.REVIEW): S.REVIEWED,
        (S.SUBMITTED, E.RETURN): S.RETURNED,
        (S.REVIEWED, E.APPROVE): S.APPROVED,
        (S.REVIEWED, E.RETURN): S.RETURNED,
        (S.RETURNED, E.CORRECT): S.MARKING,
        (S.RETURNED, E.SUBMIT): S.SUBMITTED,
        (S.APPROVED, E.ISSUE): S.ISSUED,
        **{(state, E.ANNUL): S.ANNULLED for state in S if state is not S.ANNULLED},
    },
)

BY: dict[Event, frozenset[str]] = {
    E.PUBLISH: frozenset({"station"}),
    E.CLOSE: frozenset({"station"}),
    E.SEAT: frozenset({"station"}),
    E.HOLD: frozenset({"station"}),
    E.START_MARKING: frozenset({"station"}),
    E.FINISH_MARKING: frozenset({"station"}),
    E.PUBLISH_RESULTS: frozenset({"station"}),
    E.SUBMIT: frozenset({"station"}),
    E.REVIEW: frozenset({"centre"}),
    E.APPROVE: frozenset({"authority"}),
    E.ISSUE: frozenset({"centre", "authority"}),
    E.RETURN: frozenset({"centre", "authority"}),
    E.CORRECT: frozenset({"station", "centre"}),
    E.ANNUL: frozenset({"centre", "authority"}),
}
"""The roles that may cause an event, in their jurisdiction; the issuing process has no account."""

TWO_PEOPLE: tuple[tuple[Event, Event], ...] = ((E.REVIEW, E.APPROVE),)
"""Pairs of events that one person may never cause both of in a session."""

STEPS: tuple[State, ...] = (
    S.DRAFT,
    S.ENROLLING,
    S.CLOSED,
    S.SEATED,
    S.HELD,
    S.MARKING,
    S.MARKED,
    S.PUBLISHED,
    S.SUBMITTED,
    S.REVIEWED,
    S.APPROVED,
    S.ISSUED,
)
"""The straight way, for pages that show how far a session is."""

OPEN_FOR_ENROLMENT = frozenset({S.DRAFT, S.ENROLLING})
RESULTS_KNOWN = frozenset({S.PUBLISHED, S.SUBMITTED, S.REVIEWED, S.APPROVED, S.ISSUED, S.RETURNED})
"""Candidates see their marks from the publication on."""
PASSES_COUNT = frozenset({S.SUBMITTED, S.REVIEWED, S.APPROVED, S.ISSUED})


def place_on_the_way(state: str) -> int:
    """Index in STEPS of a state, that of the returned one being the submission's; -1 off the way."""
    if state == S.RETURNED:
        return STEPS.index(S.SUBMITTED)
    return next((i for i, step in enumerate(STEPS) if step == state), -1)
