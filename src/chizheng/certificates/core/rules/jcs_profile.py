"""The credential keeps the profile in which the fast encoder writes exactly RFC 8785."""

from __future__ import annotations

from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.envelopes import jcs, vc
from chizheng.kernel.wording import Wording

CODE = "jcs_profile"

LEAVES = Wording(zh="凭证数据超出签名规范：{where}", en="The credential leaves the signing profile: {where}")


def check(draft: Draft, context: Context) -> list[Finding]:
    del context
    document = vc.document(draft.claims, draft.issuer, None)
    return [Finding(CODE, LEAVES, {"where": where}) for where in jcs.faults(document)]
