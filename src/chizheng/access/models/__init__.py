"""Tables of employment access, by desk."""

from chizheng.access.models.registry import (
    ApiKey,
    ApiUse,
    ExceptionRequest,
    GateOverlay,
    LawEdition,
    ListSubscription,
    RegistrationCheck,
    RegistrationPerson,
)

__all__ = [
    "ApiKey",
    "ApiUse",
    "ExceptionRequest",
    "GateOverlay",
    "LawEdition",
    "ListSubscription",
    "RegistrationCheck",
    "RegistrationPerson",
]
