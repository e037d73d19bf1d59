"""What a seal of the ledger says, and what it finds: pure, so that anybody can write it again and compare.

    mark  = SHA-256( 0x00 | salt | JSON of the entry, members in order, no blanks, UTF-8 )
    marks = for every entry in order of id:  id, 8 bytes big-endian | mark
    head  = SHA-256( 0x01 | head of the seal before | after, until: 8 bytes each | salt | marks )

The head alone is published; whoever holds the marks can name the entry that no longer fits. The salt keeps
the few entries of a quiet night from being guessed from the head. Nothing here orders writers: entries are
hashed after they are settled, so that bulk work never queues for a chain.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

HEAD_SIZE = 32
FIRST = bytes(HEAD_SIZE)
"""What stands in the place of the head before the first seal."""

COLUMNS = ("id", "at", "actor_id", "actor_role", "verb", "subject_type", "subject_id", "basis", "detail")
Row = tuple[object, ...]
"""An entry's columns in the order of COLUMNS."""

_RECORD = struct.Struct(">q32s")


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that is not what was sealed. `code`: changed, removed, added."""

    code: str
    entry: int


def mark(row: Row, salt: bytes) -> bytes:
    """The digest of one entry, 32 bytes."""
    shown = {name: _plain(value) for name, value in zip(COLUMNS, row, strict=True)}
    text = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(b"\x00" + salt + text.encode("utf-8", "surrogatepass")).digest()


def marks_of(rows: Iterable[Row], salt: bytes) -> bytes:
    """The marks of entries that come in order of id."""
    return b"".join(_RECORD.pack(row[0], mark(row, salt)) for row in rows)


def head_of(*, before: bytes, after: int, until: int, salt: bytes, marks: bytes) -> bytes:
    """The head of a seal over the ids above `after` up to `until`."""
    span = struct.pack(">qq", after, until)
    return sha256(b"\x01" + before + span + salt + marks).digest()


def compare(marks: bytes, rows: Iterable[Row], salt: bytes) -> Iterator[Difference]:
    """What differs between the entries as they are (in order of id) and as they were sealed."""
    sealed = dict(_RECORD.iter_unpack(marks[: len(marks) - len(marks) % _RECORD.size]))
    for row in rows:
        entry = row[0]
        assert isinstance(entry, int)
        was = sealed.pop(entry, None)
        if was is None:
            yield Difference("added", entry)
        elif was != mark(row, salt):
            yield Difference("changed", entry)
    for entry in sealed:
        yield Difference("removed", entry)


def count_of(marks: bytes) -> int:
    return len(marks) // _RECORD.size


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
