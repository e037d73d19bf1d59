"""What inspection stores, by what it is about. What happened is appended, states are caches of the fold."""

from chizheng.inspection.models.campaigns import Answer, Campaign, Recipient
from chizheng.inspection.models.cases import (
    Case,
    CaseEvent,
    CaseOfficer,
    CasePaper,
    Complaint,
    Evidence,
    InspectorCard,
    Proposal,
    Recusal,
    Reply,
    Reporter,
)
from chizheng.inspection.models.filings import Demand, Filing, FilingFault, FilingUpload
from chizheng.inspection.models.grades import CreditGrade, RepairRequest
from chizheng.inspection.models.screening import Finding, PlannedVisit, Screening, VisitPlan

__all__ = [
    "Answer",
    "Campaign",
    "Case",
    "CaseEvent",
    "CaseOfficer",
    "CasePaper",
    "Complaint",
    "CreditGrade",
    "Demand",
    "Evidence",
    "Filing",
    "FilingFault",
    "FilingUpload",
    "Finding",
    "InspectorCard",
    "PlannedVisit",
    "Proposal",
    "Recipient",
    "Recusal",
    "RepairRequest",
    "Reply",
    "Reporter",
    "Screening",
    "VisitPlan",
]
