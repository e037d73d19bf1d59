"""Screening 比对筛查: the question, the gates it is asked against, and the hash of its answer.

The rule itself is SQL (`gated.sql`, `screening.sql`, `uncovered.sql`, `overgating.sql` beside this file),
in the subset that `portable` checks, so that DuckDB and Spark run the same text. Here is what surrounds
it and must not differ by engine: how law becomes gate rows, and how an answer becomes one number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from chizheng.inspection.core.wording import WORDING
from chizheng.kernel.errors import BadInput
from chizheng.law.types import GRADED, Act, GateKind, Law

ANY_LEVEL = 9
"""Level of a gate that any certificate of the occupation opens; held levels are 1..5, so `<=` holds."""
EXEMPT = 0
"""Level of an approved exemption among the covers: it opens every gate of its occupation."""


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


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate as the SQL sees it: numbers, dates and the sentence that cites it.

    `in_post_from`: first day on which those in post before `valid_from` must comply.
    """

    gate: int
    occupation: int
    place: int
    level: int
    valid_from: date
    valid_until: date
    in_post_from: date
    citation: str


def place_number(place: str) -> int:
    """Six digits of a GB/T 2260 prefix; the country is 0.

    >>> place_number("44"), place_number("4401"), place_number("")
    (440000, 440100, 0)
    """
    if place and (len(place) not in (2, 4, 6) or not place.isascii() or not place.isdigit()):
        raise BadInput("bad_place", WORDING["bad_place"], place=place)
    return int(place.ljust(6, "0"))


def place_range(place: str) -> tuple[int, int]:
    """Lowest six-digit number of the place, and the first one beyond it.

    >>> place_range("44"), place_range("440103"), place_range("")
    ((440000, 450000), (440103, 440104), (0, 1000000))
    """
    low = place_number(place)
    return low, low + 10 ** (6 - len(place))


def law_gates(
    law: Law, occupations: Mapping[str, int], graded: Iterable[str], act: Act = Act.POST
) -> list[Gate]:
    """The gates of the law before `act`, for the occupations of a register.

    `occupations`: number of each official name; `graded`: the names that have technical grades or a
    national standard, which a GRADED row stands for. Pending and advisory rows bar nothing and are left
    out; so are licences of other authorities, which no certificate of this register can answer.
    """
    graded_names = sorted(set(graded) & occupations.keys())
    rows: list[Gate] = []
    for row in sorted(law.gates, key=lambda g: g.key):
        if row.kind is not GateKind.GATE or act not in row.acts:
            continue
        names = graded_names if row.occupation == GRADED else [row.occupation]
        citation = row.citation.say()
        if row.scope:
            citation = f"{citation}（{row.scope}）"
        for name in names:
            if name in occupations:
                rows.append(
                    Gate(
                        gate=len(rows) + 1,
                        occupation=occupations[name],
                        place=place_number(row.place),
                        level=ANY_LEVEL if row.level is None else row.level,
                        valid_from=row.period.start,
                        valid_until=row.period.closed_end,
                        in_post_from=row.transition_until or row.period.start,
                        citation=citation,
                    )
                )
    return rows


def law_bases(law: Law, occupations: Mapping[str, int], graded: Iterable[str]) -> list[Gate]:
    """Every text that lets an employer demand a certificate: gates before any act, and licences."""
    graded_names = sorted(set(graded) & occupations.keys())
    rows: list[Gate] = []
    for row in sorted(law.gates, key=lambda g: g.key):
        if row.kind not in (GateKind.GATE, GateKind.LICENCE):
            continue
        for name in graded_names if row.occupation == GRADED else [row.occupation]:
            if name in occupations:
                rows.append(
                    Gate(len(rows) + 1, occupations[name], place_number(row.place), ANY_LEVEL,
                         row.period.start, row.period.closed_end, row.period.start, row.citation.say())
                )  # fmt: skip
    return rows


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
    Depth.UNCOVERED: ("filing", "person", "gate", "first_day", "end_day", "uncovered_from", "uncovered_until"),
}
"""The columns an answer is identified by; dates count as days since 1970-01-01."""

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


