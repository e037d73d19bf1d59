"""The drafts of one examined batch by columns: what all share is said once, so that ten thousand of them are
judged and written down a column at a time.

A roll says nothing that its drafts do not say one by one: `roll[n]` is the n-th `Draft`, and `records`
are the bytes that `claims.encode` gives for each (a property test holds the two together).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

import cbor2

from chizheng.certificates.core import claims as c_
from chizheng.certificates.core.claims import Claims, DocumentKind, Rating, Sex
from chizheng.certificates.core.draft import Draft
from chizheng.certificates.core.envelopes.vc import Profile
from chizheng.certificates.core.numbers import MAX_SERIAL


@dataclass(frozen=True, kw_only=True)
class Roll:
    """Certificates with consecutive numbers of one institution, year and level.

    common            what all share; its own name, number, scores and the like are nobody's
    issuer, texts     as in `Draft`
    prefix, serials   the first eleven digits of all numbers, and the last five as numbers
    the columns       one value for each certificate, in the order of the serials; named and typed as in `Claims`
    """

    common: Claims
    issuer: Profile
    texts: tuple[str, ...]
    prefix: str
    serials: range
    names: Sequence[str]
    documents: Sequence[DocumentKind]
    tails: Sequence[str]
    sexes: Sequence[Sex]
    births: Sequence[date | None]
    theory: Sequence[int | None]
    practice: Sequence[int | None]
    comprehensive: Sequence[int | None]
    ratings: Sequence[Rating]
    statuses: Sequence[int]
    salts: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.serials)

    def __getitem__(self, n: int) -> Draft:
        """The n-th draft, counted from 0."""
        claims = replace(
            self.common, number=f"{self.prefix}{self.serials[n]:05d}", name=self.names[n],
            document=self.documents[n], document_tail=self.tails[n], sex=self.sexes[n], birth=self.births[n],
            theory=self.theory[n], practice=self.practice[n], comprehensive=self.comprehensive[n],
            rating=self.ratings[n], status=self.statuses[n], salt=self.salts[n],
        )  # fmt: skip
        return Draft(claims, self.issuer, self.texts)

    def __iter__(self) -> Iterator[Draft]:
        return (self[n] for n in range(len(self)))

    @cached_property
    def first(self) -> Draft:
        """The first draft: what all share can be seen on it."""
        return self[0]

    @cached_property
    def numbers(self) -> list[str]:
        """The printed numbers."""
        prefix = self.prefix
        return [f"{prefix}{serial:05d}" for serial in self.serials]

    @cached_property
    def records(self) -> list[bytes]:
        """The canonical bytes of every record; for rolls whose values are in range (`record_form`).

        Raises ValueError where the serials run past five digits: adding would carry into the prefix.
        """
        if self.serials and self.serials[-1] > MAX_SERIAL:
            raise ValueError(f"serial {self.serials[-1]} has more than five digits")
        between, after, always = self._shared()
        first = int(self.prefix) * 100_000
        columns = zip(
            self.serials, self.names, self.documents, self.tails, self.sexes, self.births, self.theory,
            self.practice, self.comprehensive, self.ratings, self.statuses, self.salts, strict=True,
        )  # fmt: skip
        made = []
        for serial, name, kind, tail, sex, birth, theory, practice, review, rating, status, salt in columns:
            sex_, birth_, rating_ = _SEX[sex], _birth(birth), _RATING[rating]
            scores_ = b""
            if theory is not None or practice is not None or review is not None:
                scores_ = _SCORES + _MARK[theory] + _MARK[practice] + _MARK[review]
            entries = always + bool(sex_) + bool(birth_) + bool(scores_) + bool(rating_)
            made.append(b"".join((
                _MAP[entries], _NUMBER, _whole(first + serial), _NAME, _text(name), _DOCUMENT[kind], _text(tail),
                sex_, birth_, between, scores_, rating_, after, _whole(status), _SALT, _bytes_head(len(salt)), salt,
            )))  # fmt: skip
        return made

    def _shared(self) -> tuple[bytes, bytes, int]:
        """The bytes between birth and scores, those between rating and status, and the entries of the map
        that no certificate of the roll is without."""
        c = self.common
        level, institution = c_.derived(f"{self.prefix}00001")
        middle: dict[int, object] = {c_.OCCUPATION: c.occupation}
        if c.occupation_code:
            middle[c_.CODE] = c_.pack_code(c.occupation_code)
        if c.level != level:
            middle[c_.LEVEL] = c.level
        late: dict[int, object] = {c_.ISSUED: c.issued.toordinal() - c_.EPOCH_ORDINAL}
        if c.institution != institution:
            late[c_.INSTITUTION] = c.institution
        late[c_.AUTHORITY] = c.authority
        if c.sitting:
            late[c_.SITTING] = c.sitting
        if c.basis:
            late[c_.BASIS] = int(c.basis)
        if c.version != 1:
            late[c_.VERSION] = c.version
        own = (c_.NUMBER, c_.NAME, c_.DOCUMENT, c_.STATUS, c_.SALT)
        between, after = (cbor2.dumps(part)[1:] for part in (middle, late))  # without the head of the map
        return between, after + bytes((c_.STATUS,)), len(own) + len(middle) + len(late)


# --- pieces of CBOR, ready-made: heads and small values are the same in every record

_MAP: Final = [bytes((0xA0 | n,)) for n in range(24)]
_TEXT: Final = [bytes((0x60 | n,)) for n in range(24)]
_NUMBER, _NAME, _SALT = (bytes((key,)) for key in (c_.NUMBER, c_.NAME, c_.SALT))
_SCORES: Final = bytes((c_.SCORES, 0x83))
_DOCUMENT: Final = {kind: bytes((c_.DOCUMENT, 0x82, kind)) for kind in DocumentKind}
_SEX: Final = {sex: bytes((c_.SEX, sex)) if sex else b"" for sex in Sex}
_RATING: Final = {rating: bytes((c_.RATING, rating)) if rating else b"" for rating in Rating}
_MARK: Final[dict[int | None, bytes]] = {mark: cbor2.dumps(mark) for mark in (None, *range(1001))}


def _text(text: str) -> bytes:
    raw = text.encode()
    return (_TEXT[len(raw)] if len(raw) < 24 else cbor2.dumps(text)[: -len(raw)]) + raw


def _whole(number: int) -> bytes:
    if number > 0xFFFFFFFF:
        return b"\x1b" + number.to_bytes(8, "big")
    return b"\x1a" + number.to_bytes(4, "big") if number > 0xFFFF else cbor2.dumps(number)


@lru_cache(maxsize=256)
def _bytes_head(length: int) -> bytes:
    return cbor2.dumps(bytes(length))[:-length]


@lru_cache(maxsize=50_000)
def _birth(day: date | None) -> bytes:
    return b"" if day is None else bytes((c_.BIRTH,)) + cbor2.dumps(day.toordinal() - c_.EPOCH_ORDINAL)
