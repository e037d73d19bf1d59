"""One certificate per number and version; a correction follows the version before it."""

from __future__ import annotations

from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "not_taken"

TAKEN = Wording(
    zh="编号 {number} 第 {version} 版已经存在", en="Number {number} version {version} exists already"
)
GAP = Wording(
    zh="编号 {number} 没有第 {before} 版，不能签发第 {version} 版",
    en="Number {number} has no version {before}; version {version} cannot follow",
)


def check(draft: Draft, context: Context) -> list[Finding]:
    c = draft.claims
    said = {"number": c.number, "version": c.version, "before": c.version - 1}
    if context.taken(c.number, c.version):
        return [Finding(CODE, TAKEN, said)]
    if c.version > 1 and not context.taken(c.number, c.version - 1):
        return [Finding(CODE, GAP, said)]
    return []


def clears(roll: Roll, context: Context) -> bool:
    version, taken = roll.common.version, context.taken
    return version == 1 and not any(taken(number, version) for number in roll.numbers)
