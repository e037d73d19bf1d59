"""What employment access stores, by desk."""

from chizheng.access.models.ads import Ad, AdDoubt, AdWord, AgencyLicence, Mandate
from chizheng.access.models.background import Background, Experience
from chizheng.access.models.gates import GateOverlay, LawEdition, Subscription
from chizheng.access.models.referral import Guidance, Referral, SeekerProfile, TrainingOffer, Vacancy
from chizheng.access.models.registration import ApiClient, ApiUse, CheckedPerson, RegistrationCheck
from chizheng.access.models.staff import DeskMessage, ExceptionRequest, StaffMember

__all__ = [
    "Ad", "AdDoubt", "AdWord", "AgencyLicence", "ApiClient", "ApiUse", "Background", "CheckedPerson",
    "DeskMessage", "ExceptionRequest", "Experience", "GateOverlay", "Guidance", "LawEdition", "Mandate", "Referral", "RegistrationCheck",
    "SeekerProfile", "StaffMember", "Subscription", "TrainingOffer", "Vacancy",
]  # fmt: skip
