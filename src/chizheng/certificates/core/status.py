"""Status of certificates: two bits each, derived from the log and never edited.

    0 valid   1 revoked   2 suspended   3 superseded        (0 to 2 as in Token Status List)

Every certificate has a *slot* in the national shard of its year. Slots are given by a keyed
permutation of the serial within the year, so that neighbours in a list say nothing about the order or
place of issue; the list is national so that the herd is large. Status is the fold of the STATUS events
of the log; a published list is rebuilt from them and compared, never read, modified and written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from chizheng.certificates.core.commitments import Status as StatusEntry
from chizheng.certificates.core.commitments import Turn
from chizheng.certificates.core.log_wording import bad
from chizheng.kernel.states import StateTable

Slots = NDArray[np.int64]


class State(IntEnum):
    """What a certificate's two bits say."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    SUPERSEDED = 3


LIFE = StateTable(
    "certificate status",
    State.VALID.name,
    {
        (State.VALID.name, Turn.SUSPEND): State.SUSPENDED.name,
        (State.SUSPENDED.name, Turn.REINSTATE): State.VALID.name,
        (State.VALID.name, Turn.REVOKE): State.REVOKED.name,
        (State.SUSPENDED.name, Turn.REVOKE): State.REVOKED.name,
        (State.VALID.name, Turn.SUPERSEDE): State.SUPERSEDED.name,
        (State.SUSPENDED.name, Turn.SUPERSEDE): State.SUPERSEDED.name,
    },
)
"""Revoked and superseded are final: a successful appeal leads to a new certificate, a bit never
clears silently."""


_TABLE_BITS = 14
"""Halves of up to so many bits have their rounds tabled: 65,536 entries in a fifth of a second."""


