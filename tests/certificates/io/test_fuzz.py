"""Every parser of foreign bytes, fed with damaged genuine ones: only our own errors, no hang, bounded memory.

Strategies start from something genuine and damage it, because random bytes seldom pass the first check.
"""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from chizheng.certificates.core import (
    audit_bytes,
    audit_forms,
    cbor,
    commitments,
    status_lists,
    tiles,
    webhook,
)
from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.envelopes import base45, base58, cose, jcs, sdjwt, vc
from chizheng.certificates.core.note import Checkpoint, Note
from chizheng.certificates.core.proof import TlogProof
from chizheng.certificates.core.status import Exceptions, State
from chizheng.certificates.core.status_bundle import open_bundle, seal_full
from chizheng.certificates.core.trust import SignedList
from chizheng.certificates.core.verification import examine
from chizheng.certificates.core.witness import AddCheckpoint
from chizheng.certificates.io import pdf, qr, trust_file
from chizheng.certificates.io.buckets import look_in
from chizheng.kernel.errors import ChizhengError
from tests.certificates import log_house
from tests.certificates.core.test_trust import BASE, R1, _signed
from tests.certificates.io.printed import sheet
from tests.certificates.made import LIMITS, NOW, Medium, claims, issuer_key, sealed, trust

FUZZ = settings(max_examples=60, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
SLOW = settings(max_examples=12, deadline=20_000, suppress_health_check=[HealthCheck.too_slow])
KEY = log_house.key("status.example")


@st.composite
def damaged(draw: st.DrawFn, genuine: bytes) -> bytes:
    """Flipped, cut, doubled, swollen or spliced."""
    raw = bytearray(genuine)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        match draw(st.sampled_from(["flip", "cut", "drop", "insert", "double", "big"])):
            case "flip" if raw:
                raw[at] ^= draw(st.integers(1, 255))
            case "cut":
                del raw[at:]
            case "drop":
                del raw[at : at + draw(st.integers(1, 40))]
            case "insert":
                raw[at:at] = draw(st.binary(max_size=30))
            case "double":
                raw[at:at] = raw[at : at + 200]
            case _:
                raw[at : at + 9] = b"\x9b\x00\x00\x00\x0f\xff\xff\xff\xff"  # a CBOR array of 2^36
    return bytes(raw)


def only_ours(read: Callable[[], Any], *others: type[Exception]) -> None:
    try:
        read()
    except (ChizhengError, *others):
        pass


def _genuine() -> dict[str, bytes]:
    years = [Exceptions.of(2026, 5000, {n * 7: State(1 + n % 3) for n in range(300)})]
    c = claims()
    message = cose.from_text(sealed(Medium.QR))
    note = b"log.example\n5\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n\n"
    return {
        "qr": sealed(Medium.QR).encode(),
        "credential": sealed(Medium.CREDENTIAL).encode(),
        "sd_jwt": sealed(Medium.SDJWT).encode(),
        "cose": message,
        "claims": claims_.encode(c),
        "bundle": seal_full(years, sequence=1, as_of=1, expires=9, name=KEY.name, signer=KEY.signer),
        "note": note + "— log.example AAAAAAECAwQ=\n".encode(),
        "proof": b"c2sp.org/tlog-proof@v1\nindex 1\n" + note,
        "entry": commitments.Attend(at=1, sitting="S", count=3, root=bytes(32)).encode(),
        "tile": tiles.pack_bundle([b"one", b"two" * 50, b""]),
        "offline": trust_file.dump([issuer_key()], [], ["10012003"], {2026: {}}, NOW),
        "trust": bytes(SignedList.parse(_trust())),
    }


def _trust() -> bytes:
    return bytes(_signed(BASE, R1))


GENUINE = _genuine()


READERS: dict[str, Callable[[bytes], Any]] = {
    "qr": lambda raw: examine(raw, trust(), now=NOW, limits=LIMITS),
    "credential": lambda raw: examine(raw, trust(), now=NOW, limits=LIMITS),
    "sd_jwt": lambda raw: examine(raw, trust(), now=NOW, limits=LIMITS),
    "cose": lambda raw: cose.parse(raw),
    "claims": lambda raw: claims_.decode(raw),
    "bundle": lambda raw: open_bundle(raw, [KEY.vkey]).view(),
    "note": lambda raw: Checkpoint.parse(Note.parse(raw).text),
    "proof": lambda raw: TlogProof.parse(raw),
    "entry": lambda raw: commitments.decode(raw),
    "tile": lambda raw: tiles.unpack_bundle(raw),
    "offline": lambda raw: trust_file.parse(raw),
    "trust": lambda raw: SignedList.parse(raw),
}


@pytest.mark.parametrize("what", READERS)
@FUZZ
@given(st.data())
def test_damaged_genuine_bytes(what: str, data: st.DataObject) -> None:
    only_ours(lambda: READERS[what](data.draw(damaged(GENUINE[what]))))


@pytest.mark.parametrize(
    "read",
    [
        lambda raw: cbor.decode(raw), lambda raw: cbor.decode(raw, deterministic=False), jcs.load, vc.parse,
        AddCheckpoint.parse, lambda raw: tiles.static_ct_leaves(raw),
        lambda raw: look_in(raw, [KEY.vkey], epoch=bytes(16), number="1", name="甄", code="7K3M9PQ2"),
        lambda raw: base45.decode(raw.decode("latin-1")), lambda raw: base58.decode(raw.decode("latin-1")),
        lambda raw: sdjwt.parse(raw.decode("latin-1")), lambda raw: webhook.read_target(raw.decode("latin-1")),
    ],
)  # fmt: skip
@FUZZ
@given(st.binary(max_size=400))
def test_any_bytes(read: Callable[[bytes], Any], raw: bytes) -> None:
    only_ours(lambda: read(raw))


@FUZZ
@given(st.data())
def test_the_auditors_own_readers(data: st.DataObject) -> None:
    """The second pair of eyes says ValueError, which `audit` turns into a finding."""
    raw = data.draw(damaged(GENUINE[data.draw(st.sampled_from(["entry", "note", "tile", "bundle"]))]))
    for read in (audit_forms.read_entry, audit_bytes.read_bundle, lambda r: audit_bytes.read_head(r, [])):
        only_ours(lambda read=read: read(raw), ValueError)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@FUZZ
@given(st.data())
def test_credentials_with_any_member_replaced(data: st.DataObject) -> None:
    """Well-formed JSON of the wrong shape, at any depth."""
    document = json.loads(GENUINE["credential"])
    at: Any = document
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans()):
            at = at[key]
            continue
        at[key] = data.draw(JSON)
        break
    found = examine(json.dumps(document), trust(), now=NOW, limits=LIMITS)
    assert found.verdict != "valid" or document == json.loads(GENUINE["credential"])


