"""A credential is hashed as it was received where that is what was signed: the same verdict, the same claims.

Every mutation is read twice, once with the document's own bytes and once without them, so that it must be
canonicalised.
"""

from __future__ import annotations

import hashlib
from unittest import mock

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chizheng.certificates.core.envelopes import base58, vc
from chizheng.certificates.core.keys import Ed25519Verifier
from chizheng.certificates.core.verification import Medium, Report, Verdict
from chizheng.kernel.errors import BadInput
from tests.certificates.made import ISSUER, PROFILE, STRANGER, report, sealed

GENUINE = sealed(Medium.CREDENTIAL).encode()
KEY = Ed25519Verifier(ISSUER.public)
STAMP = "2026-11-24T09:00:00Z"


def both(data: bytes) -> tuple[Report, Report]:
    fast = report(data)
    with mock.patch.object(vc, "_cut", return_value=None):
        slow = report(data)
    return fast, slow


def agree(data: bytes) -> Report:
    fast, slow = both(data)
    assert (fast.verdict, fast.shown, fast.claims) == (slow.verdict, slow.shown, slow.claims), data
    return fast


def signed_as_it_stands(body: bytes, *, signer=ISSUER) -> bytes:
    """A document signed without canonicalising it: what a careless or hostile holder of the key could do."""
    config, proof = vc._configured(vc.method_of(PROFILE.did, ISSUER), STAMP)
    value = base58.encode(signer.sign(config + hashlib.sha256(body).digest())).encode()
    return body[:-1] + b',"proof":[' + proof + value + b'"}]}'


def members() -> dict[str, object]:
    return orjson.loads(GENUINE)


def reordered(order: int) -> bytes:
    found = list(members().items())
    at = order % len(found)
    return orjson.dumps(dict(found[at:] + found[:at]))


BODY = orjson.dumps({k: v for k, v in members().items() if k != "proof"}, option=orjson.OPT_SORT_KEYS)
PROOF = GENUINE[len(BODY) - 1 + len(b',"proof":') : -1]


def test_ours_is_read_as_received() -> None:
    secured = vc.parse(GENUINE)
    assert secured.received == BODY == vc.check(secured, KEY)
    assert agree(GENUINE).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("altered", "verdict"),
    [
        pytest.param(orjson.dumps(members(), option=orjson.OPT_INDENT_2), Verdict.VALID, id="laid out"),
        pytest.param(GENUINE[:-1] + b" }", Verdict.VALID, id="space behind the proof"),
        pytest.param(b"{ " + GENUINE[1:], Verdict.VALID, id="space in front"),
        pytest.param(b'{"proof":' + PROOF + b"," + BODY[1:], Verdict.VALID, id="proof first"),
        pytest.param(b'{"proof":[],' + GENUINE[1:], Verdict.VALID, id="another proof before: the last one counts"),
        pytest.param(
            GENUINE[:-1] + b',"proof":[]}', Verdict.FORGED, id="another proof behind: the last one counts"
        ),
        pytest.param(b'{"name":"x",' + GENUINE[1:], Verdict.VALID, id="a member twice: the last one counts"),
        pytest.param(
            BODY[:-1] + b',"name":"x","proof":' + PROOF + b"}", Verdict.FORGED, id="a member twice, another last"
        ),
        pytest.param(GENUINE[:-1] + b',"x":1}', Verdict.FORGED, id="a member behind the proof"),
        pytest.param(
            BODY[:-1] + b',"x":{"y":1,"proof":' + PROOF + b"}}", Verdict.FORGED, id="the proof inside a member"
        ),
        pytest.param(BODY.replace(b'"hashed":false', b'"hashed":0')[:-1] + b',"proof":' + PROOF + b"}",
                     Verdict.FORGED, id="no for nought"),
        pytest.param(GENUINE.replace(b'"level":4', b'"level":4.0'), Verdict.FORGED, id="a number as a fraction"),
        pytest.param(GENUINE.replace(b"\xe7\x84\x8a", rb"\u710a"), Verdict.VALID, id="a character escaped"),
        pytest.param(
            BODY[:-1] + rb',"x":",\"proof\":","proof":' + PROOF + b"}", Verdict.FORGED, id="the mark in a string"
        ),
        pytest.param(b"{" + b',"proof":' + PROOF + b"}", Verdict.UNRECOGNISED_ISSUER, id="nothing but a proof"),
    ],
)  # fmt: skip
def test_both_ways_agree(altered: bytes, verdict: Verdict) -> None:
    if altered.startswith(b"{,"):
        verdict = Verdict.FORGED  # no JSON at all
    assert agree(altered).verdict is verdict


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{ " + BODY[1:], id="space"),
        pytest.param(BODY.replace(b'"hashed":false', b'"hashed":0'), id="no for nought"),
        pytest.param(BODY.replace(b'"level":4', b'"level":4.0'), id="fraction"),
        pytest.param(b'{"name":"\xe7\x94\xb5\xe5\xb7\xa5",' + BODY[1:], id="a member twice"),
        pytest.param(BODY.replace(b"\xe7\x84\x8a", rb"\u710a"), id="escaped"),
        pytest.param(b'{"awardedDate"' + BODY[1:].split(b'"awardedDate"', 1)[1], id="context left out"),
    ],
)
def test_bytes_that_are_signed_but_not_canonical_are_refused(body: bytes) -> None:
    """No other verifier would accept them, so ours must not: one certificate, one verdict everywhere."""
    assert body != BODY
    found = agree(signed_as_it_stands(body))
    assert found.verdict is Verdict.FORGED


