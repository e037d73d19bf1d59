"""The register snapshot: one sorted, memory-mapped file for exact look-ups ahead of the database.

    page 0        magic, JSON head (count, as_of, register key, digest of the rest), padded to 4096
    prefixes      2^17 + 1 little-endian u32: where keys with that 17-bit prefix begin
    keys          count x 8 bytes, sorted
    payloads      count x 16 bytes, in the same order

24 bytes per certificate and half a megabyte of prefixes. A new snapshot is written beside the old one and
renamed over it; readers reopen when the file changes.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chizheng.certificates.core.log_wording import bad, conflict
from chizheng.certificates.core.register import (
    FIRST_YEAR,
    KEY_SIZE,
    PAYLOAD_SIZE,
    PREFIX_BITS,
    SALT_SIZE,
    Record,
    digest,
    mask_of,
)
from chizheng.certificates.io.durable import flush_folder

MAGIC = b"CZREG1\n"
HEAD_SIZE = 4096
_SHIFT = 64 - PREFIX_BITS
_CHUNK = 1 << 20

_UNPACK = struct.Struct("<IBBB5sI").unpack_from
PAYLOAD = np.dtype(
    [
        ("slot", "<u4"),
        ("year", "u1"),
        ("level", "u1"),
        ("kind", "u1"),
        ("code", "u1", 5),
        ("occupation", "<u4"),
    ]
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Certificates by column, as a query delivers them; all of one length.

    `numbers` and `names` are as `plain_number` and `plain_name` give them (what the database stores);
    `codes` are 40-bit check codes.
    """

    numbers: Sequence[str]
    names: Sequence[str]
    years: NDArray[np.int64]
    slots: NDArray[np.int64]
    levels: NDArray[np.int64]
    kinds: NDArray[np.int64]
    occupations: NDArray[np.int64]
    codes: NDArray[np.int64]


def build(path: Path, rows: Columns, *, key: bytes, as_of: int) -> int:
    """Write the snapshot; returns its size in bytes. Raises Conflict on equal number and name."""
    count = len(rows.numbers)
    if len(key) != SALT_SIZE or count >= 1 << 32:
        raise bad("register_malformed", path=path.name, what="16 bytes of key, fewer than 2^32 rows")
    digests = np.empty((count, 2), dtype=np.uint64)
    for begin in range(0, count, _CHUNK):
        pairs = zip(rows.numbers[begin : begin + _CHUNK], rows.names[begin : begin + _CHUNK], strict=True)
        made = b"".join([blake2b(f"{n}\n{m}".encode(), digest_size=16, salt=key).digest() for n, m in pairs])
        digests[begin : begin + _CHUNK] = np.frombuffer(made, dtype=np.uint64).reshape(-1, 2)
    keys = digests[:, 0].byteswap()  # as big-endian numbers, so that numeric order is byte order
    order = np.argsort(keys)
    keys = keys[order]
    twins = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twins):
        first, second = sorted(int(order[twins[0] + n]) + 1 for n in (0, 1))
        raise conflict("register_duplicate", count=len(twins), first=first, second=second)
    payload = np.empty(count, dtype=PAYLOAD)
    payload["slot"] = rows.slots
    payload["year"] = rows.years - FIRST_YEAR
    payload["level"] = rows.levels
    payload["kind"] = rows.kinds
    payload["occupation"] = rows.occupations
    hidden = (digests[:, 1] ^ rows.codes.astype(np.uint64)).astype("<u8")
    payload["code"] = hidden.view(np.uint8).reshape(count, 8)[:, :5]
    payload = payload[order]
    starts = np.searchsorted(keys, np.arange(1 << PREFIX_BITS, dtype=np.uint64) << np.uint64(_SHIFT))
    prefixes = np.append(starts, count).astype("<u4")
    parts = [prefixes.tobytes(), keys.byteswap().tobytes(), payload.tobytes()]
    check = blake2b(digest_size=32)
    for part in parts:
        check.update(part)
    head = {"count": count, "as_of": as_of, "key": key.hex(), "check": check.hexdigest()}
    page = MAGIC + json.dumps(head, sort_keys=True).encode() + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".tmp")
    with draft.open("wb") as out:
        out.write(page.ljust(HEAD_SIZE, b"\0"))
        for part in parts:
            out.write(part)
        out.flush()
        os.fsync(out.fileno())
    os.replace(draft, path)
    flush_folder(path.parent)
    return path.stat().st_size


