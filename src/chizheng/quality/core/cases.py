"""The life of an investigation, as a table: nobody is decided about unheard, proposal and decision take two."""

from __future__ import annotations

from chizheng.kernel.states import StateTable

CASE = StateTable(
    name="case",
    start="received",
    moves={
        ("received", "open"): "investigating",
        ("received", "dismiss"): "dismissed",
        ("investigating", "hear"): "heard",
        ("investigating", "dismiss"): "dismissed",
        ("heard", "hear"): "heard",
        ("heard", "propose"): "proposed",
        ("heard", "dismiss"): "dismissed",
        ("proposed", "refuse"): "heard",
        ("proposed", "decide"): "decided",
        ("decided", "refer"): "decided",
        ("decided", "publish"): "decided",
        ("decided", "close"): "closed",
    },
)

CONSEQUENCES = (
    "suspend_certificates",
    "revoke_certificates",
    "retest",
    "suspend_assessor",
    "suspend_licence",
)
REFERRALS = ("police", "market_regulator", "discipline")
VIOLATIONS = (
    "assessment_body_breaks_rules",
    "assessment_without_licence",
    "indiscriminate_issuing",
    "obstructs_inspection",
)
"""What an investigation of this house may find; what each costs stands in the law's sanctions."""
