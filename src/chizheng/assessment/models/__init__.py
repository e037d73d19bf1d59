"""What the assessment stores: licences and assessors, sessions with rosters, uploads and faults, marks."""

from chizheng.assessment.models.marks import Mark, Marking, Result
from chizheng.assessment.models.sessions import PanelMember, Registration, Session, SessionEvent
from chizheng.assessment.models.stations import Assessor, AssessorTie, LicenceScope, StationLicence
from chizheng.assessment.models.uploads import Upload, UploadFault

__all__ = [
    "Assessor",
    "AssessorTie",
    "LicenceScope",
    "Mark",
    "Marking",
    "PanelMember",
    "Registration",
    "Result",
    "Session",
    "SessionEvent",
    "StationLicence",
    "Upload",
    "UploadFault",
]
