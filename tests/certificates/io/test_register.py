"""Register snapshot, its WSGI shim, and buckets."""

from __future__ import annotations

import dataclasses
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.register import (
    CODE_ALPHABET,
    bucket_digest,
    code_text,
    code_value,
    digest,
    plain_name,
    plain_number,
)
from chizheng.certificates.core.status import Exceptions, State, StatusView
from chizheng.certificates.io.buckets import (
    COMPANY,
    BucketPress,
    Holding,
    Manifest,
    bits_for,
    bucket_path,
    bucket_size,
    look_in,
    prefix_of,
    prefixes,
)
from chizheng.certificates.io.buckets_wsgi import BucketShim
from chizheng.certificates.io.register import HEAD_SIZE, Columns, Register, build
from chizheng.certificates.io.register_wsgi import RegisterShim
from chizheng.kernel.errors import BadInput, Conflict, Refused
from tests.certificates.log_house import key

KEY = b"register key 16b"
N = 3000
NUMBERS = [f"44010001{n:08d}" for n in range(N)]
NAMES = [f"赵测{chr(0x4E00 + n % 500)}" for n in range(N)]


def _columns(n: int = N) -> Columns:
    codes = np.arange(n, dtype=np.int64) * 65_537
    year = np.full(n, 2026)
    return Columns(
        NUMBERS[:n],
        NAMES[:n],
        year,
        np.arange(n),
        np.full(n, 4),
        np.zeros(n, int),
        np.full(n, 6180204),
        codes,
    )


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "register"
    assert build(path, _columns(), key=KEY, as_of=77) == path.stat().st_size
    return path


def test_every_certificate_is_found_and_nobody_else(snapshot: Path) -> None:
    register = Register(snapshot)
    register.verify()
    for n in range(N):
        record = register.look_up(NUMBERS[n], NAMES[n])
        assert record is not None and (record.slot, record.year, record.level, record.occupation) == (
            n,
            2026,
            4,
            6180204,
        )
        assert record.code_matches(code_text(n * 65_537)) and not record.code_matches("ZZZZZZZZ")
        assert register.look_up(NUMBERS[n], NAMES[n] + "某") is None
    assert register.look_up("4401 0001-0000 0007", " 赵 测" + NAMES[7][2]) is not None
    assert register.find(b"\0" * 16) is None and register.find(b"\xff" * 16) is None


def test_neither_names_nor_numbers_nor_codes_are_in_the_file(snapshot: Path) -> None:
    raw = snapshot.read_bytes()
    assert NUMBERS[5].encode() not in raw and NAMES[5].encode() not in raw
    assert (5 * 65_537).to_bytes(5, "little") not in raw


def test_same_number_and_name_twice_is_named(tmp_path: Path) -> None:
    rows = _columns(10)
    rows.numbers[7], rows.names[7] = rows.numbers[2], rows.names[2]  # type: ignore[index]
    try:
        with pytest.raises(Conflict) as no:
            build(tmp_path / "r", rows, key=KEY, as_of=1)
        assert no.value.params["first"] == 3 and no.value.params["second"] == 8
    finally:
        NUMBERS[7], NAMES[7] = f"44010001{7:08d}", f"赵测{chr(0x4E00 + 7)}"


@pytest.mark.parametrize("cut", [0, 10, HEAD_SIZE, HEAD_SIZE + 1000, -1])
def test_damaged_snapshots_are_refused(snapshot: Path, cut: int) -> None:
    raw = snapshot.read_bytes()
    snapshot.write_bytes(raw[:cut])
    with pytest.raises(BadInput, match="register_malformed"):
        Register(snapshot)
    flipped = bytearray(raw)
    flipped[-1] ^= 1
    snapshot.write_bytes(flipped)
    with pytest.raises(BadInput, match="register_malformed"):
        Register(snapshot).verify()


@given(st.integers(0, (1 << 40) - 1))
def test_check_codes_round_trip_and_forgive(value: int) -> None:
    text = code_text(value)
    assert len(text) == 8 and set(text) <= set(CODE_ALPHABET)
    spelled = f"{text[:4]}-{text[4:]}".lower().replace("0", "o").replace("1", "l")
    assert code_value(text) == code_value(spelled) == value


