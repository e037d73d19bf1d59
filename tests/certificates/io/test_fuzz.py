"""Every parser of foreign bytes, fed with damaged genuine ones: only our own errors, no hang, bounded memory.

Strategies start from something genuine and damage it, because random bytes seldom pass the first check.
`CHIZHENG_FUZZ=100` runs a hundred times as many examples, for a night.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tracemalloc
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import xlsxwriter
import xlwt
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
from chizheng.certificates.core.note import Checkpoint, Note, VerifierKey, cosign, parse_signature
from chizheng.certificates.core.proof import TlogProof
from chizheng.certificates.core.register import bucket_digest
from chizheng.certificates.core.status import Exceptions, State
from chizheng.certificates.core.status_bundle import apply_delta, open_bundle, seal_delta, seal_full
from chizheng.certificates.core.trust import SignedList
from chizheng.certificates.core.verification import examine
from chizheng.certificates.core.witness import AddCheckpoint
from chizheng.certificates.io import batch, keys, pades, pdf, pdf_seal, qr, trust_file
from chizheng.certificates.io.buckets import BucketPress, look_in
from chizheng.certificates.io.register import Columns, Register, build
from chizheng.certificates.io.tilelog import AppendDoor, TileReader
from chizheng.kernel.errors import ChizhengError
from tests.certificates import log_house
from tests.certificates.core.test_trust import BASE, R1, _signed
from tests.certificates.io.printed import sheet
from tests.certificates.made import LIMITS, NOW, Medium, claims, issuer_key, sealed, trust

LONG = int(os.environ.get("CHIZHENG_FUZZ", "1"))
FUZZ = settings(max_examples=60 * LONG, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
SLOW = settings(max_examples=12 * LONG, deadline=20_000, suppress_health_check=[HealthCheck.too_slow])
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
        "delta": _delta(years),
        "bucket": _bucket(),
        "vkey": str(KEY.vkey).encode(),
        "line": cosign(note.decode(), "w.example", KEY.signer, 1).line.encode(),
        "key file": _key_file(),
    }


def _delta(years: list[Exceptions]) -> bytes:
    sealed_as = {"as_of": 1, "expires": 9, "name": KEY.name, "signer": KEY.signer}
    before = open_bundle(seal_full(years, sequence=1, **sealed_as), [KEY.vkey])
    return seal_delta(before, [Exceptions.of(2026, 5000, {3: State(1)})], sequence=2, **sealed_as)


def _bucket() -> bytes:
    press = BucketPress(Path("none"), epoch=bytes(16), bits=16, capacity=8, signer=KEY.signer, filler=b"f")
    return press.render(int.from_bytes(bucket_digest(bytes(16), "1", "甄", "7K3M9PQ2")[:2], "big"), [], 5)


def _key_file() -> bytes:
    """As `keys.create` writes it, with a scrypt of no cost."""
    head = {"format": keys.FORMAT, "vkey": str(KEY.vkey), "cipher": "chacha20-poly1305", "nonce": "AAAAAAAAAAAAAAAA",
            "kdf": {"name": "scrypt", "log2n": 10, "r": 8, "p": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA=="}}  # fmt: skip
    return json.dumps({**head, "sealed": "AAAA"}).encode()


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
    "delta": lambda raw: apply_delta(
        open_bundle(GENUINE["bundle"], [KEY.vkey]), open_bundle(raw, [KEY.vkey])
    ),
    "bucket": lambda raw: look_in(raw, [KEY.vkey], epoch=bytes(16), number="1", name="甄", code="7K3M9PQ2"),
    "vkey": lambda raw: VerifierKey.parse(raw.decode("latin-1")),
    "line": lambda raw: parse_signature(raw.decode("latin-1")),
    "key file": lambda raw: _from_file(raw, lambda path: keys.load(path, b"x")),
}


def _from_file(raw: bytes, read: Callable[[Path], Any]) -> Any:
    with NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        return read(Path(file.name))


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
    only_ours(lambda: qr.certificates(raw))


@cache
def _document() -> bytes:
    return pdf.render([sheet()], at=NOW)


# -- files: registers, tiles, workbooks, seals ------------------------------------------------------------


@cache
def _register() -> bytes:
    numbers = np.arange(40, dtype=np.int64)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "register"
        columns = Columns(
            [f"N{n}" for n in numbers], ["甄示例"] * 40, *([numbers + 2000] + [numbers % 5] * 5)
        )
        build(path, columns, key=bytes(16), as_of=1)
        return path.read_bytes()


@SLOW
@given(st.data())
def test_a_damaged_register_answers_or_refuses(data: st.DataObject) -> None:
    def ask(path: Path) -> None:
        register = Register(path)
        try:
            register.look_up("N7", "甄示例")
            register.verify()
        finally:
            register.close()

    only_ours(lambda: _from_file(data.draw(damaged(_register())), ask))


@SLOW
@given(st.data())
def test_a_damaged_log_is_read_or_refused(data: st.DataObject) -> None:
    """Checkpoint, tiles and entries as a mirror may have them."""
    with TemporaryDirectory() as folder:
        shard = Path(folder) / "2026"
        with AppendDoor(shard, log_house.ORIGIN, log_house.key(log_house.ORIGIN).signer) as door:
            door.append("b", [bytes([n]) * n for n in range(20)])
        files = sorted(p for p in shard.rglob("*") if p.is_file() and ".state" not in p.parts)
        path = data.draw(st.sampled_from(files))
        path.write_bytes(data.draw(damaged(path.read_bytes())))
        reader = TileReader(shard)
        vkey = log_house.key(log_house.ORIGIN).vkey
        for read in (
            lambda: reader.integrity([vkey]),
            lambda: reader.prove(7),
            lambda: reader.entries(0, 20),
        ):
            only_ours(read)
        log_house.audit_folder(shard, [log_house.key(log_house.ORIGIN)], [], quorum=0)


@cache
def _workbooks() -> dict[str, bytes]:
    rows = [["证书编号", "姓名", "校验码"], *([f"26100120034{n:05d}", "甄示例", ""] for n in range(9))]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for r, cells in enumerate(rows):
            page.write_row(r, 0, cells)
    old = io.BytesIO()
    xls = xlwt.Workbook()
    sheet_ = xls.add_sheet("a")
    for r, cells in enumerate(rows):
        for c, text in enumerate(cells):
            sheet_.write(r, c, text)
    xls.save(old)
    return {
        "a.xlsx": out.getvalue(), "a.xls": old.getvalue(),
        "a.csv": "\n".join(",".join(r) for r in rows).encode("gb18030"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.csv"])
@SLOW
@given(st.data())
def test_damaged_workbooks(name: str, data: st.DataObject) -> None:
    only_ours(lambda: batch.read(data.draw(damaged(_workbooks()[name])), name, most=10_000))


def test_a_workbook_that_unpacks_to_gigabytes_is_refused() -> None:
    """Two hundred megabytes of cells in a file of two hundred kilobytes."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(_workbooks()["a.xlsx"])) as good, ZipFile(out, "w", ZIP_DEFLATED) as bad:
        for one in good.infolist():
            content = good.read(one)
            if one.filename.endswith("sheet1.xml"):
                content = content.replace(b"</sheetData>", b" " * 600_000_000 + b"</sheetData>")
            bad.writestr(one, content)
    assert len(out.getvalue()) < 1_000_000
    assert _peak(lambda: batch.read(out.getvalue(), "a.xlsx", most=10_000)) < 160


@SLOW
@given(st.data())
def test_damaged_seals(data: st.DataObject) -> None:
    """No damage to a sealed document makes it sound, and none makes the reader fall over."""
    sealed_, root = _sealed()
    raw = data.draw(damaged(sealed_))
    try:
        found = pades.examine(raw, [root], at=NOW)
    except ChizhengError:
        return
    assert raw == sealed_ or not any(one.sound for one in found)


@cache
def _sealed() -> tuple[bytes, bytes]:
    packed, root = pdf_seal.make("示例", b"pw", NOW)
    return pades.seal(_document(), pades.PdfSeal.from_pkcs12(packed, "pw"), reason="示例"), root


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
