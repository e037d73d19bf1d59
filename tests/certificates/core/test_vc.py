import hashlib
import json

import jsonschema
import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from chizheng.certificates.core.claims import Basis, Rating
from chizheng.certificates.core.envelopes import base58, vc
from chizheng.certificates.core.keys import Ed25519Signer, Ed25519Verifier, Forged
from chizheng.kernel.errors import BadInput
from tests.certificates.made import ISSUER, NOW, PROFILE, STRANGER, claims, promised, signed
from tests.shared_data import shared

KEY = Ed25519Verifier(ISSUER.public)


def credential(**changes):
    return orjson.loads(signed(claims(**changes)).credential)


def resigned(document, signer=ISSUER, method=None):
    document.pop("proof", None)
    return vc.secure(document, signer, method=method or vc.method_of(PROFILE.did, signer), created=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"comprehensive": 700, "level": 2, "number": "2610012003200017", "rating": Rating.PASS},
        {"theory": None, "practice": None, "rating": Rating.UNRATED, "basis": Basis.CONTEST, "sitting": ""},
        {"birth": None, "occupation_code": ""},
    ],
)
def test_the_record_comes_back(changes):
    secured = vc.parse(signed(claims(**changes)).credential)
    vc.check(secured, KEY)
    read, profile, promise = vc.read(secured.unsecured)
    assert read == claims(**changes)
    assert profile == PROFILE
    assert promise == promised(claims(**changes))


def test_the_signature_is_the_one_of_the_specification():
    """vc-di-eddsa 3.3: SHA-256 of the canonical proof configuration and of the canonical document."""
    document = credential()
    (proof,) = document.pop("proof")
    value = proof.pop("proofValue")
    message = hashlib.sha256(rfc8785.dumps(proof)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()
    assert value == "z" + base58.encode(ISSUER.sign(message))


def test_a_claim_that_differs_from_the_record_is_refused_even_when_signed():
    document = credential()
    document["credentialSubject"]["achievement"]["name"] = "电工"
    secured = vc.parse(resigned(document))
    vc.check(secured, KEY)
    with pytest.raises(BadInput, match="bad_vc"):
        vc.read(secured.unsecured)


@pytest.mark.parametrize(
    "alter",
    [
        lambda d: d["credentialSubject"]["record"].update(name="甄冒名"),
        lambda d: d.update(validFrom="2020-01-01T00:00:00Z"),
        lambda d: d["credentialStatus"].update(statusListIndex="1"),
        lambda d: d["proof"][0].update(created="2026-01-01T00:00:00Z"),
        lambda d: d.update({"@context": d["@context"][:2]}),
        lambda d: d["proof"][0].update({"@context": d["@context"][:1]}),
        lambda d: d["proof"][0].update(proofValue="z" + base58.encode(bytes(64))),
        lambda d: d.update(extra=1),
    ],
)
def test_nothing_can_be_altered(alter):
    document = credential()
    alter(document)
    with pytest.raises(Forged):
        vc.check(vc.parse(orjson.dumps(document)), KEY)


@pytest.mark.parametrize(
    "alter",
    [
        lambda d: d.update(proof=[*d["proof"], *d["proof"]]),
        lambda d: d.update(proof="none"),
        lambda d: d.pop("proof"),
        lambda d: d["proof"][0].update(cryptosuite="eddsa-rdfc-2022"),
        lambda d: d["proof"][0].update(proofPurpose="authentication"),
        lambda d: d["proof"][0].update(domain="elsewhere"),
        lambda d: d["proof"][0].pop("verificationMethod"),
    ],
)
def test_proofs_we_do_not_read_are_refused(alter):
    document = credential()
    alter(document)
    with pytest.raises(BadInput, match="bad_vc"):
        vc.parse(orjson.dumps(document))


def test_floats_and_foreign_documents_are_refused():
    document = credential()
    document["credentialSubject"]["creditsEarned"] = 1.5
    with pytest.raises(BadInput, match="out_of_profile"):
        vc.check(vc.parse(orjson.dumps(document)), KEY)
    with pytest.raises(BadInput, match="bad_vc"):
        vc.read({"credentialSubject": {"record": {}}})


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "proof",
                        "type",
                        "cryptosuite",
                        "proofPurpose",
                        "proofValue",
                        "verificationMethod",
                        "record",
                        "issuer",
                        "id",
                        "credentialSubject",
                        "evidence",
                        "@context",
                    ]
                ),
                x,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_no_json_crashes_the_reader(value):
    for data in (
        orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS) if _fits(value) else b"{}",
    ):
        try:
            secured = vc.parse(data)
            vc.check(secured, KEY)
        except (BadInput, Forged):
            pass
    if isinstance(value, dict):
        with pytest.raises(BadInput):
            vc.read(value)


