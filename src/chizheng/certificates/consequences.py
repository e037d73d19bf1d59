"""What follows from an annulled certificate: asked of every context that builds on certificates.

    tell(f)        at import of a context's app: f(certificate ids) -> iterable of Consequence
    following(...)  all of them, for the person who has to decide

The certificates know one themselves: a higher level that was obtained on the strength of the void one.
Contexts downstream (referrals, allowances, hirings) answer through this seam, for they may not be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from chizheng.certificates.models import Certificate
from chizheng.kernel.wording import Wording


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing to review: which certificate it follows from, what it is, where to look, its link if any."""

    certificate: int
    kind: Wording
    what: str
    url: str = ""


Teller = Callable[[Collection[int]], Iterable[Consequence]]
_tellers: list[Teller] = []

HIGHER = Wording("凭该证书晋升的更高等级", "a higher level obtained on the strength of it")
NEWER = Wording("由该证书补发或更正的版本", "a version reissued or corrected from it")


def tell(teller: Teller) -> Teller:
    """Register somebody who knows consequences."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def following(certificates: Collection[int]) -> list[Consequence]:
    """Everything that stands on these certificates, in the order of the tellers."""
    return [one for teller in _tellers for one in teller(certificates)]


@tell
def higher_levels(certificates: Collection[int]) -> Iterable[Consequence]:
    """Certificates of the same person and occupation at a higher level, issued later."""
    void = {c.pk: c for c in Certificate.objects.filter(pk__in=certificates)}
    later = Certificate.objects.filter(
        person_id__in={c.person_id for c in void.values()}, state__in=["valid", "suspended"]
    ).exclude(pk__in=void)
    rows = list(later.order_by("issued_on"))
    for one in void.values():
        for row in rows:
            if (row.person_id, row.occupation) != (
                one.person_id,
                one.occupation,
            ) or row.issued_on < one.issued_on:
                continue
            if row.level < one.level:
                yield Consequence(one.pk, HIGHER, row.number, f"/certificates/{row.uuid}/")
            elif row.previous_id == one.pk:
                yield Consequence(one.pk, NEWER, row.number, f"/certificates/{row.uuid}/")
