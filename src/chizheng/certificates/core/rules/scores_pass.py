"""An examined certificate shows the parts its level needs, each at the pass mark or above.

Two parts of 100 points each, both at the mark (1990 regulation, article 17); the levels with a
comprehensive review and the mark come from law data through the context.
"""

from __future__ import annotations

from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "scores_pass"

MISSING = Wording(zh="缺少{part}成绩", en="The mark of {part} is missing")
BELOW = Wording(zh="{part}成绩 {score} 未达到 {mark}", en="The mark of {part}, {score}, is below {mark}")
PARTS = (("theory", "理论知识/theory"), ("practice", "操作技能/practice"))


def check(draft: Draft, context: Context) -> list[Finding]:
    c = draft.claims
    if c.basis is not Basis.EXAM:
        return []
    parts = [(label, getattr(c, name)) for name, label in PARTS]
    if c.level in context.reviewed_levels:
        parts.append(("综合评审/comprehensive", c.comprehensive))
    found = []
    for label, tenths in parts:
        if tenths is None:
            found.append(Finding(CODE, MISSING, {"part": label}))
        elif tenths < context.pass_mark:
            said = {"part": label, "score": tenths / 10, "mark": context.pass_mark / 10}
            found.append(Finding(CODE, BELOW, said))
    return found


def clears(roll: Roll, context: Context) -> bool:
    columns = [roll.theory, roll.practice]
    if roll.common.level in context.reviewed_levels:
        columns.append(roll.comprehensive)
    return roll.common.basis is not Basis.EXAM or all(
        min(-1 if mark is None else mark for mark in column) >= context.pass_mark for column in columns
    )
