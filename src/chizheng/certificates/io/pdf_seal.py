"""The certificate that seals PDFs, made in the key ceremony: a root of its own and one signing certificate.

P-256, because PDF readers know it. A deployment brings the seal of its certificate authority instead (PKCS#12);
this one is as good as the way its root reached the reader.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning, RFC 9336."""


def make(name: str, secret: bytes, now: datetime, *, years: int = 10) -> tuple[bytes, bytes]:
    """(PKCS#12 with key and chain under passphrase `secret`, root certificate as DER)."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, subject = _name(f"{name} PDF Root"), _name(name)
    until = now + timedelta(days=365 * years)
    root = (
        _start(root_name, root_name, root_key.public_key(), now, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=False, certify=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _start(subject, root_name, key.public_key(), now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=True, certify=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, _DOCUMENT_SIGNING]), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )
    packed = pkcs12.serialize_key_and_certificates(
        name.encode(), key, leaf, [root], BestAvailableEncryption(secret)
    )
    return packed, root.public_bytes(Encoding.DER)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _start(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, sign: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign, content_commitment=sign, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=certify, crl_sign=certify, encipher_only=False, decipher_only=False,
    )  # fmt: skip
