import base64
import json
import re
import zlib

import cbor2
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.envelopes import base45, cose
from chizheng.certificates.core.keys import Ed25519Verifier, Es256Verifier, Forged
from chizheng.kernel.errors import BadInput
from tests.certificates.made import ISSUER, LOG, STRANGER, claims, promised, signed
from tests.shared_data import shared

ISSUER_KEY = Ed25519Verifier(ISSUER.public)
FRAME = cose.Frame.of(ISSUER)


def sealed(with_promise: bool = True) -> bytes:
    promise = promised(claims()) if with_promise else None
    return FRAME.seal(claims_.encode(claims()), promise, ISSUER)


@pytest.mark.parametrize("with_promise", [True, False])
def test_both_ways_of_reading_agree(with_promise):
    data = sealed(with_promise)
    message = cose.parse(data)
    assert FRAME.open(data, ISSUER_KEY) == cose.verify(message, ISSUER_KEY) == claims_.encode(claims())
    assert message.key_id == ISSUER.key_id
    assert message.promise == (promised(claims()) if with_promise else None)


@settings(max_examples=300)
@given(
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 2), st.binary(max_size=3)), max_size=2),
)
def test_the_frame_is_read_as_any_message_is(with_promise, edits):
    """`parse` slices what stands in our own frame; whatever is altered, it says what the general reader says."""
    data = sealed(with_promise)
    for at, gone, piece in edits:
        data = data[:at] + piece + data[at + gone :]
    framed = cose._framed(data)
    if not edits:
        assert framed is not None
    if framed is not None:
        general = cose._parse_any(data)
        assert framed == general
        assert framed.signed_bytes() == cbor2.dumps(
            ["Signature1", general.protected_raw, b"", general.payload]
        )


def test_an_independent_implementation_agrees():
    import cwt

    data = sealed()
    public = cwt.COSEKey.new({1: 1, 2: ISSUER.key_id, 3: -8, 4: [2], -1: 6, -2: ISSUER.public})
    assert cwt.COSE.new().decode(data, keys=[public], enable_non_aead=False) == claims_.encode(claims())


def test_we_read_what_an_independent_implementation_signs():
    import cwt

    seed = bytes(range(32))
    private = cwt.COSEKey.from_jwk(
        {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA",
         "x": base64.urlsafe_b64encode(ISSUER.public).decode().rstrip("="),
         "d": base64.urlsafe_b64encode(seed).decode().rstrip("=")}
    )  # fmt: skip
    data = cwt.COSE.new(alg_auto_inclusion=True).encode_and_sign(b"payload", private)
    assert cose.verify(cose.parse(data), ISSUER_KEY) == b"payload"


def test_the_qr_fits_version_13_at_level_m():
    text = signed().qr
    assert text.startswith("CZ1:")
    assert len(text) <= 483  # alphanumeric capacity of 13-M (ISO/IEC 18004 table 7)
    assert set(text) <= set(base45.ALPHABET)
    assert cose.from_text(text) == cose.from_text(text + "\n")


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_flipped_byte_survives(where, flip):
    data = bytearray(sealed(False))
    data[where % len(data)] ^= flip
    for read in (lambda d: FRAME.open(d, ISSUER_KEY), lambda d: cose.verify(cose.parse(d), ISSUER_KEY)):
        with pytest.raises((BadInput, Forged)):
            read(bytes(data))


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_parser(data):
    for start in (b"", FRAME.bare, FRAME.promised):
        with pytest.raises((BadInput, Forged)):
            FRAME.open(start + data, ISSUER_KEY)
        try:
            cose.parse(start + data)
        except BadInput:
            continue


@given(st.text(max_size=200))
def test_no_text_crashes_the_reader(text):
    for prefix in ("", "CZ1:"):
        try:
            cose.parse(cose.from_text(prefix + text))
        except BadInput:
            continue


def _message(protected, unprotected, payload=b"p", tags=(18,)):
    raw = protected if isinstance(protected, bytes) else cbor2.dumps(protected)
    signature = ISSUER.sign(cbor2.dumps(["Signature1", raw, b"", payload]))
    value = [raw, unprotected, payload, signature]
    for tag in tags:
        value = cbor2.CBORTag(tag, value)
    return cbor2.dumps(value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (_message({1: -8}, {1: -8}), "algorithm in both maps"),
        (_message({1: -8, 2: [99], 99: 1}, {}), "critical header we do not know"),
        (_message(bytes.fromhex("a2012701 27".replace(" ", "")), {}), "header twice"),
        (_message({1: -8}, {}, tags=(98,)), "COSE_Sign, not Sign1"),
        (_message({1: -8, -70001: bytes(76)}, {}), "promise protected"),
        (_message({1: -8}, {-70001: bytes(75)}), "promise of the wrong size"),
        (_message({1: -8}, {-70001: 7}), "promise that is no bytes"),
        (b"\xd2" * 9 + _message({1: -8}, {}), "tags on tags"),
        (b"\x84" + bytes(5000), "too large"),
    ],
)
def test_ambiguous_messages_are_refused(data, why):
    with pytest.raises(BadInput):
        cose.parse(data)


