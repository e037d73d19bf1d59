"""The life of an issuing batch 核发批次, as a table; each event has its own right and no one has two in a row.

listed -review-> reviewed -approve-> approved -reserve-> reserved -log-> logged -sign-> signed
       -publish-> published;   held: lint or the quality gate stopped it;   returned to the station
"""

from __future__ import annotations

from enum import StrEnum

from chizheng.kernel.states import StateTable
from chizheng.kernel.wording import Wording


class State(StrEnum):
    LISTED = "listed"  # 已报送合格名单
    REVIEWED = "reviewed"  # 中心已审核
    APPROVED = "approved"  # 行政部门已批准
    RESERVED = "reserved"  # 已编号
    LOGGED = "logged"  # 已入日志
    SIGNED = "signed"  # 已签发
    PUBLISHED = "published"  # 已公布
    HELD = "held"  # 已暂缓
    RETURNED = "returned"  # 已退回
    ANNULLED = "annulled"  # 已作废


class Event(StrEnum):
    REVIEW = "review"
    APPROVE = "approve"
    RESERVE = "reserve"
    LOG = "log"
    SIGN = "sign"
    PUBLISH = "publish"
    HOLD = "hold"
    RELEASE = "release"
    RETURN = "return"
    RESUBMIT = "resubmit"
    ANNUL = "annul"


ISSUING = StateTable(
    name="issuing",
    start=State.LISTED,
    moves={
        (State.LISTED, Event.REVIEW): State.REVIEWED,
        (State.LISTED, Event.RETURN): State.RETURNED,
        (State.REVIEWED, Event.APPROVE): State.APPROVED,
        (State.REVIEWED, Event.RETURN): State.RETURNED,
        (State.RETURNED, Event.RESUBMIT): State.LISTED,
        (State.APPROVED, Event.HOLD): State.HELD,
        (State.HELD, Event.RELEASE): State.APPROVED,
        (State.HELD, Event.RETURN): State.RETURNED,
        (State.APPROVED, Event.RESERVE): State.RESERVED,
        (State.RESERVED, Event.LOG): State.LOGGED,
        (State.LOGGED, Event.SIGN): State.SIGNED,
        (State.SIGNED, Event.PUBLISH): State.PUBLISHED,
        (State.PUBLISHED, Event.ANNUL): State.ANNULLED,
        (State.LISTED, Event.ANNUL): State.ANNULLED,
        (State.REVIEWED, Event.ANNUL): State.ANNULLED,
        (State.APPROVED, Event.ANNUL): State.ANNULLED,
        (State.HELD, Event.ANNUL): State.ANNULLED,
        (State.RETURNED, Event.ANNUL): State.ANNULLED,
    },
)

NAMES: dict[str, Wording] = {
    State.LISTED: Wording("待中心审核", "awaits review"),
    State.REVIEWED: Wording("待行政部门批准", "awaits approval"),
    State.APPROVED: Wording("已批准，待签发", "approved"),
    State.RESERVED: Wording("已编号", "numbered"),
    State.LOGGED: Wording("已入日志", "logged"),
    State.SIGNED: Wording("已签发", "signed"),
    State.PUBLISHED: Wording("已公布", "published"),
    State.HELD: Wording("已暂缓", "held"),
    State.RETURNED: Wording("已退回", "returned"),
    State.ANNULLED: Wording("已作废", "annulled"),
}

STEPS = (
    State.LISTED,
    State.REVIEWED,
    State.APPROVED,
    State.RESERVED,
    State.LOGGED,
    State.SIGNED,
    State.PUBLISHED,
)
"""The straight way, for pages that show how far a batch is."""
