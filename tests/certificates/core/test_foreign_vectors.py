"""Vectors of other people's systems: what our parts can judge of them, and that nothing foreign passes for ours.

docs/vectors.md lists every folder of `shared/data/vectors` with its tests, or the reason why it has none.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import cbor2
import pytest

from chizheng.certificates.core import cbor, keys
from chizheng.certificates.core.envelopes import cose, sdjwt, vc
from chizheng.certificates.core.keys import Ed25519Verifier, Forged
from chizheng.certificates.core.merkle import leaf_hash, verify_inclusion
from chizheng.certificates.core.note import ED25519, Checkpoint, Note, VerifierKey
from chizheng.certificates.core.status_lists import bitstring_credential
from chizheng.certificates.core.verification import Verdict, examine
from chizheng.kernel.errors import BadInput, ChizhengError
from tests.certificates.made import ISSUER, LIMITS, NOW, PROFILE, claims, promised, signed, trust
from tests.shared_data import shared

REFUSED = {Verdict.FORGED, Verdict.UNRECOGNISED_ISSUER}


# -- the table ---------------------------------------------------------------------------------------


def test_every_folder_of_vectors_is_in_the_table_and_every_test_it_names_exists() -> None:
    here = Path(__file__).resolve().parents[3]
    rows = [
        line.split("|")
        for line in (here / "docs/vectors.md").read_text().splitlines()
        if line.startswith("| ")
    ][1:]
    folders = {p.name for p in shared("data/vectors").iterdir() if p.is_dir()}
    assert folders == {row[1].strip() for row in rows}
    for row in rows:
        named = re.findall(r"`([\w/]*test_\w+\.py)`", row[2])
        assert named, row[1]
        for name in named:
            assert (here / (name if "/" in name else f"tests/certificates/core/{name}")).exists(), name


# -- nothing foreign is taken for ours ---------------------------------------------------------------

FOREIGN = {
    "ehn-dcc-schema": "**/*.json",
    "oa-verify": "**/*.json",
    "openbadges-3.0": "**/*.json",
    "openbadges-3.0-educredentials": "_data/**/*.json",
    "openbadges-3.0-inspector": "**/*.json",
    "sigstore-conformance": "**/*.json",
    "w3c-bitstring-status-list-test-suite": "**/*.json",
    "w3c-vc-data-model": "schema/**/*.json",
    "w3c-vc-di-eddsa": "**/*.json",
    "w3c-vc-dm2-test-suite": "**/*.json",
    "w3c-vc-jose-cose-test-suite": "**/*",
}


@pytest.mark.parametrize(("folder", "glob"), FOREIGN.items())
def test_no_foreign_document_is_taken_for_a_certificate_of_ours(folder: str, glob: str) -> None:
    files = [p for p in shared(f"data/vectors/{folder}").glob(glob) if p.is_file()]
    assert files
    for path in files:
        try:
            report = examine(path.read_bytes(), trust(), now=NOW, limits=LIMITS)
        except BadInput:  # no certificate at all
            continue
        assert report.verdict in REFUSED, path


# -- W3C data model ----------------------------------------------------------------------------------


def _inputs(kind: str) -> Iterator[tuple[str, dict[str, object]]]:
    for path in sorted(
        shared("data/vectors/w3c-vc-dm2-test-suite/tests/input").rglob(f"credential-*-{kind}.json")
    ):
        yield path.stem, json.loads(path.read_text())


def test_what_the_data_model_suite_refuses_is_refused_of_ours_too() -> None:
    """Put the very member that makes an input of the suite wrong into a certificate of ours: the reader, which
    draws the readable part again from the record, refuses each, because nothing may differ."""
    own = json.loads(signed().credential)
    tried = 0
    for name, wrong in _inputs("fail"):
        for member in ("@context", "id", "type", "issuer", "credentialStatus", "validFrom", "evidence"):
            given, usual = wrong.get(member), own.get(member)
            if given == usual or (member not in wrong and member in ("id", "evidence", "credentialStatus")):
                continue
            changed = {k: v for k, v in own.items() if k != member}
            if member in wrong:
                changed[member] = given
            tried += 1
            try:
                report = examine(json.dumps(changed).encode(), trust(), now=NOW, limits=LIMITS)
            except BadInput:
                continue
            assert report.verdict in REFUSED, (name, member)
    assert tried > 100


def _schema():
    import jsonschema

    path = shared(
        "data/vectors/w3c-vc-data-model/schema/verifiable-credential/verifiable-credential-schema.json"
    )
    return jsonschema.Draft202012Validator(json.loads(path.read_text()))


def test_our_credentials_keep_the_schema_of_the_data_model() -> None:
    validator = _schema()
    assert list(validator.iter_errors(json.loads(signed().credential))) == []
    # the oracle is awake: it knows what is missing
    own = json.loads(signed().credential)
    for member in ("@context", "type", "issuer", "credentialSubject"):
        assert not validator.is_valid({k: v for k, v in own.items() if k != member})


def _terms(*contexts: Path) -> set[str]:
    """Every term that a JSON-LD context defines, at any depth."""
    found: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.update(k for k in node if not k.startswith("@"))
            for item in node.values():
                walk(item)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    for path in contexts:
        walk(json.loads(path.read_text())["@context"])
    return found


def _members(node: object) -> set[str]:
    if isinstance(node, dict):
        return {k for k in node if not k.startswith("@")}.union(*map(_members, node.values()))
    if isinstance(node, list):
        return set().union(*map(_members, node))
    return set()


def test_every_member_of_a_status_list_is_a_term_of_the_contexts() -> None:
    root = shared("data/vectors")
    known = _terms(
        root / "w3c-vc-data-model/contexts/credentials/v2",
        root / "w3c-bitstring-status-list/contexts/v1.jsonld",
    )
    listed = bitstring_credential(
        "uH4sI", url="https://status.example/2026", issuer="did:web:example.cn", ttl_ms=300_000,
        valid_from="2026-11-24T00:00:00Z", valid_until="2026-12-01T00:00:00Z",
    )  # fmt: skip
    assert _members(listed) <= known
    assert _members(vc.document(claims(), PROFILE, None)["credentialStatus"]) <= known


def test_every_member_of_a_badge_is_a_term_or_stands_in_the_record() -> None:
    root = shared("data/vectors")
    known = _terms(
        root / "w3c-vc-data-model/contexts/credentials/v2",
        root / "openbadges-3.0/ob_v3p0/context-3.0.3.json",
        root / "w3c-bitstring-status-list/contexts/v1.jsonld",
    )
    c = claims()
    badge = vc.document(c, PROFILE, promised(c))
    record = _members(badge["credentialSubject"].pop("record"))
    # what is ours alone is caught by `@vocab`: the record, and the promise in the evidence of the log
    assert _members(badge) - known == {"promise"}
    assert record


# -- Data Integrity ----------------------------------------------------------------------------------


def test_proofs_over_rdf_are_named_and_not_read() -> None:
    """`eddsa-rdfc-2022` needs a JSON-LD processor and is 180 times as dear; see docs/vectors.md."""
    root = shared("data/vectors/w3c-vc-di-eddsa/TestVectors")
    for path in (
        root / "eddsa-rdfc-2022/signedDataInt.json",
        root / "eddsa-rdfc-2022/employ/signedDataIntEmploy.json",
    ):
        if path.exists():
            with pytest.raises(BadInput, match="bad_vc"):
                vc.parse(path.read_bytes())


def test_sets_and_chains_of_proofs_are_refused_whole() -> None:
    files = [p for p in shared("data/vectors/w3c-vc-di-eddsa/TestVectors/proof-set-chain").glob("*.json")
             if isinstance(json.loads(p.read_text()).get("proof"), list)]  # fmt: skip
    several = [p for p in files if len(json.loads(p.read_text())["proof"]) > 1]
    assert several
    for path in several:
        with pytest.raises(BadInput, match="bad_vc"):
            vc.parse(path.read_bytes())


# -- SD-JWT ------------------------------------------------------------------------------------------


def test_json_serialisations_of_sd_jwt_are_refused() -> None:
    """We read the compact form only; JSON that holds one is no certificate of ours."""
    with pytest.raises(BadInput):
        sdjwt.parse(json.dumps({"payload": "e30", "signature": "", "protected": ""}))


# -- JOSE --------------------------------------------------------------------------------------------


def test_wycheproof_signatures_of_jws_with_p256_keys() -> None:
    """The signature under a JWK: what is valid verifies, what has a wrong signature does not."""
    whole = json.loads(
        shared("data/vectors/wycheproof/testvectors_v1/json_web_signature_test.json").read_text()
    )
    tried = 0
    for group in whole["testGroups"]:
        public = group.get("public", {})
        if (
            public.get("crv") != "P-256"
            or public.get("use") == "enc"
            or public.get("alg", "ES256") != "ES256"
        ):
            continue
        for case in group["tests"]:
            tried += 1
            try:
                key = sdjwt.key_of_jwk(public)
                head, body, seal = str(case["jws"]).split(".")
                if json.loads(sdjwt.from_base64url(head)).get("alg") != "ES256":
                    raise Forged
                key.verify(f"{head}.{body}".encode(), sdjwt.from_base64url(seal))
                good = True
            except (ValueError, ChizhengError):
                good = False
            assert good == (case["result"] == "valid"), case["comment"]
    assert tried > 20


# -- SM2 ---------------------------------------------------------------------------------------------


def test_sm2_key_pair_of_tongsuo() -> None:
    """The public point of its private number, and a signature of ours by that key under another implementation.

    Its `Verify` cases sign a digest whose message is not given; ours takes messages (docs/vectors.md)."""
    pytest.importorskip("tongsuopy", reason="SM2 is optional: requirements/sm2.in")
    text = shared("data/vectors/tongsuo-sm/test/recipes/30-test_evp_data/evppkey_sm2.txt").read_text()
    pem = text.partition("-----BEGIN PRIVATE KEY-----")[2].partition("-----END")[0]
    der = base64.b64decode("".join(pem.split()))
    secret, public = der[-102:-70], der[-65:]
    signer = keys.signer("sm2", secret)
    assert signer.public == public
    sm2 = pytest.importorskip("gmssl.sm2", reason="gmssl is only an oracle")
    oracle = sm2.CryptSM2(private_key=secret.hex(), public_key=public[1:].hex(), asn1=False)
    assert oracle.verify_with_sm3(signer.sign(b"roster").hex(), b"roster")
    keys.verifier("sm2", public).verify(b"roster", bytes.fromhex(oracle.sign_with_sm3(b"roster")))


def test_sm3_digests_of_tongsuo_and_of_oscca() -> None:
    if "sm3" not in hashlib.algorithms_available:
        pytest.skip("this OpenSSL has no SM3")
    root = shared("data/vectors")
    text = (root / "tongsuo-sm/test/recipes/30-test_evp_data/evpmd_sm3.txt").read_text()
    pairs = [
        dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        for block in text.split("\n\n")
    ]
    given = [(p["Input"], p["Output"]) for p in pairs if p.get("Digest") == "SM3"]
    oscca = (root / "cryptography-vectors/hashes/SM3/oscca.txt").read_text()
    fields = [
        line.split(" = ", 1) for line in oscca.splitlines() if " = " in line and not line.startswith("#")
    ]
    columns = [[v for k, v in fields if k == name] for name in ("Len", "Msg", "MD")]
    given += [(m if n != "0" else "", d) for n, m, d in zip(*columns, strict=True)]
    assert len(given) > 5
    for message, output in given:
        assert hashlib.new("sm3", bytes.fromhex(message)).hexdigest() == output.lower()


# -- CBOR --------------------------------------------------------------------------------------------


def test_payloads_of_covid_certificates_encode_as_cbor2_does() -> None:
    """The examples and test data of the EU schema through our CBOR: deterministic, and back again."""
    files = [p for p in shared("data/vectors/ehn-dcc-schema").rglob("*.json") if "schema" not in p.name]
    assert len(files) > 35
    for path in files:
        value = json.loads(path.read_text())
        encoded = cbor.encode(value)
        assert encoded == cbor2.dumps(value, canonical=True), path
        assert cbor.decode(encoded) == value
        message = cose.parse(cose.Frame.of(ISSUER).seal(encoded, None, ISSUER))
        assert cbor.decode(cose.verify(message, Ed25519Verifier(ISSUER.public))) == value


# -- logs --------------------------------------------------------------------------------------------


def _bundles() -> Iterator[tuple[str, dict[str, object], Path]]:
    root = shared("data/vectors/sigstore-conformance/test/assets/bundle-verify")
    for path in sorted(root.glob("*/bundle.sigstore.json")):
        try:
            whole = json.loads(path.read_text())
        except ValueError:
            continue
        for entry in whole.get("verificationMaterial", {}).get("tlogEntries", []):
            if "inclusionProof" in entry:
                yield path.parent.name, entry, path.parent


WRONG_IN_THE_LOG = {
    "invalid-inclusion-proof_fail", "checkpoint-wrong-roothash_fail", "rekor2-checkpoint-missing-root-hash_fail",
    "rekor2-checkpoint-missing-size_fail", "inclusion-proof-corrupted-hash_fail",
}  # fmt: skip


def test_inclusion_proofs_and_checkpoints_of_sigstore_bundles() -> None:
    """Our Merkle and checkpoint readers on Rekor's proofs: what is wrong in the log is refused, the rest holds."""
    refused, held = set(), 0
    for name, entry, _ in _bundles():
        proof = entry["inclusionProof"]
        try:
            size, index = int(proof.get("treeSize", 0)), int(proof["logIndex"])
            root = base64.b64decode(proof["rootHash"])
            hashes = [base64.b64decode(h) for h in proof.get("hashes", [])]
            verify_inclusion(
                leaf_hash(base64.b64decode(entry["canonicalizedBody"])), index, size, hashes, root
            )
            point = Checkpoint.parse(Note.parse(proof["checkpoint"]["envelope"].encode()).text)
            assert (point.size, point.root) == (size, root)
            held += 1
        except (KeyError, ValueError, AssertionError, ChizhengError):
            refused.add(name)
    assert held >= 40
    assert refused >= WRONG_IN_THE_LOG and all(name.endswith("_fail") for name in refused), refused


def test_signatures_on_checkpoints_of_rekor() -> None:
    """Ed25519 heads of Rekor v2 by the key its trust root names, also those with cosignatures beside it."""
    good = bad = 0
    for name, entry, folder in _bundles():
        given = folder / "trusted_root.json"
        if not name.startswith("rekor2") or not given.exists():
            continue
        keys = {k["logId"]["keyId"]: k["publicKey"] for k in json.loads(given.read_text())["tlogs"]}
        public = keys.get(entry["logId"]["keyId"])
        if public is None or "ED25519" not in public["keyDetails"]:
            continue
        try:
            note = Note.parse(entry["inclusionProof"]["checkpoint"]["envelope"].encode())
            point = Checkpoint.parse(note.text)
        except ChizhengError:
            bad += 1
            continue
        key = VerifierKey(point.origin, ED25519, base64.b64decode(public["rawBytes"])[-32:])
        if note.verified_by([key]):
            good += 1
        else:
            bad += 1
            assert name.endswith("_fail") or "origin" in name, name
    assert good >= 10 and bad >= 1
