"""Calibration of items: Rasch, 2PL, 3PL, (G)PCM by marginal maximum likelihood.

calibrate(scores, names, Model.TWO_PL) -> Calibration
"""

from chizheng.quality.core.calibration.calibrate import calibrate, in_categories
from chizheng.quality.core.calibration.types import (
    MISSING,
    Anchor,
    Calibration,
    Excluded,
    Group,
    Item,
    Model,
    Settings,
)

__all__ = [
    "MISSING", "Anchor", "Calibration", "Excluded", "Group", "Item", "Model", "Settings", "calibrate",
    "in_categories",
]  # fmt: skip