class Register:
    """A snapshot opened for look-ups. Thread-safe: nothing changes after opening."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # the file object must outlive mmap's use of its descriptor
            with path.open("rb") as handle:
                self.stamp = _stamp(os.fstat(handle.fileno()))
                self._map = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as fault:
            raise bad("register_malformed", path=path.name, what=type(fault).__name__) from None
        head = self._head()
        self.count: int = head["count"]
        self.as_of: int = head["as_of"]
        self.key: bytes = head["key"]
        self._check: str = head["check"]
        self._keys = HEAD_SIZE + ((1 << PREFIX_BITS) + 1) * 4
        self._payloads = self._keys + self.count * KEY_SIZE
        if len(self._map) != self._payloads + self.count * PAYLOAD_SIZE or len(self.key) != SALT_SIZE:
            raise bad("register_malformed", path=path.name, what="the file is cut off")
        table = np.frombuffer(self._map, dtype="<u4", count=(1 << PREFIX_BITS) + 1, offset=HEAD_SIZE)
        if int(table[-1]) != self.count or bool((np.diff(table.astype(np.int64)) < 0).any()):
            raise bad("register_malformed", path=path.name, what="the prefix table is damaged")
        # an array stays in the processor's cache, where a list of integers does not
        self._starts = array("I", table.astype("=u4").tobytes())

    def _head(self) -> dict[str, Any]:
        line, _, _ = self._map[: min(HEAD_SIZE, len(self._map))].removeprefix(MAGIC).partition(b"\n")
        try:
            head = json.loads(line)
            if not self._map[:7] == MAGIC or not all(isinstance(head[k], int) for k in ("count", "as_of")):
                raise ValueError
            return {k: head[k] for k in ("count", "as_of", "check")} | {"key": bytes.fromhex(head["key"])}
        except (ValueError, KeyError, TypeError):
            raise bad("register_malformed", path=self.path.name, what="not a register snapshot") from None

    def verify(self) -> None:
        """Compare the whole content with the digest in the head."""
        check = blake2b(memoryview(self._map)[HEAD_SIZE:], digest_size=32)
        if check.hexdigest() != self._check:
            raise bad("register_malformed", path=self.path.name, what="content differs from its digest")

    def find(self, whole: bytes) -> Record | None:
        """The record of a 16-byte digest, None where the register has none."""
        key = whole[:KEY_SIZE]
        prefix = int.from_bytes(key[:3], "big") >> (24 - PREFIX_BITS)
        first = self._starts[prefix]
        begin = self._keys + first * KEY_SIZE
        run = self._map[begin : self._keys + self._starts[prefix + 1] * KEY_SIZE]
        at = run.find(key)
        while at >= 0 and at % KEY_SIZE:  # found across two keys
            at = run.find(key, at + 1)
        if at < 0:
            return None
        place = self._payloads + (first + at // KEY_SIZE) * PAYLOAD_SIZE
        slot, year, level, kind, hidden, occupation = _UNPACK(self._map, place)
        code = int.from_bytes(hidden, "little") ^ mask_of(whole)
        return Record(FIRST_YEAR + year, slot, level, kind, occupation, code)

    def look_up(self, number: str, name: str) -> Record | None:
        """The record of a number and a name."""
        return self.find(digest(self.key, number, name))

    def changed(self) -> bool:
        """Has another snapshot taken this one's place?"""
        try:
            return _stamp(os.stat(self.path)) != self.stamp
        except OSError:
            return False

    def close(self) -> None:
        self._map.close()


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
