import json

import pytest

from chizheng.certificates.core import keys
from chizheng.certificates.core.keys import Algorithm, Ed25519Signer, Ed25519Verifier, Forged
from chizheng.kernel.errors import BadInput, Unavailable
from tests.shared_data import shared

# RFC 8032 section 7.1, TEST 1 and TEST 2
RFC8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC8032)
def test_ed25519_as_in_the_rfc(seed, public, message, signature):
    signer = Ed25519Signer(bytes.fromhex(seed))
    assert signer.public.hex() == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature
    Ed25519Verifier(bytes.fromhex(public)).verify(bytes.fromhex(message), bytes.fromhex(signature))


def test_anything_altered_is_forged():
    signer = Ed25519Signer(bytes(32))
    check = keys.verifier("ed25519", signer.public)
    signature = signer.sign(b"message")
    check.verify(b"message", signature)
    for message, tag in ((b"massage", signature), (b"message", signature[::-1]), (b"message", b""),
                         (b"message", signature + b"\0")):  # fmt: skip
        with pytest.raises(Forged):
            check.verify(message, tag)


def test_keys_that_are_none_are_refused():
    for algorithm, public in (("ed25519", b"short"), ("es256", bytes(33)), ("es256", b"")):
        with pytest.raises(BadInput, match="bad_key"):
            keys.verifier(algorithm, public)
    with pytest.raises(BadInput, match="bad_key"):
        keys.signer("ed25519", b"short")
    with pytest.raises(Unavailable, match="no_signer"):
        keys.signer("es256", bytes(32))


def test_a_signer_does_not_print_its_secret():
    assert bytes(range(32)).hex()[:16] not in repr(Ed25519Signer(bytes(range(32))))


@pytest.mark.parametrize("suite", ["ed25519_test.json", "ecdsa_secp256r1_sha256_p1363_test.json"])
def test_wycheproof(suite):
    groups = json.loads(shared(f"data/vectors/wycheproof/testvectors_v1/{suite}").read_text())["testGroups"]
    run = 0
    for group in groups:
        algorithm = Algorithm.ED25519 if "ed25519" in suite else Algorithm.ES256
        public = group["publicKey"].get("pk") or group["publicKey"]["uncompressed"]
        check = keys.verifier(algorithm, bytes.fromhex(public))
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            run += 1
            if case["result"] == "valid":
                check.verify(message, signature)
            else:
                with pytest.raises(Forged):
                    check.verify(message, signature)
    assert run > 100


def test_all_of_the_rfc_8032_file():
    lines = shared("data/vectors/cryptography-vectors/asymmetric/Ed25519/sign.input").read_text().split()
    assert len(lines) == 1024
    for line in lines[::8]:
        seed, public, message, signed, _ = line.split(":")
        signer = Ed25519Signer(bytes.fromhex(seed)[:32])
        assert signer.public.hex() == public
        assert signer.sign(bytes.fromhex(message)).hex() == signed[:128]


class TestSm2:
    """GB/T 32918.5 annex A: the key and the signature printed in the standard."""

    SECRET = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
    R = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3")
    S = bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")

    @pytest.fixture(autouse=True)
    def _library(self):
        pytest.importorskip("tongsuopy", reason="SM2 is optional: requirements/sm2.in")

    def test_the_signature_of_the_standard(self):
        signer = keys.signer("sm2", self.SECRET)
        keys.verifier("sm2", signer.public).verify(b"message digest", self.R + self.S)
        assert signer.public[1:5].hex() == "09f9df31"

    def test_round_trip_and_forgery(self):
        signer = keys.signer("sm2", self.SECRET)
        check = keys.verifier("sm2", signer.public)
        signature = signer.sign(b"message")
        check.verify(b"message", signature)
        for message, tag in ((b"massage", signature), (b"message", bytes(64)), (b"message", b"")):
            with pytest.raises(Forged):
                check.verify(message, tag)
        with pytest.raises(BadInput, match="bad_key"):
            keys.verifier("sm2", b"\x04" + bytes(64))

    def test_the_same_envelopes(self):
        from chizheng.certificates.core import claims as c
        from chizheng.certificates.core.envelopes import cose
        from tests.certificates.made import claims

        signer = keys.signer("sm2", self.SECRET)
        message = cose.parse(cose.Frame.of(signer).seal(c.encode(claims()), None, signer))
        assert message.algorithm is Algorithm.SM2
        assert c.decode(cose.verify(message, keys.verifier("sm2", signer.public))) == claims()

    def test_another_implementation_agrees(self):
        sm2 = pytest.importorskip("gmssl.sm2", reason="gmssl is only an oracle")
        signer = keys.signer("sm2", self.SECRET)
        oracle = sm2.CryptSM2(private_key=self.SECRET.hex(), public_key=signer.public[1:].hex(), asn1=False)
        assert oracle.verify_with_sm3(signer.sign(b"oracle").hex(), b"oracle")


def test_without_the_optional_package_the_remedy_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "tongsuopy.crypto", None)
    monkeypatch.setitem(sys.modules, "tongsuopy.crypto.asymciphers", None)
    with pytest.raises(Unavailable, match="no_sm2"):
        keys.signer("sm2", bytes(31) + b"\1")


def test_sm3_of_the_standard():
    import hashlib

    if "sm3" not in hashlib.algorithms_available:
        pytest.skip("this OpenSSL has no SM3")
    vectors = json.loads(shared("data/vectors/inline/sm3_gmt0004.json").read_text())["v"]
    for vector in vectors:
        assert hashlib.new("sm3", bytes.fromhex(vector["in_hex"])).hexdigest() == vector["out"]
