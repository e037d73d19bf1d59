"""The rules an enrolment row is held to: one file each, listed here in the order faults are shown.

A rule is `check(row, setting, facts) -> Iterator[Fault]`, pure, and knows no other rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting
from chizheng.assessment.core.rules import (
    age,
    already_certified,
    alternative_claimed,
    document_agrees,
    document_number,
    enrolled_already,
    enrolled_same_day,
    name_of_register,
    name_plausible,
    occupation_and_level,
    promotion_has_certificate,
    repeated_in_file,
    required_cells,
    retake_has_credit,
    two_levels_in_a_year,
    years_plausible,
)

Rule = Callable[[EnrolmentRow, Setting, Facts], Iterator[Fault]]

RULES: tuple[Rule, ...] = (
    required_cells.check,
    document_number.check,
    name_plausible.check,
    document_agrees.check,
    repeated_in_file.check,
    name_of_register.check,
    occupation_and_level.check,
    age.check,
    alternative_claimed.check,
    years_plausible.check,
    promotion_has_certificate.check,
    already_certified.check,
    enrolled_already.check,
    enrolled_same_day.check,
    two_levels_in_a_year.check,
    retake_has_credit.check,
)


def faults_of(row: EnrolmentRow, setting: Setting, facts: Facts) -> list[Fault]:
    """All faults of a row; an empty list is a row that may be enrolled."""
    return [fault for rule in RULES for fault in rule(row, setting, facts)]
