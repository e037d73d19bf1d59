"""Rules that a draft must pass before it is signed: one per file, none knows another.

`record_form` comes first: the others rely on it.
"""

from __future__ import annotations

from typing import Final, cast

from chizheng.certificates.core.draft import Rule
from chizheng.certificates.core.rules import (
    commitments_present,
    dates_in_order,
    glyphs_exist,
    jcs_profile,
    not_taken,
    number_agrees,
    own_authority,
    qr_fits,
    record_form,
    scores_pass,
    two_approvers,
)

RULES: Final = tuple(
    cast(Rule, module)
    for module in (
        record_form,
        number_agrees,
        dates_in_order,
        not_taken,
        own_authority,
        commitments_present,
        two_approvers,
        scores_pass,
        glyphs_exist,
        jcs_profile,
        qr_fits,
    )
)
