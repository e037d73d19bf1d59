"""What may be changed on a certificate afterwards: correction 更正, reissue 补发, renumbering; and what is annulment.

A correction mends how the record describes the very person and award it was given for. It gets a new
version; the old one stays verifiable as superseded, for others may hold a copy. Whoever would change
more than one of name, birth date and identity document has another person in hand; whoever would change
occupation, level or date has another award: neither is a correction, the certificate has to be annulled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from chizheng.certificates.core import names
from chizheng.certificates.core.claims import Basis, Claims
from chizheng.certificates.core.commitments import Cause
from chizheng.kernel.errors import Refused
from chizheng.kernel.wording import Wording

IDENTITY: Final = ("name", "birth", "document")
FIELDS: Final[Mapping[str, Wording]] = {
    "name": Wording("姓名", "name"),
    "birth": Wording("出生日期", "date of birth"),
    "document": Wording("证件号码", "identity document"),
    "sex": Wording("性别", "sex"),
}

_NOTHING = Wording(
    zh="没有任何一项与原证书不同，无须更正",
    en="nothing differs from the certificate; there is nothing to correct",
)
_PERSON = Wording(
    zh="同时更改{fields}等于换成另一个人：这不是更正。请撤销该证书；本人合格的，另行核发",
    en="changing {fields} together makes it another person's: that is no correction. Annul the certificate; "
    "if that person passed, issue one of their own",
)
_TAKEN = Wording(
    zh="更正后的证件号码属于另一位已登记人员：这不是更正。请撤销该证书",
    en="the corrected document belongs to another registered person: that is no correction. Annul the certificate",
)
_SPENT = Wording(
    zh="该证书现为“{state}”，只有有效证书可以补发或更正",
    en="the certificate is '{state}'; only a valid one can be reissued or corrected",
)


@dataclass(frozen=True, slots=True)
class Particulars:
    """The bearer as a certificate describes them; `document` is the canonical document number."""

    name: str
    sex: str
    birth: date | None
    document: str


def changes(before: Particulars, after: Particulars) -> tuple[str, ...]:
    """Fields that a correction changes, in the order of `FIELDS`."""
    return tuple(f for f in FIELDS if getattr(before, f) != getattr(after, f))


def require_correction(before: Particulars, after: Particulars, *, taken: bool) -> tuple[str, ...]:
    """The fields to correct; raises Refused for none, and for what would be another person.

    `taken`: the new document is registered for somebody else. A new spelling of the same name (dots,
    width) is no change of identity.
    """
    changed = changes(before, after)
    if not changed:
        raise Refused("nothing_to_correct", _NOTHING)
    if taken:
        raise Refused("other_person", _TAKEN)
    touched = [f for f in changed if f in IDENTITY]
    if "name" in touched and names.same(before.name, after.name):
        touched.remove("name")
    if len(touched) > 1:
        raise Refused("other_person", _PERSON, fields="、".join(FIELDS[f].zh for f in touched))
    return changed


def require_valid(state: str) -> None:
    """Raise Refused unless a certificate in this state may be reissued or corrected."""
    if state != "valid":
        raise Refused("not_amendable", _SPENT, state=state)


def basis_after(old: Claims) -> Basis:
    """What the new version stands on: legacy stays legacy for ever, anything else is a replacement."""
    return Basis.LEGACY if old.basis is Basis.LEGACY else Basis.REPLACEMENT


CAUSES: Final[Mapping[Basis, Cause]] = {
    Basis.CONTEST: Cause.CONTEST,
    Basis.PANEL: Cause.PANEL,
    Basis.LEGACY: Cause.LEGACY,
    Basis.REPLACEMENT: Cause.REPLACEMENT,
}
"""The log's EXCEPTION entry that allows certificates of each basis."""
