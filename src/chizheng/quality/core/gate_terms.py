"""Thresholds of the gate, of supervision and of re-training: dated policy, read once by the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chizheng.law.types import Law


@dataclass(frozen=True, slots=True)
class Terms:
    """`posterior`: a station or session at or above it holds the sitting even where the list of a run does
    not name it; `sample_share` and `sample_least`: how many are marked or tested again; the rest as named."""

    posterior: float
    sample_share: float
    sample_least: int
    random_share: float
    visits_share: float
    overdue_days: int
    severity_z: float
    severity_size: float
    infit_high: float
    halo_low: float
    drift_p: float
    least_rows: int

    @classmethod
    def read(cls, law: Law, *, on: date, place: str = "") -> Terms:
        def number(name: str) -> float:
            value = law.value(name, on=on, place=place).value
            if not isinstance(value, (int, float)):
                raise TypeError(f"{name} is not a number: {value!r}")
            return float(value)

        return cls(
            number("quality.gate.posterior"),
            number("quality.gate.sample_share"),
            int(number("quality.gate.sample_least")),
            number("supervision.random_share"),
            number("supervision.visits_share"),
            int(number("supervision.overdue_days")),
            number("quality.raters.severity_z"),
            number("quality.raters.severity_size"),
            number("quality.raters.infit_high"),
            number("quality.raters.halo_low"),
            number("quality.raters.drift_p"),
            int(number("quality.raters.least_rows")),
        )