@given(st.text(max_size=20))
def test_plain_forms_are_stable(text: str) -> None:
    for plain in (plain_name, plain_number):
        assert plain(plain(text)) == plain(text)


def test_dots_and_widths_in_names() -> None:
    assert plain_name("买买提•吐尔逊") == plain_name("买买提·吐尔逊") == plain_name("买买提 ‧吐尔逊")
    assert plain_number("４４０１－0001") == "44010001"


# -- WSGI ---------------------------------------------------------------------------------------------


class Client:
    def __init__(self, snapshot: Path, view: StatusView | None = None) -> None:
        self.now = 1000.0
        self.shim = RegisterShim(self._inner, snapshot, status=lambda: view, clock=lambda: self.now)

    def _inner(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return [b"django"]

    def ask(self, path: str, body: object = None, method: str | None = None) -> tuple[str, bytes]:
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": method or ("GET" if body is None else "POST"),
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": io.BytesIO(raw),
        }
        told: list[str] = []
        answer = b"".join(self.shim(environ, lambda status, headers: told.append(status)))
        return told[0][:3], answer


VIEW = StatusView([Exceptions.of(2026, N, {7: State.REVOKED})], as_of=900, expires=2000)


def test_shim_answers_and_hands_on(snapshot: Path) -> None:
    client = Client(snapshot, VIEW)
    assert client.ask("/other") == ("200", b"django") and client.ask("/verify") == ("200", b"django")
    status, raw = client.ask("/v", {"number": NUMBERS[7], "name": NAMES[7], "code": code_text(7 * 65_537)})
    assert status == "200" and json.loads(raw) == {
        "found": True,
        "status": "revoked",
        "level": 4,
        "occupation": 6180204,
        "kind": 0,
        "code": "match",
        "as_of": 77,
        "status_as_of": 900,
        "fresh": True,
    }
    assert json.loads(client.ask("/v/key")[1])["key"] == KEY.hex()
    got = json.loads(client.ask("/v/" + digest(KEY, NUMBERS[8], NAMES[8]).hex())[1])
    assert got["status"] == "valid" and "code" not in got
    client.now = 2000.0
    assert json.loads(client.ask("/v", {"number": NUMBERS[8], "name": NAMES[8]})[1])["fresh"] is False


def test_no_answer_gives_back_a_name_or_tells_wrong_name_from_wrong_number(snapshot: Path) -> None:
    client = Client(snapshot, VIEW)
    wrong_name = client.ask("/v", {"number": NUMBERS[7], "name": "钱某某"})
    wrong_number = client.ask("/v", {"number": "9" * 16, "name": NAMES[7]})
    assert wrong_name == wrong_number == ("200", b'{"found":false}')
    right = client.ask("/v", {"number": NUMBERS[7], "name": NAMES[7]})[1].decode()
    assert NAMES[7] not in right and NUMBERS[7] not in right


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"null",
        b'{"number":1,"name":"x"}',
        b'{"number":"x"}',
        b"{" * 5000,
        b'{"number":"1","name":"x","code":"!"}',
        b'{"number":"1","name":"x","code":5}',
        b"9" * 4000,
    ],
)
def test_bad_bodies_are_400(snapshot: Path, body: bytes) -> None:
    assert Client(snapshot).ask("/v", body)[0] == "400"