class SlotPermutation:
    """Keyed permutation of `0 .. capacity - 1`: ten Feistel rounds with cycle walking.

    Ten rounds are what NIST SP 800-38G asks of a balanced Feistel network. `key`: 16 to 64 secret bytes,
    one per year, held where certificates are issued.
    """

    ROUNDS = 10

    def __init__(self, key: bytes, capacity: int) -> None:
        if capacity < 2 or not 16 <= len(key) <= 64:
            raise bad("status_malformed", what="a permutation needs 16 bytes of key and two slots")
        self.capacity = capacity
        # two equal halves; at most four steps of walking per call on average
        self._half = ((capacity - 1).bit_length() + 1) // 2
        self._mask = (1 << self._half) - 1
        self._tables: list[NDArray[np.int64]] | None = None
        self._keyed = [
            blake2b(key=key, digest_size=8, person=b"chizheng/slot" + bytes([n])) for n in range(self.ROUNDS)
        ]

    def _round(self, number: int, half: int) -> int:
        state = self._keyed[number].copy()
        state.update(half.to_bytes(8, "big"))
        return int.from_bytes(state.digest(), "big") & self._mask

    def slot(self, serial: int) -> int:
        """The slot of the `serial`-th certificate of the year."""
        self._within(serial)
        while True:
            left, right = serial >> self._half, serial & self._mask
            for number in range(self.ROUNDS):
                left, right = right, left ^ self._round(number, right)
            serial = left << self._half | right
            if serial < self.capacity:
                return serial

    def slots(self, first: int, count: int) -> list[int]:
        """`slot` of `count` serials from `first`: by tables of the rounds where the halves are small."""
        if self._half > _TABLE_BITS or not count:
            return [self.slot(serial) for serial in range(first, first + count)]
        self._within(first)
        self._within(first + count - 1)
        if self._tables is None:
            size = range(self._mask + 1)
            self._tables = [
                np.array([self._round(number, half) for half in size], dtype=np.int64)
                for number in range(self.ROUNDS)
            ]
        serials = np.arange(first, first + count, dtype=np.int64)
        walking = np.ones(count, dtype=bool)
        while walking.any():
            left, right = serials[walking] >> self._half, serials[walking] & self._mask
            for table in self._tables:
                left, right = right, left ^ table[right]
            serials[walking] = left << self._half | right
            walking = serials >= self.capacity
        return serials.tolist()

    def serial(self, slot: int) -> int:
        """The inverse of `slot`."""
        self._within(slot)
        while True:
            left, right = slot >> self._half, slot & self._mask
            for number in reversed(range(self.ROUNDS)):
                left, right = right ^ self._round(number, left), left
            slot = left << self._half | right
            if slot < self.capacity:
                return slot

    def _within(self, value: int) -> None:
        if not 0 <= value < self.capacity:
            raise bad("status_out_of_range", slot=value, year="-", capacity=self.capacity)


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The slots of one year that are not valid, by state; all others are valid.

    `slots[state]` is a sorted array without doubles, for every state but VALID.
    """

    year: int
    capacity: int
    slots: Mapping[State, Slots]

    @classmethod
    def of(cls, year: int, capacity: int, states: Mapping[int, State]) -> Exceptions:
        """From `slot -> state`."""
        beyond = [s for s in states if not 0 <= s < capacity]
        if beyond:
            raise bad("status_out_of_range", slot=beyond[0], year=year, capacity=capacity)
        by_state: dict[State, list[int]] = {state: [] for state in NOT_VALID}
        for slot, state in states.items():
            if state is not State.VALID:
                by_state[state].append(slot)
        return cls(year, capacity, {s: np.array(sorted(v), dtype=np.int64) for s, v in by_state.items()})

    def by_slot(self) -> dict[int, State]:
        """`slot -> state` of all that are not valid."""
        return {slot: state for state, held in self.slots.items() for slot in held.tolist()}

    def dense(self) -> NDArray[np.uint8]:
        """One state per slot, `capacity` bytes."""
        states = np.zeros(self.capacity, dtype=np.uint8)
        for state, held in self.slots.items():
            states[held] = state
        return states

    @property
    def count(self) -> int:
        return sum(len(held) for held in self.slots.values())


NOT_VALID = (State.REVOKED, State.SUSPENDED, State.SUPERSEDED)


def fold(events: Iterable[StatusEntry], capacities: Mapping[int, int]) -> dict[int, Exceptions]:
    """States of every year from the log's STATUS entries in order; raises Conflict on a turn that the
    state does not allow, so a lost or invented event cannot pass unseen."""
    states: dict[int, dict[int, State]] = {year: {} for year in capacities}
    for event in events:
        if event.year not in states:
            raise bad("status_year_unknown", year=event.year)
        shard = states[event.year]
        was = shard.get(event.slot, State.VALID)
        shard[event.slot] = State[LIFE.next(was.name, event.turn)]
    return {year: Exceptions.of(year, capacities[year], held) for year, held in states.items()}


class StatusView:
    """What a verifier holds: the states of all years and how fresh they are.

    `as_of` and `expires` are POSIX seconds; past `expires` an answer is amber, not green.
    """

    def __init__(self, years: Iterable[Exceptions], *, as_of: int, expires: int, sequence: int = 0) -> None:
        self.as_of = as_of
        self.expires = expires
        self.sequence = sequence
        self.years = {one.year: one for one in years}
        self._by_slot: dict[int, dict[int, State]] = {}

    def status(self, year: int, slot: int) -> State:
        """The two bits of one certificate."""
        held = self._by_slot.get(year)
        if held is None:
            if year not in self.years:
                raise bad("status_year_unknown", year=year)
            held = self._by_slot[year] = self.years[year].by_slot()
        state = held.get(slot)
        if state is not None:
            return state
        if not 0 <= slot < self.years[year].capacity:
            raise bad("status_out_of_range", slot=slot, year=year, capacity=self.years[year].capacity)
        return State.VALID

    def statuses(self, year: int, slots: Slots) -> NDArray[np.uint8]:
        """Many at once: one state per slot, in order."""
        if year not in self.years:
            raise bad("status_year_unknown", year=year)
        shard = self.years[year]
        if slots.size and not 0 <= int(slots.min()) <= int(slots.max()) < shard.capacity:
            raise bad("status_out_of_range", slot=int(slots.max()), year=year, capacity=shard.capacity)
        states = np.zeros(len(slots), dtype=np.uint8)
        for state, held in shard.slots.items():
            if len(held):
                at = np.searchsorted(held, slots)
                at[at == len(held)] = 0
                states[held[at] == slots] = state
        return states

    def fresh(self, now: int) -> bool:
        return now < self.expires
