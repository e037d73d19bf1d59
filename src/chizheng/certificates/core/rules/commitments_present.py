"""An examined certificate needs the sitting's four commitments in the log before it.

Roster before the exam, attendance, submissions before marking, scores: without them nobody could tell
an honest list of passes from one written afterwards.
"""

from __future__ import annotations

from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "commitments_present"
NEEDED = ("ROSTER", "ATTEND", "SUBMIT", "SCORE")

MISSING = Wording(
    zh="鉴定批次“{sitting}”的日志存证不全，缺少：{kinds}",
    en="The log lacks commitments of sitting '{sitting}': {kinds}",
)
NO_SITTING = Wording(zh="考核取得的证书没有写明鉴定批次", en="An examined certificate names no sitting")


def check(draft: Draft, context: Context) -> list[Finding]:
    c = draft.claims
    if c.basis is not Basis.EXAM:
        return []
    if not c.sitting:
        return [Finding(CODE, NO_SITTING)]
    missing = [kind for kind in NEEDED if kind not in context.commitments]
    return [Finding(CODE, MISSING, {"sitting": c.sitting, "kinds": ", ".join(missing)})] if missing else []


def clears(roll: Roll, context: Context) -> bool:
    return not check(roll.first, context)  # only what all share is judged
