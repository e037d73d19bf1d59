"""What the assessment stores: licences and assessors, sessions with rosters, uploads and faults, marks."""

from chizheng.assessment.models.marks import Mark, Result
from chizheng.assessment.models.sessions import PanelMember, Registration, Session, SessionEvent
from chizheng.assessment.models.stations import Assessor, LicenceScope, StationLicence
from chizheng.assessment.models.uploads import Upload, UploadFault

__all__ = [
    "Assessor",
    "LicenceScope",
    "Mark",
    "PanelMember",
    "Registration",
    "Result",
    "Session",
    "SessionEvent",
    "StationLicence",
    "Upload",
    "UploadFault",
]
