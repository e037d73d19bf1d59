"""Signed notes, checkpoints, cosignatures, witnesses and .tlog-proof files."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.merkle import EMPTY_ROOT, Tree, leaf_hash
from chizheng.certificates.core.note import (
    COSIGNATURE,
    ED25519,
    RFC6962,
    Checkpoint,
    Note,
    VerifierKey,
    cosign,
    open_checkpoint,
    sign_note,
)
from chizheng.certificates.core.proof import TlogProof
from chizheng.certificates.core.witness import AddCheckpoint, Head, Quorum, WitnessRefusal, consider
from chizheng.certificates.io.keys import SeedSigner
from chizheng.kernel.errors import BadInput, ChizhengError, Refused
from tests.certificates.log_house import key
from tests.shared_data import shared

LOG = key("log.example")
W1, W2, W3 = (key(f"w{n}.example") for n in (1, 2, 3))


def test_published_notes_verify_and_sign_alike() -> None:
    vectors = json.loads(shared("data/vectors/inline/signed_note.json").read_text())["v"]
    for v in vectors:
        vkey, note = VerifierKey.parse(v["vkey"]), Note.parse(v["note"].encode())
        assert str(vkey) == v["vkey"] and bytes(note) == v["note"].encode()
        assert note.verify([vkey]) == [vkey]
        if "skey" in v:  # PRIVATE+KEY+name+id+base64(type || seed)
            seed = base64.b64decode(v["skey"].split("+", 4)[4])[1:]
            assert bytes(sign_note(note.text, vkey.name, SeedSigner(seed))) == v["note"].encode()
    assert len(vectors) == 3


def test_cosignature_of_a_witness_and_rfc6962_head() -> None:
    """Sunlight's test data: a CT log's tree head, cosigned by a witness."""
    base = shared("data/vectors/sunlight/cmd/skylight/testdata")
    meta = json.loads((base / "tree/log.v3.json").read_text())
    log = VerifierKey("rome2026h1.example.org", RFC6962, base64.b64decode(meta["key"]))
    assert VerifierKey.parse(str(log)) == log
    (folder,) = (base / "witness").glob("0*")
    witness = VerifierKey.parse(
        json.loads((base / "witness/witness.v0.json").read_text())["verifier_keys"][0]
    )
    point, note = open_checkpoint((folder / "checkpoint").read_bytes(), [log])
    assert point.size == 300
    assert note.verify([log, witness]) == [log, witness]
    assert note.cosigned_at(witness) == 1767139200
    forged = Checkpoint(point.origin, 301, point.root)
    assert not log.holds(forged.text, note.signatures[0].raw)


def test_wrong_signature_of_a_known_key_refuses_the_whole_note() -> None:
    note = sign_note("text\n", "log.example", LOG.signer)
    other = sign_note("other\n", "w1.example", W1.signer)
    mixed = note.with_signatures(other.signatures)
    assert mixed.verify([LOG.vkey]) == [LOG.vkey]
    with pytest.raises(Refused, match="signature_bad"):
        mixed.verify([LOG.vkey, W1.vkey])
    with pytest.raises(Refused, match="signature_missing"):
        note.verify([W1.vkey])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x",
        b"x\n",
        b"x\n\n",
        b"x\n\n\xe2\x80\x94 a b\n",
        b"x\n\n- a AAAAAAA=\n",
        b"\xff\n\n\n",
        b"a\tb\n\n\xe2",
    ],
)
def test_malformed_notes(raw: bytes) -> None:
    with pytest.raises(BadInput, match="note_malformed"):
        Note.parse(raw)


@pytest.mark.parametrize("size", ["01", "-1", "+1", "1 ", "٣", "", "9" * 30])
def test_malformed_sizes(size: str) -> None:
    with pytest.raises(BadInput, match="checkpoint_malformed"):
        Checkpoint.parse(f"o\n{size}\n{base64.b64encode(EMPTY_ROOT).decode()}\n")


@pytest.mark.parametrize(
    "vkey", ["", "a+b", "a+00000000+AA==", f"{LOG.vkey}x", str(LOG.vkey).replace("log", "lag"), "a b+0+0"]
)
def test_malformed_keys(vkey: str) -> None:
    with pytest.raises(BadInput, match="vkey_malformed"):
        VerifierKey.parse(vkey)


@given(st.binary(max_size=300))
def test_any_bytes_parse_or_are_refused(raw: bytes) -> None:
    for parse in (Note.parse, TlogProof.parse, AddCheckpoint.parse):
        try:
            parse(raw)
        except ChizhengError as fault:
            assert fault.code in ("note_malformed", "tlog_proof_malformed")


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_a_checkpoint_or_refused(text: str) -> None:
    for parse in (VerifierKey.parse, Checkpoint.parse):
        try:
            parse(text)
        except BadInput as fault:
            assert fault.code in ("vkey_malformed", "checkpoint_malformed")


# -- witnesses ----------------------------------------------------------------------------------------

TREE = Tree([leaf_hash(bytes([n])) for n in range(20)])
LOGS = {"log.example": [LOG.vkey]}


def _request(old: int, size: int, tree: Tree = TREE, proof: tuple[bytes, ...] | None = None) -> AddCheckpoint:
    note = sign_note(Checkpoint("log.example", size, tree.root(size)).text, "log.example", LOG.signer)
    given_proof = tuple(tree.consistency(old, size)) if proof is None and old <= size else proof or ()
    return AddCheckpoint(old, given_proof, bytes(note))


def _ask(request: AddCheckpoint, known: int | None, logs: object = None) -> int:
    heads = {"log.example": Head(known, TREE.root(known))} if known is not None else {}
    use = LOGS if logs is None else logs
    try:
        done = consider(request, logs=use, heads=heads, name=W1.name, signer=W1.signer, now=99)  # type: ignore[arg-type]
    except WitnessRefusal as no:
        return no.status
    note = Note.parse(done.head.note)
    assert note.verified_by([W1.witness_vkey]) and note.cosigned_at(W1.witness_vkey) == 99
    return 200


def test_witness_protocol_statuses() -> None:
    forged = Tree([leaf_hash(b"x"), *TREE.rows[0][1:]])
    assert _ask(_request(0, 7), None) == 200
    assert _ask(_request(7, 13), 7) == 200
    assert _ask(_request(7, 7), 7) == 200
    assert _ask(_request(0, 13), 7) == 409
    assert _ask(_request(13, 7), 7) == 400
    assert _ask(_request(7, 13, forged), 7) == 422
    assert _ask(_request(7, 7, forged), 7) == 422
    assert _ask(_request(0, 7, proof=(TREE.root(),)), None) == 422
    assert _ask(_request(0, 7), None, {}) == 404
    assert _ask(_request(0, 7), None, {"log.example": [W2.vkey]}) == 403
    assert _ask(AddCheckpoint(0, (), b"nonsense"), None) == 400


def test_request_round_trip() -> None:
    request = _request(7, 13)
    assert AddCheckpoint.parse(bytes(request)) == request


# -- proofs -------------------------------------------------------------------------------------------


def _proof(cosigners: list[tuple[object, int]]) -> TlogProof:
    note = sign_note(Checkpoint("log.example", 20, TREE.root()).text, "log.example", LOG.signer)
    lines = [cosign(note.text, w.name, w.signer, at) for w, at in cosigners]  # type: ignore[attr-defined]
    return TlogProof(5, tuple(TREE.inclusion(5)), bytes(note.with_signatures(lines)), b"extra")


QUORUM = Quorum(2, tuple(w.witness_vkey for w in (W1, W2, W3)))


def test_proof_with_quorum() -> None:
    proof = TlogProof.parse(bytes(_proof([(W1, 50), (W3, 40)])))
    assert proof.extra == b"extra"
    proven = proof.verify(bytes([5]), [LOG.vkey], QUORUM, origin="log.example")
    assert proven.witnesses == ("w1.example", "w3.example") and proven.witnessed_at == 50
    with pytest.raises(Refused, match="inclusion_mismatch"):
        proof.verify(bytes([6]), [LOG.vkey], QUORUM)
    with pytest.raises(Refused, match="origin_unknown"):
        proof.verify(bytes([5]), [LOG.vkey], QUORUM, origin="log.other")


def test_quorum_counts_witnesses_not_lines() -> None:
    with pytest.raises(Refused, match="quorum_missing"):
        _proof([(W1, 50), (W1, 51)]).verify(bytes([5]), [LOG.vkey], QUORUM)
    with pytest.raises(BadInput):  # one key under two names would count twice
        Quorum(2, (W1.witness_vkey, VerifierKey("alias", COSIGNATURE, W1.signer.public)))
    with pytest.raises(BadInput):
        Quorum(2, (W1.witness_vkey,))


def test_example_of_the_specification_parses() -> None:
    text = shared("data/vectors/c2sp-spec/tlog-cosignature.md").read_text()
    begin = text.index("example.com/behind-the-sofa\n20852163")
    note = Note.parse(text[begin : text.index("```", begin)].encode())
    assert Checkpoint.parse(note.text).size == 20852163
    assert [s.name for s in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(note.signatures[1].raw[:8], "big") == 1679315147
    assert note.signatures[0].id != VerifierKey("example.com/behind-the-sofa", ED25519, b"\0" * 32).id