def test_the_protected_key_id_wins_and_the_algorithm_must_be_the_keys():
    message = cose.parse(_message({1: -8, 4: ISSUER.key_id}, {4: STRANGER.key_id}, tags=(18, 61)))
    assert message.key_id == ISSUER.key_id
    assert cose.verify(message, ISSUER_KEY) == b"p"
    with pytest.raises(BadInput, match="bad_cose"):
        cose.verify(cose.parse(_message({1: -7}, {})), ISSUER_KEY)
    with pytest.raises(BadInput, match="bad_cose"):
        cose.verify(cose.parse(_message({}, {4: b"k"})), ISSUER_KEY)


def test_another_key_does_not_verify():
    with pytest.raises(Forged):
        cose.verify(cose.parse(sealed()), Ed25519Verifier(STRANGER.public))
    assert LOG.key_id != ISSUER.key_id


# -- official vectors --------------------------------------------------------------------------------


class _Any:
    """A test-only verifier for the algorithms of foreign vectors (any curve, PSS)."""

    def __init__(self, key, number):
        self.key, self.number = key, number

    def verify(self, message, signature):
        hash_ = {-7: hashes.SHA256, -35: hashes.SHA384, -36: hashes.SHA512, -37: hashes.SHA256}[self.number]()
        try:
            if isinstance(self.key, rsa.RSAPublicKey):
                pss = padding.PSS(padding.MGF1(hash_), hash_.digest_size)
                self.key.verify(signature, message, pss, hash_)
            else:
                half = len(signature) // 2
                r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
                self.key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hash_))
        except (InvalidSignature, ValueError):
            raise Forged from None


def _cose_key(found):
    if found["kty"] == "OKP":
        return Ed25519Verifier(bytes.fromhex(found["x_hex"])) if found["crv"] == "Ed25519" else None
    curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[found["crv"]]
    x, y = (int.from_bytes(base64.urlsafe_b64decode(found[c] + "=="), "big") for c in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()


def test_cose_wg_examples():
    run = 0
    for folder in ("sign1-tests", "eddsa-examples", "ecdsa-examples"):
        for path in sorted(shared(f"data/vectors/cose-wg/{folder}").glob("*.json")):
            case = json.loads(path.read_text())
            spec = case["input"].get("sign0")
            if spec is None:
                continue  # COSE_Sign with several signers is not read here
            key = _cose_key(spec["key"])
            if key is None:
                continue  # Ed448
            data = bytes.fromhex(case["output"]["cbor"])
            external = bytes.fromhex(spec.get("external", ""))
            run += 1

            def check(data=data, key=key, external=external):
                message = cose.parse(data)
                number = message.header(1)
                if not isinstance(key, Ed25519Verifier):
                    if number not in (-7, -35, -36):
                        raise Forged
                    _Any(key, number).verify(message.signed_bytes(external), message.signature)
                    return message.payload
                return cose.verify(message, key, external)

            if case.get("fail"):
                with pytest.raises((BadInput, Forged)):
                    check()
            else:
                assert check() == case["input"]["plaintext"].encode(), path.name
    assert run >= 12


def _dgc():
    root = shared("data/vectors/eu-dgc-testdata")
    for path in sorted(root.rglob("*.json")):
        case = json.loads(path.read_text())
        if "EXPECTEDVERIFY" in case.get("EXPECTEDRESULTS", {}) and case.get("COSE"):
            yield case


def test_eu_digital_covid_certificates():
    """The signature layer of 57 official cases, the key found by its id."""
    run = 0
    for case in _dgc():
        context = case["TESTCTX"]
        certificate = x509.load_der_x509_certificate(base64.b64decode(context["CERTIFICATE"]))
        key_id = certificate.fingerprint(hashes.SHA256())[:8]

        def check(case=case, certificate=certificate, key_id=key_id):
            message = cose.parse(bytes.fromhex(case["COSE"]))
            number = message.header(1)
            if number not in (-7, -37) or message.key_id != key_id:
                raise Forged
            if isinstance(certificate.public_key(), rsa.RSAPublicKey) != (number == -37):
                raise Forged
            _Any(certificate.public_key(), number).verify(message.signed_bytes(), message.signature)

        run += 1
        if case["EXPECTEDRESULTS"]["EXPECTEDVERIFY"]:
            check()
        else:
            with pytest.raises((BadInput, Forged, ValueError, KeyError)):
                check()
    assert run == 57


def test_eu_covid_certificate_texts():
    """Base45 of the prefixed texts, as far as the case says it should decode."""
    run = 0
    for path in sorted(shared("data/vectors/eu-dgc-testdata").rglob("*.json")):
        case = json.loads(path.read_text())
        text, expected = case.get("BASE45", ""), case.get("EXPECTEDRESULTS", {})
        if not text or "EXPECTEDB45DECODE" not in expected:
            continue
        text = re.sub(r"^HC1:", "", text)
        run += 1
        if expected["EXPECTEDB45DECODE"]:
            data = base45.decode(text)
            if case.get("COMPRESSED"):
                assert data.hex() == case["COMPRESSED"].lower()
                assert zlib.decompress(data)[:1] in (b"\xd2", b"\xd8", b"\x84")
        else:
            with pytest.raises(BadInput):
                base45.decode(text)
    assert run > 40


def test_es256_of_the_cose_examples_through_our_own_verifier():
    case = json.loads(shared("data/vectors/cose-wg/sign1-tests/sign-pass-01.json").read_text())
    found = case["input"]["sign0"]["key"]
    point = b"\x04" + b"".join(base64.urlsafe_b64decode(found[c] + "==") for c in "xy")
    message = cose.parse(bytes.fromhex(case["output"]["cbor"]))
    Es256Verifier(point).verify(message.signed_bytes(), message.signature)
