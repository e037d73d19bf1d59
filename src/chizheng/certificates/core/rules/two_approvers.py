"""Whatever bypasses an exam or changes a certificate needs two different persons.

Contest, panel, legacy and reissue are where forgers go once the normal path is closed.
"""

from __future__ import annotations

from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "two_approvers"
NEEDED = 2

FEW = Wording(
    zh="非考核取得、补发或更正的证书须由两人批准，现只有 {approvers} 人",
    en="Awards without an exam, reissues and corrections need two approvers; there is {approvers}",
)


def check(draft: Draft, context: Context) -> list[Finding]:
    c = draft.claims
    if (c.basis is Basis.EXAM and c.version == 1) or context.approvers >= NEEDED:
        return []
    return [Finding(CODE, FEW, {"approvers": context.approvers})]


def clears(roll: Roll, context: Context) -> bool:
    return not check(roll.first, context)  # only what all share is judged
