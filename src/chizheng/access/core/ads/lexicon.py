"""The alias table, ready to be matched: every word of the ads, in one pass, longest first.

A word is found in two steps. A table over pairs of characters (`first` x `second`) leaves the few positions
where some word can begin; numpy asks it for a whole batch of ads at once. At those positions a dictionary is
asked for the longest word, of the lengths that begin with the same three characters. The cost of the first step
does not depend on the number of words, and the second sees only what passed, so a table ten times as long costs
little (bench/ads.py).

An Aho-Corasick automaton (pyahocorasick) was the first choice; its nodes are searched linearly, so the root,
with one child for each first character, makes the cost grow with the table (bench/ads.py shows both).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chizheng.access.core.ads.normalise import SEPARATOR, Folding, to_text
from chizheng.kernel.periods import Period


class Kind(IntEnum):
    """What a word of the table is; where a word is several things, the smallest value wins."""

    BLOCK = 0  # contains a trade's name and is not it
    NAME = 1  # a worker of the occupation
    TRADE = 2  # the trade or the machine
    CERTIFICATE = 3  # a paper that belongs to the occupation
    GENERAL = 4  # a post so general that a demanded certificate decides its trade
    WAITER = 5  # a waiter: the house decides which occupation
    TRIGGER = 6  # wakes a rule of the findings, nothing else


@dataclass(frozen=True, slots=True)
class Word:
    """One row of the table: the word, its kind, the occupations it may mean (best first), when it counts.

    `wakes` are the codes of the finding rules that this word wakes; `general` marks a post whose trade a
    demanded certificate may decide (some names of posts are that too). `period` None: always.
    """

    text: str
    kind: Kind
    readings: tuple[str, ...] = ()
    wakes: frozenset[str] = frozenset()
    general: bool = False
    period: Period | None = None


class Token(NamedTuple):
    """A word found in a field: offsets are those of the original text."""

    start: int
    end: int
    word: Word


@dataclass(slots=True)
class Scan:
    """One ad after the pass: folded fields, tokens of each field, codes of the rules woken."""

    fields: tuple[str, ...]
    tokens: list[list[Token]]
    wakes: set[str] = field(default_factory=set)


_GAP = re.compile(r"[^一-鿿a-z0-9]+")
_THIRD_SLOTS = 1 << 22
_TWO = (2,)
"""Lengths to try where no longer word begins with the same three characters."""


def _third_slot(pair: NDArray[np.int64], third: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where a pair's third character is noted; two may share a slot, the dictionary decides."""
    slot: NDArray[np.int64] = ((pair * 0x9E3779B1 + third * 0x85EBCA6B) >> 7) & (_THIRD_SLOTS - 1)
    return slot


# A name ending in 工 whose 工 belongs to the next word: 电工程, 焊工艺, 管工作. The second table takes back
# words that begin with the same character and do follow a worker.
_STOLEN_TAIL = frozenset("程作资艺厂业具件况龄序长")
_NOT_STOLEN = frozenset({"作业", "资格", "资质", "资深", "业余", "长期", "长白", "长年", "长短"})


