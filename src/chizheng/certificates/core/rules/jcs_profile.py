"""The credential keeps the profile in which the fast encoder writes exactly RFC 8785.

What a record adds to a document are texts, and whole numbers that `record_form` bounds; everything else
comes from the issuer's profile and is looked at once.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from chizheng.certificates.core.claims import Basis, Claims, DocumentKind, Rating, Sex
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.envelopes import jcs, vc
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "jcs_profile"

LEAVES = Wording(zh="凭证数据超出签名规范：{where}", en="The credential leaves the signing profile: {where}")


def check(draft: Draft, context: Context) -> list[Finding]:
    del context
    c = draft.claims
    broken = _around(draft.issuer)
    if not broken and jcs.whole("".join([getattr(c, name) for name in TEXTS])):
        return []
    for name in TEXTS:
        broken += tuple(f"{name}{fault[1:]}" for fault in jcs.faults(getattr(c, name)))
    return [Finding(CODE, LEAVES, {"where": where}) for where in broken]


TEXTS = (
    "number", "name", "document_tail", "occupation", "occupation_code", "institution", "authority", "sitting",
)  # fmt: skip


@lru_cache(maxsize=16)
def _around(issuer: vc.Profile) -> tuple[str, ...]:
    """Faults of the document that a plain record gives under this issuer."""
    plain = Claims(
        number="0000000000000000", name="-", document=DocumentKind.OTHER, document_tail="", sex=Sex.UNSTATED,
        birth=date(2000, 1, 1), occupation="-", occupation_code="", level=5, theory=1000, practice=1000,
        comprehensive=1000, rating=Rating.GOOD, issued=date(2000, 1, 1), institution="", authority="-",
        sitting="-", basis=Basis.EXAM, version=2**16, status=2**40, salt=bytes(16),
    )  # fmt: skip
    return tuple(jcs.faults(vc.document(plain, issuer, None)))


def clears(roll: Roll, context: Context) -> bool:
    return not check(roll.first, context) and jcs.whole("".join([*roll.names, *roll.tails]))
