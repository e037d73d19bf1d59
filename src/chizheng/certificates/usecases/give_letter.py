"""Give a letter of proof 证明: numbered, entered in the ledger, as PDF/A, with an electronic seal on request."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from chizheng.certificates import keyring, printing
from chizheng.certificates.core.verdicts import Verdict
from chizheng.certificates.io import letter as letters
from chizheng.certificates.io import pades
from chizheng.certificates.io.letter import Letter
from chizheng.certificates.models import Certificate
from chizheng.certificates.queries import read_claims
from chizheng.certificates.usecases.amend_certificate import reissue_refusal
from chizheng.kernel.errors import Unavailable
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform import clock, ledger
from chizheng.platform.numbering import next_number

_SEAL = Wording(
    zh="签好的证明没有通过复核（{what}），不予放行",
    en="the sealed letter did not pass the check ({what}) and is not released",
)


@transaction.atomic
def give_letter(
    *, certificate: Certificate, sealed: bool, actor: Account, now: datetime
) -> tuple[str, bytes]:
    """(the letter's number, its PDF). What is not released is not numbered: everything is one transaction."""
    day = clock.day_of(now)
    serial = f"{day.year}-{next_number('certificates.letter', day.year):06d}"
    record, state = read_claims(certificate), Verdict(certificate.state)
    level = law().level_names.get(record.level)
    refusal = reissue_refusal(certificate, on=day)
    remark = printing.remark_of(certificate)
    data = letters.render(
        Letter(
            serial=serial, qr=printing.code_text(certificate), name=record.name, tail=record.document_tail,
            number=record.number, occupation=record.occupation, level=level.say("zh") if level else str(record.level),
            level_en=level.say("en") if level else "", issued=record.issued, check_code=record.check_code,
            state=f"{state.say('zh')} {state.say('en')}", issuer=certificate.batch.station.name, day=day,
            why=refusal.say("zh") if refusal else "", remark=remark.say("zh") if remark else "",
            verify=settings.SITE_URL.rstrip("/") + "/verify/",
        ),
        at=now,
    )  # fmt: skip
    if sealed:
        data = pades.seal(data, keyring.pdf_signer(), reason=f"{serial} {record.number}")
        found = pades.examine(data, [keyring.pdf_root()], at=now)
        if len(found) != 1 or not found[0].sound:
            raise Unavailable("seal_unsound", _SEAL, what=found[0].detail if found else "-")
    ledger.record(
        verb="certificates.letter", subject=certificate, actor=actor, now=now, number=serial, sealed=sealed
    )
    return serial, data
