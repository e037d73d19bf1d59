"""The rules on ads, one file each; the list is explicit, and a test compares it with the folder."""

from __future__ import annotations

from chizheng.access.core.ads.rule import Rule
from chizheng.access.core.ads.rules import (
    certificate_promise,
    deposit_or_fee,
    discriminates_by_age,
    discriminates_by_health,
    discriminates_by_sex,
    employer_missing,
    over_gating,
    qualification_not_stated,
    title_text_disagree,
)

RULES: tuple[Rule, ...] = (
    qualification_not_stated.RULE,
    over_gating.RULE,
    deposit_or_fee.RULE,
    discriminates_by_sex.RULE,
    discriminates_by_age.RULE,
    discriminates_by_health.RULE,
    certificate_promise.RULE,
    employer_missing.RULE,
    title_text_disagree.RULE,
)