def test_the_wrong_key_is_refused_both_ways() -> None:
    assert agree(signed_as_it_stands(BODY, signer=STRANGER)).verdict is Verdict.FORGED
    assert agree(signed_as_it_stands(BODY)).verdict is Verdict.VALID


PIECES = st.sampled_from(
    [b"", b" ", b"\n", b",", b"}", b"{", b'"', b'"proof":[],', b',"proof":', PROOF, b',"proof":' + PROOF, b"\\u0020",
     b"1.0", b"1e0", b"null", b'"x":1,', b'"proof"', b"\xff", b"\xe7\x94\x84"]
)  # fmt: skip
SPOTS = sorted(
    {i for mark in (b'{"', b'",', b'":', b",", b"}", b"]", b'"proof') for i in range(len(GENUINE)) if GENUINE.startswith(mark, i)}
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(SPOTS) | st.integers(0, len(GENUINE)), st.integers(0, 3), PIECES),
        min_size=1,
        max_size=3,
    )
)
@example([(0, 0, b" ")])
def test_every_mutation_has_one_verdict(edits: list[tuple[int, int, bytes]]) -> None:
    data = GENUINE
    for at, gone, piece in edits:
        data = data[:at] + piece + data[at + gone :]
    if data.lstrip().startswith(b"{"):
        agree(data)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(SPOTS) | st.integers(0, len(BODY)), st.integers(0, 3), PIECES),
        min_size=1,
        max_size=2,
    )
)
def test_every_mutation_signed_as_it_stands_has_one_verdict(edits: list[tuple[int, int, bytes]]) -> None:
    """A hostile issuer may sign any bytes; what is accepted is canonical all the same."""
    body = BODY
    for at, gone, piece in edits:
        body = body[:at] + piece + body[at + gone :]
    if not body.startswith(b"{") or not body.endswith(b"}"):
        return
    found = agree(signed_as_it_stands(body))
    assert (found.verdict is Verdict.VALID) == (body == BODY)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 30), st.integers(0, 2))
def test_order_and_layout_do_not_matter(order: int, indent: int) -> None:
    data = reordered(order)
    if indent:
        data = orjson.dumps(orjson.loads(data), option=orjson.OPT_INDENT_2)
    assert agree(data).verdict is Verdict.VALID


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GENUINE)), st.integers(0, 3), PIECES), max_size=3))
def test_parsing_says_the_same(edits: list[tuple[int, int, bytes]]) -> None:
    data = GENUINE
    for at, gone, piece in edits:
        data = data[:at] + piece + data[at + gone :]
    found: list[object] = []
    for cut in (vc._cut, lambda data: None):
        with mock.patch.object(vc, "_cut", cut):
            try:
                secured = vc.parse(data)
                found.append((secured.unsecured, secured.proof))
            except BadInput as fault:
                found.append(fault.code)
    assert found[0] == found[1]
