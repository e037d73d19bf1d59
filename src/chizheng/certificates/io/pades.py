"""PAdES signatures on a certificate's PDF, on request (pyHanko): for archives that ask for a signed file.

Slow beside our own envelopes (tens a second), and never needed for verification: the QR is. A signed
file is judged by pyHanko's `bottom_line` alone; `valid` also holds for a file that was altered.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import BadInput

FIELD = "Chizheng"


@dataclass(frozen=True, slots=True)
class PdfSeal:
    """A certificate and key ready to sign; made once, because loading is what costs."""

    signer: Any

    @classmethod
    def from_pkcs12(cls, data: bytes, passphrase: str) -> PdfSeal:
        """From a PKCS#12 file; raises BadInput (`bad_pkcs12`)."""
        from pyhanko.sign import signers

        try:
            signer = signers.SimpleSigner.load_pkcs12_data(data, [], passphrase=passphrase.encode())
        except ValueError:
            raise BadInput("bad_pkcs12", FAULTS["bad_pkcs12"]) from None
        return cls(signer)


@dataclass(frozen=True, slots=True)
class SealFinding:
    """What one signature in a PDF is worth: only `sound` counts."""

    sound: bool
    signer: str
    detail: str


def seal(data: bytes, key: PdfSeal, *, reason: str, location: str = "") -> bytes:
    """The PDF with one PAdES-B-B signature over the whole file."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason,
        location=location or None,
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    signers.PdfSigner(meta, signer=key.signer).sign_pdf(writer, output=out)
    return out.getvalue()


def examine(data: bytes, roots: Sequence[bytes], *, at: datetime) -> list[SealFinding]:
    """Every signature in a PDF judged against trusted `roots` (DER) at an instant; [] for none.

    Raises BadInput (`unreadable_picture`) for what is no PDF.
    """
    from asn1crypto import x509
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in roots], allow_fetching=False, moment=at
    )
    try:
        found = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures
    except (PdfError, ValueError, KeyError, TypeError, IndexError):
        raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name="PDF") from None
    findings = []
    for embedded in found:
        subject = str(embedded.signer_cert.subject.human_friendly)
        try:
            status = validate_pdf_signature(embedded, context)
        except (SignatureValidationError, SigningError, PdfError) as fault:
            findings.append(SealFinding(False, subject, type(fault).__name__))
            continue
        findings.append(SealFinding(bool(status.bottom_line), subject, status.summary()))
    return findings
