"""Exact look-up without a database: how a certificate becomes a key and a few bytes.

    digest = BLAKE2b-128(salt=register key, "number \\n name")     16 bytes
      first 8   the key in the sorted snapshot
      last 8    never stored; unmasks the printed check code that the record carries

Asked with number and name, or with the digest made of them; nothing maps a number to a name, and the
snapshot holds neither. The register key is published with each snapshot and changes with it: it keeps
digests of different snapshots apart, it is no secret. Who holds the whole snapshot can still try guessed
pairs of number and name, so the file stays on servers; what is given to everybody are the buckets, whose
keys contain the check code.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

KEY_SIZE = 8
SALT_SIZE = 16
PREFIX_BITS = 17
PAYLOAD_SIZE = 16
FIRST_YEAR = 1990

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford base 32: eight characters are 40 bits; I, L, O, U are left out."""
CODE_SIZE = 8
_CODE_VALUE = {c: n for n, c in enumerate(CODE_ALPHABET)} | {"I": 1, "L": 1, "O": 0}


def plain_name(name: str) -> str:
    """A name as compared: NFKC, upper case, no spaces, one kind of middle dot."""
    if name.isalpha() and name == name.upper() and unicodedata.is_normalized("NFKC", name):
        return name  # nearly all, and five times faster
    return _settle(name, lambda text: "".join("·" if c in "·•・‧∙" else c for c in text if not c.isspace()))


def plain_number(number: str) -> str:
    """A number as compared: NFKC, upper case, without spaces and hyphens."""
    if number.isascii() and number.isalnum():
        return number.upper()
    return _settle(number, lambda text: "".join(c for c in text if not c.isspace() and c not in "-‐–—"))


def _settle(text: str, strip: Callable[[str], str]) -> str:
    """Fold and strip until neither changes anything: a capital may decompose anew, and letters that
    come together when a space goes may compose."""
    for _ in range(len(text) + 4):
        again = strip(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper()))
        if again == text:
            break
        text = again
    return text


def code_value(code: str) -> int:
    """The 40 bits of a printed check code; forgiving about case, hyphens and look-alikes."""
    plain = plain_number(code)
    if len(plain) != CODE_SIZE or any(c not in _CODE_VALUE for c in plain):
        raise BadInput("bad_check_code", FAULTS["bad_check_code"], typed=code.strip()[:20])
    value = 0
    for c in plain:
        value = value << 5 | _CODE_VALUE[c]
    return value


def code_text(value: int) -> str:
    """Print 40 bits as a check code."""
    return "".join(CODE_ALPHABET[value >> 5 * place & 31] for place in range(CODE_SIZE - 1, -1, -1))


def digest(key: bytes, number: str, name: str) -> bytes:
    """16-byte digest of number and name under the register key (16 bytes)."""
    message = f"{plain_number(number)}\n{plain_name(name)}".encode()
    return blake2b(message, digest_size=16, salt=key).digest()


class Record(NamedTuple):
    """What the register says to somebody who already knows number and name.

    `year` and `slot` lead to the status; `kind` is the class of evidence; `occupation` the packed code.
    """

    year: int
    slot: int
    level: int
    kind: int
    occupation: int
    code: int

    def code_matches(self, code: str) -> bool:
        return self.code == code_value(code)


def mask_of(whole: bytes) -> int:
    """The 40 bits that hide a check code, from the part of the digest that is not stored."""
    return int.from_bytes(whole[8:13], "little")


def bucket_digest(epoch: bytes, number: str, name: str, code: str) -> bytes:
    """16-byte digest of number, name and check code; its first two bytes name the bucket.

    With 40 unknown bits in it, whoever downloads all buckets can test no guess about a person.
    """
    message = f"{plain_number(number)}\n{plain_name(name)}\n{code_text(code_value(code))}".encode()
    return blake2b(message, digest_size=16, salt=epoch, person=b"chizheng/bucket").digest()
