"""Forms of the certificates context."""

from chizheng.certificates.forms.desk import (
    AnnulForm,
    ApproveForm,
    ConflictForm,
    CorrectionForm,
    CountForm,
    DestroyForm,
    DrawForm,
    ListForm,
    MoveForm,
    OneBlankForm,
    ReceiveForm,
    ReissueForm,
    ReturnForm,
    TurnForm,
    UseForm,
)
from chizheng.certificates.forms.verify import RosterReportForm, SheetForm, VerifyForm, WalletForm, WatchForm

__all__ = [
    "AnnulForm",
    "ApproveForm",
    "ConflictForm",
    "CorrectionForm",
    "CountForm",
    "DestroyForm",
    "DrawForm",
    "ListForm",
    "MoveForm",
    "OneBlankForm",
    "ReceiveForm",
    "ReissueForm",
    "ReturnForm",
    "RosterReportForm",
    "SheetForm",
    "TurnForm",
    "UseForm",
    "VerifyForm",
    "WalletForm",
    "WatchForm",
]
