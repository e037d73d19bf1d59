"""Two bits per certificate: permutation, fold, lists of two standards, bundle and deltas."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import zlib

import cbor2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import status_lists as lists
from chizheng.certificates.core.audit_entries import MOVES
from chizheng.certificates.core.commitments import Status, Turn
from chizheng.certificates.core.status import (
    LIFE,
    NOT_VALID,
    Exceptions,
    SlotPermutation,
    State,
    StatusView,
    fold,
)
from chizheng.certificates.core.status_bundle import (
    RiceList,
    apply_delta,
    entropy_bytes,
    open_bundle,
    rice_decode,
    rice_encode,
    seal_delta,
    seal_full,
    state_digest,
)
from chizheng.kernel.errors import BadInput, ChizhengError, Conflict, Refused
from tests.certificates.log_house import approvers, key
from tests.shared_data import shared

SIGNER = key("status.example")
KEYS = [SIGNER.vkey]
KEY = b"0123456789abcdef"


# -- permutation --------------------------------------------------------------------------------------


@given(st.integers(2, 3000), st.binary(min_size=16, max_size=16))
def test_permutation_is_one_to_one_and_inverted(capacity: int, secret: bytes) -> None:
    shuffle = SlotPermutation(secret, capacity)
    sample = range(0, capacity, max(1, capacity // 50))
    slots = [shuffle.slot(n) for n in sample]
    assert len(set(slots)) == len(slots) and all(0 <= s < capacity for s in slots)
    assert [shuffle.serial(s) for s in slots] == list(sample)


def test_small_permutation_is_complete_and_keyed() -> None:
    mine = [SlotPermutation(KEY, 1000).slot(n) for n in range(1000)]
    assert sorted(mine) == list(range(1000))
    assert mine != [SlotPermutation(KEY[::-1], 1000).slot(n) for n in range(1000)]
    # neighbours do not stay neighbours: the correlation of serial and slot is that of chance
    assert abs(float(np.corrcoef(mine, range(1000))[0, 1])) < 0.15


def test_out_of_range() -> None:
    with pytest.raises(BadInput, match="status_out_of_range"):
        SlotPermutation(KEY, 10).slot(10)


# -- fold ---------------------------------------------------------------------------------------------


def _event(slot: int, turn: Turn) -> Status:
    return Status(at=1, year=2026, slot=slot, turn=turn, reason="r", approvers=approvers())


def test_auditor_and_house_know_the_same_moves() -> None:
    """Two independent tables, one law."""
    assert {(s.lower(), str(e)): t.lower() for (s, e), t in LIFE.moves.items()} == MOVES


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Turn))), max_size=30))
def test_fold_is_what_replaying_gives(events: list[tuple[int, Turn]]) -> None:
    legal, states = [], {}
    for slot, turn in events:
        try:
            states[slot] = LIFE.next(states.get(slot, "VALID"), turn)
            legal.append(_event(slot, turn))
        except Conflict:
            with pytest.raises(Conflict):
                fold([*legal, _event(slot, turn)], {2026: 10})
    shard = fold(legal, {2026: 10})[2026]
    assert shard.by_slot() == {s: State[n] for s, n in states.items() if n != "VALID"}
    dense = shard.dense()
    view = StatusView([shard], as_of=1, expires=9)
    assert view.statuses(2026, np.arange(10)).tolist() == dense.tolist()
    assert [view.status(2026, s) for s in range(10)] == dense.tolist()


def test_unknown_year_and_slot() -> None:
    with pytest.raises(BadInput, match="status_year_unknown"):
        fold([_event(1, Turn.REVOKE)], {2025: 10})
    with pytest.raises(BadInput, match="status_out_of_range"):
        fold([_event(10, Turn.REVOKE)], {2026: 10})
    view = StatusView([Exceptions.of(2026, 10, {})], as_of=1, expires=9)
    for call in (lambda: view.status(2026, 10), lambda: view.statuses(2026, np.array([-1]))):
        with pytest.raises(BadInput, match="status_out_of_range"):
            call()


# -- lists --------------------------------------------------------------------------------------------

states = st.lists(st.sampled_from(list(State)), max_size=50).map(lambda v: np.array(v, dtype=np.uint8))


@given(states, st.booleans())
def test_packing_round_trip(values: np.ndarray, msb_first: bool) -> None:
    packed = lists.pack(values, 2, msb_first=msb_first)
    assert lists.unpack(packed, 2, msb_first=msb_first)[: len(values)].tolist() == values.tolist()


def test_token_status_list_examples() -> None:
    """draft-ietf-oauth-status-list: bytes b9 a3 with 1 bit, c9 44 f9 with 2 bits, JSON and CBOR."""
    folder = shared("data/vectors/ietf-token-status-list/examples")
    one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    for bits, name, wanted in ((1, "", one), (2, "2", two)):
        text = (folder / f"status_list_encoding{name}_json.md").read_text()
        claim = json.loads(text[text.index("{") :])
        assert lists.read_token_json(claim).tolist() == wanted
        assert lists.token_json(np.array(wanted, dtype=np.uint8), bits) == claim
        text = (folder / f"status_list_encoding{name}_cbor.md").read_text()
        raw = bytes.fromhex("".join(text.split("encoded:")[1].split()))
        assert lists.read_token_cbor(raw).tolist() == wanted
        encoded = {"bits": bits, "lst": lists.token_list(np.array(wanted, dtype=np.uint8), bits)}
        assert cbor2.dumps(encoded) == raw


@pytest.mark.parametrize("name", ["1_long", "2_long", "4", "8"])
def test_long_token_status_lists_agree_in_json_and_cbor(name: str) -> None:
    folder = shared("data/vectors/ietf-token-status-list/examples")
    text = (folder / f"status_list_encoding{name}_json.md").read_text()
    claim = json.loads(
        re.sub(r"\n\s+(?=[A-Za-z0-9_-]*\"?\n?)", "", text[text.index("{") :].replace('",\n', '",'))
    )
    mine = lists.read_token_json(claim)
    text = (folder / f"status_list_encoding{name}_cbor.md").read_text()
    raw = bytes.fromhex("".join(text.split("encoded:")[-1].split()))
    assert np.array_equal(mine, lists.read_token_cbor(raw)) and len(mine) >= 256


def test_token_in_jwt_and_cwt() -> None:
    values = np.array([0, 1, 2, 3], dtype=np.uint8)
    kw = {
        "uri": "https://status.example/2026",
        "signer": SIGNER.signer,
        "issued": 10,
        "expires": 20,
        "ttl": 5,
    }
    token = lists.token_jwt(lists.token_json(values), kid="k", **kw)
    claims = lists.open_token_jwt(token, KEYS, now=19)
    assert claims["sub"] == kw["uri"] and lists.read_token_json(claims["status_list"]).tolist() == [
        0,
        1,
        2,
        3,
    ]
    with pytest.raises(Refused, match="status_chain"):
        lists.open_token_jwt(token, KEYS, now=20)
    with pytest.raises(Refused, match="signature_missing"):
        lists.open_token_jwt(token, [key("other").vkey], now=1)
    cwt = pytest.importorskip("cwt")
    x = base64.urlsafe_b64encode(SIGNER.signer.public).rstrip(b"=").decode()
    public = cwt.COSEKey.from_jwk({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": x, "kid": "k"})
    cose = cwt.COSE.new(alg_auto_inclusion=False, kid_auto_inclusion=False)
    payload = cose.decode(lists.token_cwt(values, kid=b"k", **kw), keys=[public])
    body = payload if isinstance(payload, dict) else cbor2.loads(payload)
    assert body[2] == kw["uri"] and body[65534] == 5
    assert lists.decode_token_list(body[65533]["lst"], 2).tolist() == [0, 1, 2, 3]


def test_bitstring_list_of_the_inspector_decodes() -> None:
    """A list in the wild (1EdTech public validator) and the layout of the W3C text: bit 0 is leftmost."""
    path = shared(
        "data/vectors/openbadges-3.0-inspector/inspector-vc/src/test/resources/ob30/bit-string-list/testlist"
    )
    found = re.search(r'"encodedList"\s*:\s*"([^"]+)"', path.read_text())
    assert found
    assert len(lists.decode_bitstring(found[1], 1)) >= 131_072
    values = np.zeros(10, dtype=np.uint8)
    values[0], values[9] = 3, 1
    encoded = lists.encode_bitstring(values)
    assert encoded.startswith("uH4sI")  # base64url of the GZIP magic, as in the recommendation
    again = lists.decode_bitstring(encoded)
    assert len(again) == lists.BITSTRING_FLOOR and again[:10].tolist() == values.tolist()
    assert lists.pack(values, 2, msb_first=True)[0] == 0b11000000
    credential = lists.bitstring_credential(
        encoded, url="https://s.example/1", issuer="did:example:x", valid_from="a", valid_until="b", ttl_ms=1
    )
    assert credential["credentialSubject"]["encodedList"] == encoded


def test_lists_of_a_whole_shard_are_those_of_its_dense_form() -> None:
    shard = Exceptions.of(2026, 200_000, {0: State.REVOKED, 5: State.SUSPENDED, 199_999: State.SUPERSEDED})
    dense = shard.dense()
    assert lists.decode_bitstring(lists.bitstring_of(shard))[:200_000].tolist() == dense.tolist()
    assert lists.read_token_json(lists.token_of(shard))[:200_000].tolist() == dense.tolist()


@given(st.binary(max_size=60), st.text(max_size=60), st.sampled_from([0, 1, 2, 3, 8]))
def test_any_list_bytes_are_read_or_refused(raw: bytes, text: str, bits: int) -> None:
    for call in (
        lambda: lists.decode_token_list(raw, bits),
        lambda: lists.decode_bitstring(text, bits),
        lambda: lists.read_token_cbor(raw),
        lambda: lists.open_token_jwt(text, KEYS, now=0),
        lambda: open_bundle(raw, KEYS),
    ):
        with contextlib.suppress(ChizhengError):
            call()


def test_a_bomb_does_not_unpack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "UNPACKED_LIMIT", 1 << 20)
    bomb = zlib.compress(bytes((1 << 20) + 1), 9)
    with pytest.raises(BadInput, match="status_malformed"):
        lists.decode_token_list(bomb, 1)


# -- bundle -------------------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 100_000), max_size=300))
def test_rice_round_trip(chosen: set[int]) -> None:
    slots = np.array(sorted(chosen), dtype=np.int64)
    coded = rice_encode(slots)
    assert rice_decode(coded, 100_001).tolist() == slots.tolist()
    assert rice_encode(rice_decode(coded, 100_001)) == coded


@given(st.integers(0, 40), st.integers(0, 41), st.binary(max_size=20), st.binary(max_size=20))
def test_any_gap_streams_are_read_or_refused(count: int, k: int, unary: bytes, rest: bytes) -> None:
    try:
        slots = rice_decode(RiceList(count, k, unary, rest), 1000)
    except BadInput as fault:
        assert fault.code == "status_malformed"
    else:
        assert len(slots) == count and (np.diff(slots) > 0).all() and (slots < 1000).all()


def test_size_is_near_the_entropy_bound() -> None:
    rng = np.random.default_rng(258)
    slots = np.unique(rng.integers(0, 30_000_000, 30_000))
    assert rice_encode(slots).size <= 1.02 * entropy_bytes(len(slots), 30_000_000)


year_states = st.dictionaries(st.integers(0, 199), st.sampled_from(NOT_VALID), max_size=40)


@given(year_states, year_states, year_states)
def test_deltas_lead_to_what_a_full_bundle_says(a: dict, b: dict, c: dict) -> None:  # type: ignore[type-arg]
    kw = {"name": SIGNER.name, "signer": SIGNER.signer}
    held = open_bundle(seal_full([Exceptions.of(2026, 200, a)], sequence=1, as_of=1, expires=9, **kw), KEYS)
    for n, after in enumerate((b, c), start=2):
        years = [Exceptions.of(2025, 50, {}), Exceptions.of(2026, 200, after)]
        raw = seal_delta(held, years, sequence=n, as_of=n, expires=9 + n, **kw)
        held = apply_delta(held, open_bundle(raw, KEYS))
        assert held.view().years[2026].by_slot() == after
        assert held.state == state_digest(years) and held.sequence == n


def test_delta_onto_another_state_of_the_same_number_is_refused() -> None:
    kw = {"name": SIGNER.name, "signer": SIGNER.signer}

    def full(states: dict[int, State]):  # type: ignore[no-untyped-def]
        years = [Exceptions.of(2026, 10, states)]
        return open_bundle(seal_full(years, sequence=1, as_of=1, expires=9, **kw), KEYS)

    mine, theirs = full({}), full({3: State.REVOKED})
    now = [Exceptions.of(2026, 10, {4: State.REVOKED})]
    delta = open_bundle(seal_delta(theirs, now, sequence=2, as_of=2, expires=9, **kw), KEYS)
    with pytest.raises(Refused, match="status_chain"):
        apply_delta(mine, delta)
    with pytest.raises(BadInput):
        delta.view()
    with pytest.raises(BadInput):
        apply_delta(delta, delta)


@given(st.integers(2, 3000), st.data())
def test_slots_at_once_are_the_slots_one_by_one(capacity: int, data: st.DataObject) -> None:
    permutation = SlotPermutation(b"k" * 16, capacity)
    first = data.draw(st.integers(0, capacity - 1))
    count = data.draw(st.integers(0, capacity - first))
    assert permutation.slots(first, count) == [permutation.slot(n) for n in range(first, first + count)]
