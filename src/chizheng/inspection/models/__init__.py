"""What inspection stores: filings, screenings and their findings, campaigns, visits, cases, complaints, grades."""

from chizheng.inspection.models.campaigns import Campaign, CampaignEmployer, LetterAnswer
from chizheng.inspection.models.cases import (
    Case,
    CaseDocument,
    CaseEvent,
    CaseInspector,
    Complaint,
    InspectorCard,
    Recusal,
)
from chizheng.inspection.models.filings import Filing, FilingFault, FilingUpload
from chizheng.inspection.models.grading import CreditGrade
from chizheng.inspection.models.screening import Finding, ScreeningRun
from chizheng.inspection.models.visits import PlannedVisit, VisitPlan

__all__ = [
    "Campaign",
    "CampaignEmployer",
    "Case",
    "CaseDocument",
    "CaseEvent",
    "CaseInspector",
    "Complaint",
    "CreditGrade",
    "Filing",
    "FilingFault",
    "FilingUpload",
    "Finding",
    "InspectorCard",
    "LetterAnswer",
    "PlannedVisit",
    "Recusal",
    "ScreeningRun",
    "VisitPlan",
]