@given(st.text(max_size=40))
def test_any_path_is_answered(tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    if not folder.exists():
        build(folder, _columns(20), key=KEY, as_of=1)
    assert Client(folder).ask("/v/" + path)[0] in ("200", "404")
    assert Client(folder).ask("/v/x", method="DELETE")[0] == "405"


def test_new_snapshot_is_picked_up_and_a_damaged_one_is_not(snapshot: Path) -> None:
    client = Client(snapshot, VIEW)
    asked = {"number": NUMBERS[7], "name": NAMES[7]}
    assert json.loads(client.ask("/v", asked)[1])["as_of"] == 77
    build(snapshot, _columns(), key=KEY, as_of=78)
    client.now += 2
    assert json.loads(client.ask("/v", asked)[1])["as_of"] == 78
    draft = snapshot.with_name("draft")
    draft.write_bytes(b"damaged")
    os.replace(draft, snapshot)
    client.now += 2
    assert json.loads(client.ask("/v", asked)[1])["as_of"] == 78


def test_missing_snapshot_falls_through_to_django(tmp_path: Path) -> None:
    assert Client(tmp_path / "none").ask("/v/key") == ("200", b"django")


# -- buckets ------------------------------------------------------------------------------------------

SIGNER = key("buckets.example")
EPOCH = b"epoch of 16 byte"


def _press(folder: Path, capacity: int = 8, bits: int = 16) -> BucketPress:
    return BucketPress(
        folder, epoch=EPOCH, bits=bits, capacity=capacity, signer=SIGNER.signer, filler=b"filler secret"
    )


def _holding(n: int, state: State = State.VALID) -> Holding:
    return Holding(bucket_digest(EPOCH, NUMBERS[n], NAMES[n], code_text(n)), state, 4, 1)


def _look(raw: bytes, n: int, code: int | None = None):  # type: ignore[no-untyped-def]
    given_code = code_text(n if code is None else code)
    return look_in(raw, [SIGNER.vkey], epoch=EPOCH, number=NUMBERS[n], name=NAMES[n], code=given_code)


def test_one_bucket_answers_for_what_it_holds(tmp_path: Path) -> None:
    press = _press(tmp_path)
    one = _holding(3, State.SUSPENDED)
    raw = press.render(one.prefix(16), [one], 55)
    found = _look(raw, 3)
    assert found is not None and (found.state, found.level, found.kind, found.as_of) == (
        State.SUSPENDED,
        4,
        1,
        55,
    )
    empty = press.render(one.prefix(16), [], 55)
    assert len(raw) == len(empty) == bucket_size(8)  # the size says nothing
    assert _look(empty, 3) is None


def test_bucket_of_another_prefix_or_changed_is_refused(tmp_path: Path) -> None:
    press, one = _press(tmp_path), _holding(3)
    raw = press.render(one.prefix(16), [one], 55)
    with pytest.raises(BadInput, match="bucket_malformed"):
        _look(press.render(one.prefix(16) ^ 1, [], 55), 3)
    for changed in (raw[:30] + bytes([raw[30] ^ 1]) + raw[31:], raw[:-1] + bytes([raw[-1] ^ 1])):
        with pytest.raises(Refused, match="signature_bad"):
            _look(changed, 3)
    with pytest.raises(BadInput, match="bucket_full"):
        _press(tmp_path, 1).render(one.prefix(16), [one, one], 5)


@given(st.binary(max_size=200))
def test_any_bucket_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises((BadInput, Refused)):
        _look(raw, 3)


@given(st.integers(0, 400_000_000))
def test_bits_leave_every_bucket_in_company(count: int) -> None:
    bits = bits_for(count)
    assert 0 <= bits <= 16
    assert bits == 0 or count >= COMPANY << bits
    assert bits == 16 or count < COMPANY << bits + 1


@given(st.binary(min_size=16, max_size=16), st.integers(0, 16))
def test_a_prefix_names_one_bucket_and_finer_ones_lie_within(digest: bytes, bits: int) -> None:
    prefix = prefix_of(digest, bits)
    names = prefixes(bits)
    assert len(names) == 1 << bits and prefix in names
    assert f"{int.from_bytes(digest[:2], 'big'):016b}"[:bits] == f"{prefix:016b}"[:bits]
    assert prefix & (1 << 16 - bits) - 1 == 0
    if bits < 16:
        assert prefix <= prefix_of(digest, bits + 1) < prefix + (1 << 16 - bits)


@given(st.integers(0, 16), st.integers(0, 16), st.integers(0, 199))
def test_no_other_bits_make_a_certificate_absent(true: int, claimed: int, n: int) -> None:
    """A server points at the file that other bits would name: found, or refused, never absent."""
    press, one = _press(Path("none"), bits=true), _holding(n)
    handed = prefix_of(one.digest, claimed) & prefixes(true)[-1]  # what it has that comes nearest
    raw = press.render(handed, [one] if handed == one.prefix(true) else [], 5)
    if handed == one.prefix(true):
        assert _look(raw, n) is not None
    else:
        with pytest.raises(BadInput, match="bucket_malformed"):
            _look(raw, n)
    forged = raw[:6] + claimed.to_bytes(2, "big") + one.prefix(claimed).to_bytes(2, "big") + raw[10:]
    if forged != raw:  # the head bent to what would fit
        with pytest.raises(Refused, match="signature_bad"):
            _look(forged, n)


@pytest.mark.parametrize("bits", [0, 1, 5])
def test_publish_rewrite_and_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    monkeypatch.setattr(os, "sync", lambda: None)
    press = _press(tmp_path, N, bits)
    press.publish([_holding(n) for n in range(N)], as_of=10, name=SIGNER.name)
    folder = press.folder
    manifest = Manifest.open((folder / "manifest").read_bytes(), [SIGNER.vkey])
    manifest.check(folder)
    assert (manifest.bits, manifest.capacity) == (bits, N)
    for n in range(N):
        assert _look((folder / bucket_path(_holding(n).prefix(bits))).read_bytes(), n) is not None
    one = _holding(0, State.REVOKED)
    path = folder / bucket_path(one.prefix(bits))
    press.rewrite({one.prefix(bits): [one]}, as_of=11, name=SIGNER.name)
    found = _look(path.read_bytes(), 0)
    assert found is not None and found.state is State.REVOKED
    with pytest.raises(Refused, match="status_chain"):
        manifest.check(folder)  # the old manifest no longer fits
    now = Manifest.open((folder / "manifest").read_bytes(), [SIGNER.vkey])
    now.check(folder)
    assert now.as_of == 11 and len([f for f in folder.rglob("????") if f.is_file()]) == 1 << bits
    if bits:  # a manifest of other bits, even a signed one, does not fit the files
        with pytest.raises(Refused, match="status_chain"):
            dataclasses.replace(now, bits=bits - 1).check(folder)


def test_bits_out_of_range_are_refused(tmp_path: Path) -> None:
    for bits in (-1, 17):
        with pytest.raises(BadInput, match="bucket_malformed"):
            _press(tmp_path, bits=bits)


# -- buckets over WSGI ----------------------------------------------------------------------------------


def _fetch(shim: BucketShim, path: str, method: str = "GET") -> tuple[str, bytes]:
    told: list[str] = []
    answer = shim({"REQUEST_METHOD": method, "PATH_INFO": path}, lambda status, headers: told.append(status))
    return told[0][:3], b"".join(answer)


def test_buckets_are_given_out_and_nothing_else(tmp_path: Path) -> None:
    epoch = "ab" * 16
    (tmp_path / epoch / "0f").mkdir(parents=True)
    (tmp_path / epoch / "0f" / "0f00").write_bytes(b"bucket")
    (tmp_path / epoch / "manifest").write_bytes(b"note")
    (tmp_path / "secret").write_bytes(b"secret")

    def inner(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("404 Not Found", [])
        return [b"django"]

    shim = BucketShim(inner, tmp_path)
    assert _fetch(shim, f"/buckets/{epoch}/0f/0f00") == ("200", b"bucket")
    assert _fetch(shim, f"/buckets/{epoch}/manifest") == ("200", b"note")
    for path in (
        f"/buckets/{epoch}/0f/0e00", f"/buckets/{epoch}/0f/0f01", f"/buckets/{epoch}/../secret", "/buckets/secret",
        f"/buckets/{epoch}/0f/0f00/", f"/buckets/{epoch}/0f/0f00\n", "/other",
    ):  # fmt: skip
        assert _fetch(shim, path) == ("404", b"django"), path
    assert _fetch(shim, f"/buckets/{epoch}/0f/0f00", "POST") == ("404", b"django")
