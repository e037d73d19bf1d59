"""What is done in the assessment: keyword-only, one transaction, one ledger entry, safe to run twice."""

from chizheng.assessment.usecases.appoint_panel import appoint_panel, declare_tie
from chizheng.assessment.usecases.close_enrolment import close_enrolment, seat
from chizheng.assessment.usecases.enter_markings import MarkerEntry, enter_markings
from chizheng.assessment.usecases.enter_marks import (
    MarkEntry,
    enter_marks,
    finish_marking,
    hold_session,
    import_marks,
)
from chizheng.assessment.usecases.import_enrolment import STEP, advance, receive_enrolment, run_import
from chizheng.assessment.usecases.license_station import license_station, register_assessor
from chizheng.assessment.usecases.move_session import move_session, rebuild_session
from chizheng.assessment.usecases.open_session import open_session, publish_session
from chizheng.assessment.usecases.publish_results import publish_results, rebuild_results, submit_to_centre
from chizheng.assessment.usecases.retire import retire
from chizheng.assessment.usecases.see_evidence import see_evidence
from chizheng.assessment.usecases.withdraw import withdraw

__all__ = [
    "STEP",
    "MarkEntry",
    "MarkerEntry",
    "advance",
    "appoint_panel",
    "close_enrolment",
    "declare_tie",
    "enter_markings",
    "enter_marks",
    "finish_marking",
    "hold_session",
    "import_marks",
    "license_station",
    "move_session",
    "open_session",
    "publish_results",
    "publish_session",
    "rebuild_results",
    "rebuild_session",
    "receive_enrolment",
    "register_assessor",
    "retire",
    "run_import",
    "seat",
    "see_evidence",
    "submit_to_centre",
    "withdraw",
]
