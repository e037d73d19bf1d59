"""JSON Canonicalization Scheme (RFC 8785), in a profile where the fast encoder is exact.

orjson with sorted keys writes the very bytes of RFC 8785 as long as a document has no floats, no
integer of 2^53 or more, and no key outside the Basic Multilingual Plane (JCS sorts by UTF-16 units).
Everything we issue keeps to this profile; a document that leaves it is refused, not approximated.
"""

from __future__ import annotations

import re
from typing import Final

import orjson

from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

MAX_INT: Final = 2**53 - 1
MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32

_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_STRUCTURE: Final = b"0123456789-{}[]:,"
_FOREIGN: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_UP_TO_BMP: Final = bytes(range(0xF0))
"""Every byte that UTF-8 uses for characters of the BMP; four-byte characters begin above."""


def encode(value: object) -> bytes:
    """Canonical bytes of a value that is known to keep the profile (our own documents)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def faults(value: object, path: str = "$", depth: int = 0) -> list[str]:
    """Where `value` leaves the profile, as JSON paths with the reason; for lint."""
    if depth > MAX_DEPTH:
        return [f"{path}: deeper than {MAX_DEPTH}"]
    if value is None or isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [] if -MAX_INT <= value <= MAX_INT else [f"{path}: integer beyond 2^53"]
    if isinstance(value, str):
        return [] if value.isascii() or whole(value) else [f"{path}: half a character"]
    if isinstance(value, list):
        return [f for i, item in enumerate(value) for f in faults(item, f"{path}[{i}]", depth + 1)]
    if isinstance(value, dict):
        found = []
        for key, item in value.items():
            if not isinstance(key, str) or not (key.isascii() or (max(key) <= "\uffff" and whole(key))):
                found.append(f"{path}: key {key!r}")
            found += faults(item, f"{path}.{key}", depth + 1)
        return found
    return [f"{path}: {type(value).__name__}"]


def whole(text: str) -> bool:
    """Has the text no half characters (lone surrogates)?"""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def load(data: bytes) -> object:
    """Parse foreign JSON of bounded size; raises BadInput (`bad_json`)."""
    if len(data) > MAX_BYTES:
        raise BadInput("bad_json", FAULTS["bad_json"], what=f"> {MAX_BYTES} bytes")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise BadInput("bad_json", FAULTS["bad_json"], what=str(fault)[:60]) from None


def encode_foreign(value: object) -> bytes:
    """Canonical bytes of a document from outside; raises BadInput (`out_of_profile`) beyond the profile.

    Looks at the bytes first: a point or exponent outside strings, four-byte characters anywhere; only
    where there is one does it walk the tree.
    """
    try:
        data = orjson.dumps(value, option=_FOREIGN)
    except (TypeError, ValueError, RecursionError) as fault:
        raise BadInput("out_of_profile", FAULTS["out_of_profile"], what=str(fault)[:60]) from None
    if b"\\" in data:
        bare = _STRING.sub(b"", data)
    else:  # every other piece between quotation marks is a string
        bare = b"".join(data.split(b'"')[::2])
    words = bare.translate(None, _STRUCTURE)
    for word in (b"true", b"false", b"null"):
        words = words.replace(word, b"")
    if (words or data.translate(None, _UP_TO_BMP)) and (found := faults(value)):
        raise BadInput("out_of_profile", FAULTS["out_of_profile"], what=found[0][:80])
    return data
