"""The small part of CBOR we trust: deterministic encoding (RFC 8949 section 4.2.1), strict decoding.

Only integers of 64 bits, byte and text strings, arrays, maps, tags, false, true and null; no floats, no
indefinite lengths. Whatever comes from outside is read with `decode`, whose work and memory are
bounded by the length of its input, and which never builds objects from tags.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cbor2

from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 8

_UINT8, _UINT16, _UINT32, _UINT64 = 24, 25, 26, 27
_KEYS: Final = (int, str, bytes)
_SIMPLE: Final = {0xF4: False, 0xF5: True, 0xF6: None}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged value; the tag is only reported."""

    tag: int
    value: object


def encode(value: object) -> bytes:
    """Deterministic bytes of plain values (shortest heads, map keys in bytewise order)."""
    return cbor2.dumps(_ordered(value))


def _ordered(value: object) -> object:
    """Maps in bytewise order of their keys; cbor2's own canonical form still sorts by length first."""
    match value:
        case dict():
            return {k: _ordered(v) for k, v in sorted(value.items(), key=lambda item: cbor2.dumps(item[0]))}
        case list() | tuple():
            return [_ordered(item) for item in value]
        case Tagged(tag, inner):
            return cbor2.CBORTag(tag, _ordered(inner))
        case _:
            return value


def decode(data: bytes, *, deterministic: bool = True, limit: int = MAX_BYTES) -> object:
    """The value in `data`; raises BadInput (`bad_cbor`) for anything unexpected, trailing bytes included.

    `deterministic`: also refuse what `encode` would not have written (long heads, unsorted keys).
    Doubled map keys are always refused.
    """
    if len(data) > limit:
        raise _fault("too long")
    reader = _Reader(data, deterministic)
    try:
        value = reader.value(0)
    except (IndexError, UnicodeDecodeError) as fault:
        raise _fault("cut short" if isinstance(fault, IndexError) else "not UTF-8") from None
    if reader.at != len(data):
        raise _fault("bytes after the end")
    return value


def _fault(what: str) -> BadInput:
    return BadInput("bad_cbor", FAULTS["bad_cbor"], what=what)


class _Reader:
    __slots__ = ("at", "data", "strict")

    def __init__(self, data: bytes, strict: bool) -> None:
        self.data = data
        self.strict = strict
        self.at = 0

    def argument(self, low: int) -> int:
        """The number behind a head; `low`, 24 or more, are the five low bits of its first byte."""
        if low > _UINT64:
            raise _fault("indefinite length or reserved head")
        width = 1 << (low - _UINT8)
        end = self.at + width
        if end > len(self.data):
            raise IndexError
        number = int.from_bytes(self.data[self.at : end], "big")
        self.at = end
        if self.strict and number < (_UINT8 if width == 1 else 1 << (4 * width)):
            raise _fault("a head longer than needed")
        return number

    def string(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self.data):
            raise IndexError
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def value(self, depth: int) -> object:
        if depth > MAX_DEPTH:
            raise _fault("nested too deep")
        head = self.data[self.at]
        self.at += 1
        major, number = head >> 5, head & 0x1F
        if major == 7:
            if head not in _SIMPLE:
                raise _fault("floats and unknown simple values are not used")
            return _SIMPLE[head]
        if number >= _UINT8:
            number = self.argument(number)
        match major:
            case 0:
                return number
            case 1:
                return -1 - number
            case 2:
                return self.string(number)
            case 3:
                return self.string(number).decode()
            case 4:
                self.countable(number)
                return [self.value(depth + 1) for _ in range(number)]
            case 5:
                return self.map(number, depth)
            case _:
                return Tagged(number, self.value(depth + 1))

    def countable(self, items: int) -> None:
        if items > len(self.data) - self.at:  # each item takes a byte at least
            raise IndexError

    def map(self, pairs: int, depth: int) -> dict[object, object]:
        self.countable(2 * pairs)
        found: dict[object, object] = {}
        before = b""
        for _ in range(pairs):
            start = self.at
            key = self.value(depth + 1)
            if type(key) not in _KEYS:
                raise _fault("a map key that is neither number nor string")
            if key in found:
                raise _fault("a map key twice")
            if self.strict:
                raw = self.data[start : self.at]
                if raw <= before:
                    raise _fault("map keys out of order")
                before = raw
            found[key] = self.value(depth + 1)
        return found