def _fits(value):
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def test_did_key_round_trip():
    did = vc.did_key(STRANGER)
    assert did.startswith("did:key:z6Mk")
    assert vc.key_of_did_key(did).public == STRANGER.public
    assert vc.key_id_of(vc.method_of(did, STRANGER)) == STRANGER.key_id
    assert vc.key_id_of(vc.method_of(PROFILE.did, STRANGER)) == STRANGER.key_id
    assert vc.key_id_of("did:key:zzz") == vc.key_id_of("did:web:x#nothex") == b""


def test_open_badges_schema():
    schema = json.loads(
        shared(
            "data/vectors/openbadges-3.0-educredentials/schemas/ob_v3p0_achievementcredential_schema.json"
        ).read_text()
    )
    validator = jsonschema.Draft201909Validator(schema)
    for changes in (
        {},
        {"comprehensive": 700},
        {"theory": None, "practice": None, "basis": Basis.PANEL, "sitting": ""},
    ):
        assert list(validator.iter_errors(credential(**changes))) == []
    badge = shared("data/vectors/openbadges-3.0-educredentials/_data/credentials")
    assert all(
        validator.is_valid(json.loads(p.read_text())) for p in badge.glob("*.json")
    )  # the oracle is awake


class TestW3cVectors:
    """w3c/vc-di-eddsa TestVectors/eddsa-jcs-2022."""

    @pytest.fixture
    def root(self):
        return shared("data/vectors/w3c-vc-di-eddsa/TestVectors")

    def test_hashes_and_signature_byte_for_byte(self, root):
        folder = root / "eddsa-jcs-2022"
        pair = json.loads((root / "keyPair.json").read_text())
        signer = Ed25519Signer(base58.decode(pair["privateKeyMultibase"][1:])[2:])
        document = json.loads((root / "unsigned.json").read_text())
        config = json.loads((folder / "proofConfigJCS.json").read_text())
        from chizheng.certificates.core.envelopes import jcs

        assert jcs.encode(document).decode() == (folder / "canonDocJCS.txt").read_text()
        assert jcs.encode(config).decode() == (folder / "proofCanonJCS.txt").read_text()
        hashed = hashlib.sha256(jcs.encode(config)).digest() + hashlib.sha256(jcs.encode(document)).digest()
        assert hashed.hex() == (folder / "combinedHashJCS.txt").read_text().strip()
        signature = signer.sign(hashed)
        assert signature.hex() == (folder / "sigHexJCS.txt").read_text().strip()
        assert "z" + base58.encode(signature) == (folder / "sigBTC58JCS.txt").read_text().strip()

    def test_the_signed_document_verifies_and_an_altered_one_does_not(self, root):
        data = (root / "eddsa-jcs-2022" / "signedJCS.json").read_bytes()
        secured = vc.parse(data)
        key = vc.key_of_did_key(secured.method)
        vc.check(secured, key)
        with pytest.raises(Forged):
            vc.check(vc.parse(data.replace(b"School of Examples", b"School of Forgeries")), key)
