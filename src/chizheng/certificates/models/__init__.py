"""What the certificates context stores.

What happened is appended (`CertificateEvent`, `BlankMovement`, `BlankStep`: triggers refuse change); `state`
columns are caches of the fold over what happened, with a rebuild beside them.
"""

from chizheng.certificates.models.blanks import Blank, BlankMovement, BlankStep, Destruction, StockTake
from chizheng.certificates.models.certificates import (
    Award,
    Batch,
    Certificate,
    Envelope,
    NumberCounter,
    StatusCounter,
)
from chizheng.certificates.models.commitments import Commitment, PersonCommitment
from chizheng.certificates.models.events import Annulment, CertificateEvent, NumberConflict, StatusRequest
from chizheng.certificates.models.notices import RosterNotice
from chizheng.certificates.models.watch import Check, FailedCheck, Suspicion, Watch, WatchNotice

__all__ = [
    "Annulment",
    "Award",
    "Batch",
    "Blank",
    "BlankMovement",
    "BlankStep",
    "Certificate",
    "CertificateEvent",
    "Check",
    "Commitment",
    "Destruction",
    "Envelope",
    "FailedCheck",
    "NumberConflict",
    "NumberCounter",
    "PersonCommitment",
    "RosterNotice",
    "StatusCounter",
    "StatusRequest",
    "StockTake",
    "Suspicion",
    "Watch",
    "WatchNotice",
]
