"""Statistics of items and papers after a sitting: classical figures, distractors, DIF and drift."""

from chizheng.quality.core.items.classical import (
    ItemFigures,
    Reliability,
    binomial_csem,
    item_figures,
    reliability,
)
from chizheng.quality.core.items.dif import (
    Effect,
    LogisticDif,
    MantelHaenszel,
    logistic_dif,
    mantel_haenszel,
)
from chizheng.quality.core.items.options import (
    Finding,
    Flag,
    ItemThresholds,
    OptionTable,
    findings,
    option_tables,
)

__all__ = [
    "Effect", "Finding", "Flag", "ItemFigures", "ItemThresholds", "LogisticDif", "MantelHaenszel",
    "OptionTable", "Reliability", "binomial_csem", "findings", "item_figures", "logistic_dif",
    "mantel_haenszel", "option_tables", "reliability",
]  # fmt: skip
