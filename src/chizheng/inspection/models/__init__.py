"""What inspection stores: filings, screenings and their findings, campaigns, cases, complaints."""

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
from chizheng.inspection.models.screening import Finding, ScreeningRun

__all__ = [
    "Campaign",
    "CampaignEmployer",
    "Case",
    "CaseDocument",
    "CaseEvent",
    "CaseInspector",
    "Complaint",
    "Filing",
    "FilingFault",
    "FilingUpload",
    "Finding",
    "InspectorCard",
    "LetterAnswer",
    "Recusal",
    "ScreeningRun",
]
