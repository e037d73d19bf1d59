"""The record has the form that claims.md draws up: types, ranges, lengths, the printed form of the name."""

from __future__ import annotations

from types import NoneType
from typing import Final

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import names
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "record_form"
MARKS: Final = frozenset(range(1001))
"""Tenths of a point that a mark may have."""

FIELD = Wording(zh="“{field}”的值不合格式", en="The value of '{field}' does not fit")
NAME = Wording(
    zh="姓名含不规范的点、空格或字符，应写作“{printed}”",
    en="The name has irregular dots, spaces or characters; write '{printed}'",
)


def check(draft: Draft, context: Context) -> list[Finding]:
    del context
    found = [Finding(CODE, FIELD, {"field": field}) for field in claims_.faults(draft.claims)]
    if not found and names.printed(draft.claims.name) != draft.claims.name:
        found.append(Finding(CODE, NAME, {"printed": names.printed(draft.claims.name)}))
    return found


def clears(roll: Roll, context: Context) -> bool:
    names_, tails = "".join(roll.names), "".join(roll.tails)
    marks = [*roll.theory, *roll.practice, *roll.comprehensive]
    return (
        not check(roll.first, context)
        and 0 < min(map(len, roll.names)) <= max(map(len, roll.names)) <= names.LONGEST
        and (names.plain(names_) or all(names.printed(name) == name for name in roll.names))
        and names_.isprintable()
        and max(map(len, roll.tails)) <= 4
        and tails.isprintable()
        and set(map(type, marks)) <= {int, NoneType}
        and {0, *marks} - {None} <= MARKS
        and set(map(type, roll.statuses)) == {int}
        and 0 <= min(roll.statuses) <= max(roll.statuses) <= claims_.LAST_STATUS
        and set(map(type, roll.salts)) == {bytes}
        and set(map(len, roll.salts)) <= {claims_.SALT_BYTES}
    )
