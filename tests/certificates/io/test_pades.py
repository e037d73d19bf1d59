from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from chizheng.certificates.io import pades, pdf, qr
from chizheng.kernel.errors import BadInput
from tests.certificates.io.printed import sheet
from tests.certificates.made import NOW

START = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture(scope="module")
def seal():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example Seal")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=400))
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, True, False, False, False), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    locked = pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, None, serialization.BestAvailableEncryption(b"words")
    )
    return locked, certificate.public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="module")
def signed(seal):
    plain = pdf.typeset([sheet()], at=NOW)
    return pades.seal(plain, pades.PdfSeal.from_pkcs12(seal[0], "words"), reason="核发")


def test_a_sealed_file_is_sound_and_still_carries_its_code(seal, signed):
    (finding,) = pades.examine(signed, [seal[1]], at=datetime.now(UTC))
    assert finding.sound, finding.detail
    assert "Example Seal" in finding.signer
    assert qr.certificate_text(signed) == sheet().qr


def test_an_altered_file_is_not_sound(seal, signed):
    at = len(signed) // 3
    altered = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    assert not any(f.sound for f in pades.examine(altered, [seal[1]], at=datetime.now(UTC)))


def test_an_unknown_root_is_not_sound_and_no_signature_is_none(seal, signed):
    assert [f.sound for f in pades.examine(signed, [], at=datetime.now(UTC))] == [False]
    assert pades.examine(pdf.typeset([sheet()], at=NOW), [seal[1]], at=NOW) == []
    with pytest.raises(BadInput):
        pades.examine(b"no pdf", [seal[1]], at=NOW)


def test_a_wrong_passphrase_is_said(seal):
    with pytest.raises(BadInput, match="bad_pkcs12"):
        pades.PdfSeal.from_pkcs12(seal[0], "wrong")
