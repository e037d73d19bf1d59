"""Screening 比对筛查: the question, and the hash of its answer.

The rule itself is SQL (`gated.sql`, `screening.sql`, `uncovered.sql`, `overgating.sql` beside this file),
in the subset that `subset` checks, so that DuckDB and Spark run the same text. Here is what surrounds
it and must not differ by engine: what is asked, and how an answer becomes one number. How law becomes
gate rows is in `gates`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from chizheng.inspection.core.gates import place_range
from chizheng.inspection.core.wording import WORDING
from chizheng.kernel.errors import BadInput


class Depth(StrEnum):
    """What an answer lists."""

    FIRST_DAY = "first_day"  # gated spells without cover on their first day
    UNCOVERED = "uncovered"  # every uncovered interval inside gated spells


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: days [from_date, until_date), filings within `place` (GB/T 2260 prefix), how deep."""

    from_date: date
    until_date: date
    place: str = ""
    depth: Depth = Depth.FIRST_DAY

    def __post_init__(self) -> None:
        if self.until_date <= self.from_date:
            raise BadInput("empty_period", WORDING["empty_period"], start=self.from_date, end=self.until_date)
        place_range(self.place)

    @classmethod
    def on(cls, day: date, place: str = "") -> Question:
        """As of one day."""
        return cls(day, day + timedelta(days=1), place)


def person_key(document: str, secret: bytes) -> int:
    """A signed 63-bit key of an identity document, so that tables can meet without the document.

    Keyed BLAKE2b; unsigned 64-bit keys would become decimals in Spark. Two of n persons share a key with
    probability n²/2⁶⁴: 0.005 for 300 million.

    >>> person_key("11010119900101001X", b"k") == person_key(" 11010119900101001x", b"k")
    True
    """
    text = document.strip().upper().encode()
    return int.from_bytes(hashlib.blake2b(text, key=secret, digest_size=8).digest(), "big") >> 1


HASHED = {
    Depth.FIRST_DAY: ("filing", "person", "gate", "first_day", "end_day"),
    Depth.UNCOVERED: (
        "filing",
        "person",
        "gate",
        "first_day",
        "end_day",
        "uncovered_from",
        "uncovered_until",
    ),
}
"""The columns an answer is identified by; dates count as days since 1970-01-01."""

HASHED_DEMANDS = ("demand", "employer", "first_day", "end_day")
"""The same for over-gating."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class RowHash:
    """Number of rows, and the sum of their 64-bit hashes modulo 2^64: independent of order and of batches.

    Each row is folded through the SplitMix64 finaliser (Steele, Lea, Flood 2014). It proves that engines
    agree; it does not withstand someone who wants a collision.
    """

    rows: int = 0
    total: int = 0

    def __add__(self, other: RowHash) -> RowHash:
        return RowHash(self.rows + other.rows, (self.total + other.total) & (2**64 - 1))

    def __sub__(self, other: RowHash) -> RowHash:
        return RowHash(self.rows - other.rows, (self.total - other.total) & (2**64 - 1))

    def __str__(self) -> str:
        return f"{self.rows}-{self.total:016x}"

    @classmethod
    def read(cls, text: str) -> RowHash:
        """What `str` wrote.

        >>> RowHash.read("2-00000000000000ff")
        RowHash(rows=2, total=255)
        """
        rows, _, total = text.partition("-")
        return cls(int(rows), int(total, 16))


def row_hash(columns: Iterable[npt.NDArray[np.int64]]) -> RowHash:
    """Hash of a batch: one int64 array per hashed column, equal lengths, in the order of `HASHED`."""
    acc: npt.NDArray[np.uint64] | None = None
    rows = 0
    for column in columns:
        bits = column.astype(np.int64, copy=False).view(np.uint64)
        if acc is None:
            acc, rows = np.full(len(bits), 0, dtype=np.uint64), len(bits)
        x = (acc ^ bits) + _GOLDEN
        x = (x ^ (x >> np.uint64(30))) * _M1
        x = (x ^ (x >> np.uint64(27))) * _M2
        acc = x ^ (x >> np.uint64(31))
    if acc is None:
        return RowHash()
    return RowHash(rows, int(acc.sum(dtype=np.uint64)))
