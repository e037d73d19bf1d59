"""The law of one day and place, as ad vetting asks for it; every answer is worked out once."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from chizheng.access.core.gate import Decision, Levels, Verdict, decide
from chizheng.kernel.errors import NotFound
from chizheng.law.types import Act, Citation, GateKind, Law


class Day:
    """`law` on the day `on` at `place`; `levels` says which occupations are graded (the regime of 1997)."""

    def __init__(self, law: Law, *, on: date, place: str = "", levels: Levels | None = None) -> None:
        self.law, self.on, self.place = law, on, place
        self._levels: Levels = levels or {}
        self.gate_of = lru_cache(maxsize=None)(self._gate_of)
        self.demand_on = lru_cache(maxsize=None)(self._demand_on)
        self.basis = lru_cache(maxsize=None)(self._basis)

    def _gate_of(self, occupation: str) -> Citation | None:
        """The text that gates recruiting for the occupation that day, None where nothing does."""
        decision = self._decide(occupation, demanded=False)
        rows = [r for r in decision.rows if r.kind is GateKind.GATE and Act.RECRUIT in r.acts]
        return rows[0].citation if rows else None

    def _demand_on(self, occupation: str) -> tuple[bool, bool, Citation | None]:
        """Is demanding a certificate over-gating; is there another body's licence; the text that says so."""
        decision = self._decide(occupation, demanded=True)
        cited = [r.citation for r in decision.reasons if r.code == "over_gated" and r.citation is not None]
        return decision.verdict is Verdict.OVER_GATED, bool(decision.licences), cited[0] if cited else None

    def _basis(self, name: str) -> Citation | None:
        """The text behind a duty of the ads (`law/data/values/ads.yaml`), None where it is not in force."""
        try:
            value = self.law.value(name, on=self.on, place=self.place)
        except NotFound:
            return None
        return value.citation if value.value is True else None

    def number(self, name: str) -> float:
        value = self.law.value(name, on=self.on, place=self.place).value
        assert isinstance(value, int | float)
        return float(value)

    def _decide(self, occupation: str, *, demanded: bool) -> Decision:
        return decide(
            self.law, act=Act.RECRUIT, occupation=occupation, on=self.on, place=self.place,
            demanded=demanded, occupation_levels=self._levels,
        )  # fmt: skip
