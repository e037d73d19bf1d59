"""What the number says (year, institution, level) is what the record says.

Coding rule of 1996: characters 3 to 10 are the institution number, character 11 the level; the year is
the year of issue. A reissue keeps the old number, legacy stock may bear any, corrections keep theirs.
"""

from __future__ import annotations

from chizheng.certificates.core import numbers
from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "number_agrees"

DIFFERS = Wording(
    zh="编号中的{part}是“{number}”，登记的是“{record}”",
    en="The number says {part} '{number}', the record says '{record}'",
)
UNKNOWN = Wording(
    zh="编号“{number}”不属于已知的编码规则，不能用于新证", en="'{number}' follows no scheme we issue in"
)


def check(draft: Draft, context: Context) -> list[Finding]:
    del context
    c = draft.claims
    number = numbers.parse(c.number)
    pairs: list[tuple[str, object, object]] = []
    if isinstance(number, numbers.QualificationNumber):
        pairs = [
            ("机构/institution", str(number.institution), c.institution),
            ("等级/level", number.level, c.level),
        ]
    elif isinstance(number, numbers.SkillLevelNumber):
        level = int(number.level) if number.level.isdigit() else 0
        pairs = [
            ("机构/institution", numbers.institution_code(number), c.institution),
            ("等级/level", level, c.level),
        ]
    elif c.basis is not Basis.LEGACY:
        return [Finding(CODE, UNKNOWN, {"number": c.number})]
    if pairs and c.version == 1 and c.basis not in (Basis.LEGACY, Basis.REPLACEMENT):
        pairs.append(("年份/year", getattr(number, "year", None), c.issued.year))
    return [
        Finding(CODE, DIFFERS, {"part": part, "number": says, "record": has})
        for part, says, has in pairs
        if says != has
    ]


def clears(roll: Roll, context: Context) -> bool:
    # the first number speaks for all: they differ in their serials alone
    return roll.serials[-1] <= numbers.MAX_SERIAL and not check(roll.first, context)