class Lexicon:
    """All words in force on one day, as tables; without a day, those that have no date."""

    def __init__(self, words: Iterable[Word], folding: Folding, *, on: date | None = None) -> None:
        self.folding = folding
        table: dict[str, Word] = {}
        decided: dict[str, Word] = {}
        for word in words:
            codes, _ = folding.skeleton(folding.fold_codes(word.text))
            text = to_text(codes)
            if len(text) < 2:
                raise ValueError(f"a word of the alias table needs two characters: {word.text!r}")
            word = replace(word, text=text)
            if word.period is None:
                table[text] = _merge(table[text], word) if text in table else word
            elif on is not None and word.period.contains(on):
                decided[text] = word  # what a person decided goes before the table
        for text, word in decided.items():
            table[text] = replace(word, wakes=table[text].wakes) if text in table else word
        self.words: Mapping[str, Word] = table
        pairs_used = list(dict.fromkeys(text[:2] for text in table))
        by_three: dict[str, set[int]] = {}
        for text in table:
            if len(text) > 2:
                by_three.setdefault(text[:3], {2} if text[:2] in table else set()).add(len(text))
        self._lengths = {three: tuple(sorted(found, reverse=True)) for three, found in by_three.items()}
        firsts = sorted({pair[0] for pair in pairs_used})
        seconds = sorted({pair[1] for pair in pairs_used})
        self._first = np.zeros(0x30000, dtype=np.int32)
        self._second = np.zeros(0x30000, dtype=np.int32)
        self._first[[ord(c) for c in firsts]] = np.arange(1, len(firsts) + 1)
        self._second[[ord(c) for c in seconds]] = np.arange(1, len(seconds) + 1)
        self._width = len(seconds) + 1
        numbers = {pair: number for number, pair in enumerate(pairs_used, start=1)}
        pairs = np.zeros((len(firsts) + 1) * self._width, dtype=np.int64)
        for pair, number in numbers.items():
            pairs[self._first[ord(pair[0])] * self._width + self._second[ord(pair[1])]] = number
        self._pairs = pairs
        self._whole = np.zeros(len(pairs_used) + 1, dtype=bool)  # pairs that are words by themselves
        self._whole[[numbers[text] for text in table if len(text) == 2]] = True
        longer = [text for text in table if len(text) > 2]
        begins = np.array([numbers[text[:2]] for text in longer], dtype=np.int64)
        thirds = np.array([ord(text[2]) for text in longer], dtype=np.int64)
        self._third = np.zeros(_THIRD_SLOTS, dtype=bool)
        self._third[_third_slot(begins, thirds)] = True

    def _candidates(self, codes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Positions where some word of the table may begin, by its first three characters."""
        first = self._first.take(codes[:-1])
        here = np.flatnonzero(first)
        pair = self._pairs.take(first[here] * self._width + self._second.take(codes[here + 1]))
        passed = np.flatnonzero(pair)
        here, pair = here[passed], pair[passed]
        after = codes.take(here + 2, mode="clip").astype(np.int64)
        found: NDArray[np.int64] = here[self._whole.take(pair) | self._third.take(_third_slot(pair, after))]
        return found

    def scan(self, ads: list[tuple[str, ...]]) -> list[Scan]:
        """Fold the fields of every ad and find the words in them; every ad has the same number of fields."""
        if not ads:
            return []
        width = len(ads[0])
        flat = [f.replace(SEPARATOR, " ") if SEPARATOR in f else f for ad in ads for f in ad]
        joined = SEPARATOR.join(flat) + SEPARATOR
        codes = self.folding.fold_codes(joined)
        folded = to_text(codes)
        kept, where = self.folding.skeleton(codes)
        text = to_text(kept)
        ends = np.cumsum(np.fromiter((len(f) + 1 for f in flat), dtype=np.int64, count=len(flat)))
        starts = (ends - ends[0] if len(ends) else ends).tolist()
        starts = [0, *ends[:-1].tolist()]
        scans = [
            Scan(
                tuple(folded[starts[i] : starts[i] + len(flat[i])] for i in range(n, n + width)),
                [[] for _ in range(width)],
            )
            for n in range(0, len(flat), width)
        ]
        at = self._candidates(kept)
        if not at.size:
            return scans
        origin = where[at]
        owner = np.searchsorted(ends, origin, side="right").tolist()
        lengths, words = self._lengths, self.words
        free = 0
        for p, n in zip(at.tolist(), owner, strict=True):
            for length in lengths.get(text[p : p + 3], _TWO):
                word = words.get(text[p : p + length])
                if word is None:
                    continue
                scan = scans[n // width]
                if word.wakes:
                    scan.wakes |= word.wakes
                if word.kind is Kind.TRIGGER or p < free:
                    continue
                stop = p + length
                if word.kind is not Kind.BLOCK and _is_stolen(text, stop):
                    continue
                if p > 1 and text[p - 1] == "\n" and _is_blocked(words, text, p):
                    continue
                begin, end = int(where[p]), int(where[stop - 1]) + 1
                if end - begin != length and not _spaced_out(folded, begin, end, length, words):
                    continue
                free = stop
                if word.kind is not Kind.BLOCK:
                    base = starts[n]
                    scan.tokens[n % width].append(Token(begin - base, end - base, word))
                break
        return scans


def _merge(one: Word, other: Word) -> Word:
    """The same word twice: the stronger kind, both readings, both rules."""
    if other.kind < one.kind:
        one, other = other, one
    readings = one.readings
    if one.kind == other.kind:
        readings += tuple(r for r in other.readings if r not in readings)
    return replace(
        one, readings=readings, wakes=one.wakes | other.wakes, general=one.general or other.general
    )


def _is_blocked(words: Mapping[str, Word], text: str, p: int) -> bool:
    """Does a block word stand across the line break before `p` (维 / 护工)?"""
    for length in (3, 4):
        word = words.get(text[p - 2] + text[p : p + length - 1])
        if word is not None and word.kind is Kind.BLOCK:
            return True
    return False


def _is_stolen(text: str, stop: int) -> bool:
    """Does the 工 that ends a name at `stop` begin the next word?"""
    return text[stop - 1] == "工" and text[stop] in _STOLEN_TAIL and text[stop : stop + 2] not in _NOT_STOLEN


def _is_han(char: str) -> bool:
    return "一" <= char <= "鿿"


def _spaced_out(folded: str, begin: int, end: int, length: int, words: Mapping[str, Word]) -> bool:
    """May `folded[begin:end]`, which has dropped characters inside, be one name that somebody spaced out?

    Yes where every character stands alone (电 焊 工), or where what the gap cuts off is one character at the
    edge of a run (厨/师); no where it is the beginning of another word (叉车/工程师), nor where the parts are
    names of their own (机修/电工).
    """
    inside = folded[begin:end]
    if "\n" in inside or len(inside) > 4 * length:
        return False
    pieces = [piece for piece in _GAP.split(inside) if piece]
    after, before = folded[end : end + 1], folded[begin - 1 : begin]
    if all(len(p) == 1 for p in pieces):
        return not _is_han(after) or len(pieces) > 2
    first = words.get(pieces[0])
    if first is not None and first.kind is Kind.NAME and len(pieces[-1]) > 1:
        return False
    if "/" in inside and all(p in words for p in pieces):
        return False
    if len(pieces[-1]) == 1 and _is_han(after):
        return False
    return not (len(pieces[0]) == 1 and _is_han(before))
