"""A certificate before it is signed: the draft, what is known about its surroundings, and findings."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol

from chizheng.certificates.core.claims import Claims
from chizheng.certificates.core.envelopes.vc import Profile
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording

if TYPE_CHECKING:
    from chizheng.certificates.core.roll import Roll


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be signed. `texts`: everything else that will be printed (names of bodies and the like)."""

    claims: Claims
    issuer: Profile
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What lint may know. Everything is given; lint looks nothing up.

    authority, period   whose key will sign, and for which days of issue
    today               the day of signing
    sat                 last day of the sitting, None where there was none
    taken               is there already a certificate of this number and version?
    commitments         kinds of entries the log holds for the sitting (ROSTER, ATTEND, ...)
    approvers           different persons who approved
    glyphs              code points that the certificate's fonts can print
    pass_mark           tenths of a point that each part needs
    reviewed_levels     levels that need a comprehensive review 综合评审
    """

    authority: str
    period: Period
    today: date
    sat: date | None
    taken: Callable[[str, int], bool]
    commitments: Container[str]
    approvers: int
    glyphs: Container[int]
    pass_mark: int
    reviewed_levels: frozenset[int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault that stops the signature."""

    rule: str
    wording: Wording
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: str = "zh") -> str:
        return self.wording.say(lang, **self.params)


class Rule(Protocol):
    """A module of `core/rules`: `CODE` and a pure `check`, which is the rule."""

    CODE: str

    def check(self, draft: Draft, context: Context) -> list[Finding]: ...

    def clears(self, roll: Roll, context: Context) -> bool:
        """The same rule for a whole roll, by columns. True only where `check` finds nothing in any of its
        drafts; where in doubt, False: the drafts are then checked one by one. Asked only when the rules
        before it are clear, and never of an empty roll."""
