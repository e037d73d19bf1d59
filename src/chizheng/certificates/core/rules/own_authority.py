"""An authority signs its own certificates only."""

from __future__ import annotations

from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "own_authority"

OTHER = Wording(
    zh="证书写明由“{claimed}”核发，签发密钥属于“{signing}”",
    en="The certificate names '{claimed}' but the key belongs to '{signing}'",
)


def check(draft: Draft, context: Context) -> list[Finding]:
    if draft.claims.authority == context.authority:
        return []
    return [Finding(CODE, OTHER, {"claimed": draft.claims.authority, "signing": context.authority})]


def clears(roll: Roll, context: Context) -> bool:
    return not check(roll.first, context)  # only what all share is judged
