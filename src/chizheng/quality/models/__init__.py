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
from chizheng.quality.models.raters import RaterRecord, Retraining
from chizheng.quality.models.scales import Calibration, CutPanel, ItemParameter
from chizheng.quality.models.supervision import (
    Dispatch,
    Evaluation,
    FollowUp,
    Photograph,
    SiteReport,
    Supervisor,
    Task,
)
from chizheng.quality.models.suspensions import Suspension
from chizheng.quality.models.watch import Flag, Run

__all__ = [
    "AnswerSheet", "AssessorMark", "Bulletin", "Calibration", "Case", "CaseEvent", "CustodyMove", "CutPanel",
    "Dispatch", "Evaluation", "Exhibit", "Flag", "FollowUp", "Hold", "HoldEvent", "Item", "ItemParameter",
    "ItemReport", "LookAlike", "Note", "Paper", "Photograph", "RaterRecord", "Retraining", "Run", "SampleMark",
    "SiteReport", "SittingReport", "Supervisor", "Suspension", "Task",
]  # fmt: skip