# -- pictures and documents ----------------------------------------------------------------------------


@cache
def pictures() -> dict[str, bytes]:
    symbol = qr.draw(sealed(Medium.QR)).png(2)
    out = {"PNG": symbol}
    for kind in ("JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        buffer = io.BytesIO()
        Image.open(io.BytesIO(symbol)).convert("L").save(buffer, kind)
        out[kind] = buffer.getvalue()
    return out


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
@SLOW
@given(st.data())
def test_damaged_pictures(kind: str, data: st.DataObject) -> None:
    only_ours(lambda: qr.read(data.draw(damaged(pictures()[kind]))))


@SLOW
@given(st.data())
def test_damaged_documents(data: st.DataObject) -> None:
    raw = data.draw(damaged(_document()))
    only_ours(lambda: qr.read(raw))
    assert isinstance(qr.printed_text(raw), str)


@cache
def _document() -> bytes:
    return pdf.render([sheet()], at=NOW)


# -- bombs: little to send, much to unpack ---------------------------------------------------------------


def _peak(read: Callable[[], Any]) -> float:
    """MB that Python allocated at most while reading."""
    tracemalloc.start()
    try:
        only_ours(read)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


BOMBS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "gzip": (lambda: "u" + _b64(gzip.compress(bytes(200_000_000), 1)), status_lists.decode_bitstring),
    "zlib": (
        lambda: {"bits": 2, "lst": _b64(zlib.compress(bytes(200_000_000), 1))},
        status_lists.read_token_json,
    ),
    "cbor array": (lambda: b"\x9b\x00\x00\x00\x0f\xff\xff\xff\xff", cbor.decode),
    "cbor string": (lambda: b"\x5b\x00\x00\x00\x0f\xff\xff\xff\xff", cbor.decode),
    "cbor depth": (lambda: b"\x81" * 100_000, lambda raw: cbor.decode(raw, limit=1 << 20)),
    "json depth": (lambda: b"[" * 100_000, lambda raw: jcs.encode_foreign(jcs.load(raw))),
    "json length": (lambda: b'"' + b"a" * 50_000_000 + b'"', jcs.load),
    "base58": (lambda: "z" * 5_000_000, base58.decode),
    "qr text": (
        lambda: "CZ1:" + "0" * 5_000_000,
        lambda text: examine(text, trust(), now=NOW, limits=LIMITS),
    ),
    "sd-jwt": (lambda: "a.b.c~" * 400_000, sdjwt.parse),
    "tile": (lambda: b"\xff\xff" * 10, tiles.unpack_bundle),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_bounded(name: str) -> None:
    make, read = BOMBS[name]
    bomb = make()
    assert _peak(lambda: read(bomb)) < (160 if name in ("gzip", "zlib") else 24)


def test_a_picture_of_a_billion_points_is_not_opened() -> None:
    header = Image.new("1", (1, 1))
    out = io.BytesIO()
    header.save(out, "PNG")
    raw = bytearray(out.getvalue())
    raw[16:24] = (40_000).to_bytes(4, "big") * 2
    raw[29:33] = zlib.crc32(bytes(raw[12:29])).to_bytes(4, "big")
    assert _peak(lambda: qr.read(bytes(raw))) < 8


def test_a_year_of_days_is_no_date() -> None:
    with pytest.raises(ChizhengError):
        claims_.decode(claims_.encode(claims()).replace(b"\x0b\x19", b"\x0b\x1a\x7f\xff", 1))
    assert claims().issued == date(2026, 11, 20)
