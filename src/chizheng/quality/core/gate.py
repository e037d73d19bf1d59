"""The life of a hold on a sitting, as a table; an annulment takes two people."""

from __future__ import annotations

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
        ("remarking", "annul"): "annulling",
        ("retesting", "release"): "released",
        ("retesting", "annul"): "annulling",
        ("annulling", "confirm"): "annulled",
        ("annulling", "refuse"): "open",
    },
)

WAITS = frozenset({"open", "remarking", "retesting", "annulling", "annulled"})
"""States in which the sitting's list may not be reviewed or approved; an annulled one never again."""
