"""Screening on key-sorted columns: the first-day question as passes over arrays, for daily runs and deltas.

Both tables are sorted once by (person, occupation), and every filing remembers where its covers begin. A run
then only streams columns and gathers; it never hashes, searches or sorts. The rule is that of `gated.sql` and
`screening.sql` (a test compares the row hashes). Dates are int32 days since 1970-01-01. Covers are as the SQL
wants them: renamed occupations already written under the number they open (`GateBook.openers`); approved
exemptions are left to the SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Self

import numpy as np
import numpy.typing as npt

from chizheng.inspection.core.gates import Gate
from chizheng.inspection.core.screening import RowHash, row_hash

Days = npt.NDArray[np.int32]
Keys = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


@dataclass(frozen=True)
class Covers:
    """Certificates sorted by (person, occupation)."""

    person: Keys
    occupation: npt.NDArray[np.int32]
    level: npt.NDArray[np.int8]
    valid_from: Days
    valid_until: Days


@dataclass(frozen=True)
class Filings:
    """Filings sorted by (person, occupation); `first`, `count`: where their covers are."""

    filing: Keys
    person: Keys
    occupation: npt.NDArray[np.int32]
    level: npt.NDArray[np.int8]
    place: npt.NDArray[np.int32]
    start_date: Days
    end_date: Days
    first: npt.NDArray[np.int32]
    count: npt.NDArray[np.int8]

    def take(self, rows: Rows) -> Self:
        return type(self)(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True)
class Found:
    """Findings in the order of the person key; the columns of `HASHED[FIRST_DAY]`."""

    filing: Keys
    person: Keys
    gate: Keys
    first_day: Days
    end_day: Days

    def hash(self) -> RowHash:
        return row_hash(
            c.astype(np.int64) for c in (self.filing, self.person, self.gate, self.first_day, self.end_day)
        )

    def take(self, rows: Rows) -> Self:
        return type(self)(*(getattr(self, f.name)[rows] for f in fields(self)))


def link(covers: Covers, filings: Filings) -> Filings:
    """`filings` with `first` and `count` set: one merge of both sides, done when a table changes."""
    persons = np.union1d(covers.person, filings.person)
    width = int(max(covers.occupation.max(initial=0), filings.occupation.max(initial=0))) + 1
    held = np.searchsorted(persons, covers.person) * width + covers.occupation
    asked = np.searchsorted(persons, filings.person) * width + filings.occupation
    first = np.searchsorted(held, asked, "left")
    count = np.searchsorted(held, asked, "right") - first
    return Filings(
        filings.filing,
        filings.person,
        filings.occupation,
        filings.level,
        filings.place,
        filings.start_date,
        filings.end_date,
        first.astype(np.int32),
        np.minimum(count, 127).astype(np.int8),
    )


class _Run:
    """The gates of one depth: cells of (occupation, place), and for each the rows of the index."""

    def __init__(self, divisor: int, size: int, cells: Rows, first: Rows, count: Rows, width: int) -> None:
        self.divisor, self.size, self.cells, self.first, self.count = divisor, size, cells, first, count
        self.most = int(count.max())
        self.table: npt.NDArray[np.int32] | None = None
        if size <= 100:
            self.table = np.full((width + 1) * size, -1, dtype=np.int32)
            self.table[cells] = np.arange(len(cells), dtype=np.int32)

    def slots(
        self, occupation: npt.NDArray[np.int32], place: npt.NDArray[np.int32] | None
    ) -> npt.NDArray[np.int32]:
        """For each (occupation, place) the cell that gates it, -1 for none."""
        if place is None or self.size == 1:
            assert self.table is not None
            return self.table[occupation]
        if self.table is not None:
            return self.table[occupation * np.int32(self.size) + place // np.int32(self.divisor)]
        cell = occupation.astype(np.int64) * self.size + place // np.int32(self.divisor)
        slot = np.minimum(np.searchsorted(self.cells, cell), len(self.cells) - 1).astype(np.int32)
        return np.where(self.cells[slot] == cell, slot, np.int32(-1))


class GateIndex:
    """Gates in force in [from, until), found by occupation and place in constant time.

    One run for each depth of place that has gates: the country and provinces by a table of (occupation,
    place), cities and counties by search among the few that have gates.
    """

    def __init__(self, gates: Sequence[Gate], from_date: date, until_date: date) -> None:
        self.begin, self.stop = np.int32(day_number(from_date)), np.int32(day_number(until_date))
        live = [g for g in gates if g.valid_from < until_date and g.valid_until > from_date]
        live.sort(key=lambda g: (_depth(g.place), g.occupation, g.place))
        self.width = max((g.occupation for g in live), default=0) + 1
        self.gate = np.array([g.gate for g in live], dtype=np.int64)
        self.level = np.array([g.level for g in live], dtype=np.int8)
        self.level_floor = np.array([g.level_floor for g in live], dtype=np.int8)
        dates = [
            [day_number(getattr(g, name)) for g in live]
            for name in ("valid_from", "valid_until", "in_post_before", "in_post_from")
        ]
        self.valid_from, self.valid_until, self.in_post_before, self.in_post_from = (
            np.array(d, dtype=np.int32) for d in dates
        )
        if any(g.opened_by != g.occupation for g in live):
            raise ValueError(
                "renamed occupations: write filings and covers under the number that opens the gate"
            )
        self.runs: list[_Run] = []
        for depth, divisor in enumerate((1_000_000, 10_000, 100, 1)):
            rows = [i for i, g in enumerate(live) if _depth(g.place) == depth]
            if rows:
                size = 1_000_000 // divisor
                cells = np.array([live[i].occupation * size + live[i].place // divisor for i in rows])
                unique, first, count = np.unique(cells, return_index=True, return_counts=True)
                self.runs.append(_Run(divisor, size, unique, first + rows[0], count, self.width))

    def match(self, filings: Filings, rows: Rows) -> tuple[Rows, npt.NDArray[np.int64]]:
        """(row of filings, row of this index) for every gate that stands before one of `rows`."""
        found_rows, found_gates = [], []
        occupation = np.minimum(filings.occupation[rows], np.int32(self.width))
        place = filings.place[rows] if any(run.size > 1 for run in self.runs) else None
        for run in self.runs:
            slot = run.slots(occupation, place)
            here = np.flatnonzero(slot >= 0)
            slot = slot[here]
            here, times = rows[here], run.count[slot]
            if run.most == 1:
                found_rows.append(here)
                found_gates.append(run.first[slot])
                continue
            offsets = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
            found_rows.append(np.repeat(here, times))
            found_gates.append(np.repeat(run.first[slot], times) + offsets)
        if not found_rows:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        return np.concatenate(found_rows), np.concatenate(found_gates)


def _depth(place: int) -> int:
    return 0 if place == 0 else 1 if place % 10_000 == 0 else 2 if place % 100 == 0 else 3


def screen(covers: Covers, filings: Filings, index: GateIndex) -> Found:
    """The first-day findings over the period of `index`, in the order of the filings."""
    begin, stop = index.begin, index.stop
    rows: Rows = np.flatnonzero((filings.start_date < stop) & (filings.end_date > begin))
    row, gate = index.match(filings, rows)
    started = filings.start_date[row]
    first = np.maximum(np.maximum(started, index.valid_from[gate]), begin)
    late = started < index.in_post_before[gate]
    if late.any():
        first = np.where(late, np.maximum(first, index.in_post_from[gate]), first)
    end = np.minimum(np.minimum(filings.end_date[row], index.valid_until[gate]), stop)
    bound = first < end
    if not bound.all():
        row, gate, first, end = row[bound], gate[bound], first[bound], end[bound]
    level = np.minimum(index.level[gate], filings.level[row])
    if index.level_floor.any():
        level = np.maximum(level, index.level_floor[gate])
    bare = ~_covered(covers, filings.first[row], filings.count[row], level, first)
    row, gate, first, end = row[bare], gate[bare], first[bare], end[bare]
    if len(index.runs) > 1:
        order = np.argsort(row, kind="stable")
        row, gate, first, end = row[order], gate[order], first[order], end[order]
    return Found(filings.filing[row], filings.person[row], index.gate[gate], first, end)


def _covered(
    covers: Covers,
    first: npt.NDArray[np.int32],
    count: npt.NDArray[np.int8],
    level: npt.NDArray[np.int8],
    day: Days,
) -> npt.NDArray[np.bool_]:
    """For each asked (covers first..first+count, level, day): does one of them hold? One pass per cover."""
    answer = np.zeros(len(first), dtype=bool)
    left = np.flatnonzero(count > 0)
    nth = 0
    while len(left):
        at = first[left] + np.int32(nth)
        holds = (
            (covers.level[at] <= level[left])
            & (covers.valid_from[at] <= day[left])
            & (covers.valid_until[at] > day[left])
        )
        answer[left[holds]] = True
        nth += 1
        left = left[~holds & (count[left] > nth)]
    return answer


@dataclass(frozen=True)
class Delta:
    """What changed in an answer: rows that no longer stand, rows that now do, and the hash of the whole."""

    removed: Found
    added: Found
    hash: RowHash


def rows_of(keys: Keys, persons: Keys) -> Rows:
    """Rows of a column sorted by person that belong to `persons` (sorted, distinct)."""
    first = np.searchsorted(keys, persons)
    times = np.zeros(len(persons), dtype=np.int64)
    open_ = np.arange(len(persons))
    while len(open_):  # groups are short: stepping costs less than a second search
        at = first[open_] + times[open_]
        inside = at < len(keys)
        inside[inside] = keys[at[inside]] == persons[open_[inside]]
        open_ = open_[inside]
        times[open_] += 1
    offsets = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    rows: Rows = np.repeat(first, times) + offsets
    return rows


def rescreen(
    before: Found, whole: RowHash, persons: Keys, covers: Covers, filings: Filings, index: GateIndex
) -> Delta:
    """Screen only `persons` (sorted, distinct) again; `whole` is the hash of `before`.

    `covers` and `filings` are linked and hold at least all rows of these persons as they are now.
    """
    changed = filings.take(rows_of(filings.person, persons))
    added = screen(covers, changed, index)
    removed = before.take(rows_of(before.person, persons))
    return Delta(removed, added, whole - removed.hash() + added.hash())
