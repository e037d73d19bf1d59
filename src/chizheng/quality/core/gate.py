"""The life of a hold on a sitting, as a table; an annulment takes two people."""

from __future__ import annotations

from decimal import Decimal

from chizheng.kernel.states import StateTable

HOLD = StateTable(
    name="hold",
    start="open",
    moves={
        ("open", "release"): "released",
        ("open", "remark"): "remarking",
        ("open", "retest"): "retesting",
        ("open", "annul"): "annulling",
        ("remarking", "release"): "released",
        ("remarking", "correct"): "corrected",
        ("remarking", "annul"): "annulling",
        ("retesting", "release"): "released",
        ("retesting", "annul"): "annulling",
        ("annulling", "confirm"): "annulled",
        ("annulling", "refuse"): "open",
    },
)

TOLERANCE = "quality.gate.remark_tolerance"
"""Points by which a second mark may differ before it replaces the first; by the law's data."""


def replaces(first: Decimal, second: Decimal, tolerance: Decimal) -> bool:
    """Does the second mark take the first one's place? Two markers who differ a little are both right."""
    return abs(second - first) > tolerance


WAITS = frozenset({"open", "remarking", "retesting", "annulling", "annulled"})
"""States in which the sitting's list may not be reviewed or approved; an annulled one never again."""
