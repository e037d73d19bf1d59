"""What quality stores: papers and answers, reports, runs and flags, holds, supervision, cases, bulletins."""

from chizheng.quality.models.bulletins import Bulletin, LookAlike
from chizheng.quality.models.cases import Case, CaseEvent, CustodyMove, Exhibit
from chizheng.quality.models.gate import Hold, HoldEvent, SampleMark
from chizheng.quality.models.papers import (
    AnswerSheet,
    AssessorMark,
    Item,
    ItemReport,
    Note,
    Paper,
    SittingReport,
)
from chizheng.quality.models.supervision import (
    Dispatch,
    Evaluation,
    FollowUp,
    Photograph,
    SiteReport,
    Supervisor,
    Task,
)
from chizheng.quality.models.watch import Flag, Run

__all__ = [
    "AnswerSheet", "AssessorMark", "Bulletin", "Case", "CaseEvent", "CustodyMove", "Dispatch", "Evaluation",
    "Exhibit", "Flag", "FollowUp", "Hold", "HoldEvent", "Item", "ItemReport", "LookAlike", "Note", "Paper",
    "Photograph", "Run", "SampleMark", "SiteReport", "SittingReport", "Supervisor", "Task",
]  # fmt: skip
