"""Nobody may demand a certificate that no text in force demands (the rule since the repeal of Order 6).

Where another authority's licence covers part of the work (特种作业), the demand is read as one for that
licence unless the ad speaks of a vocational qualification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.certificate import CertificateWording, demand
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.wording import FIXES

_VOCATIONAL = re.compile(r"职业资格|资格证|等级证|技能等级|技师证|职业证|[初中高]级")


def check(reading: Reading) -> Iterator[Finding]:
    if reading.certificate is not CertificateWording.REQUIRED:
        return
    quote = demand(reading.folded[1]) or demand(reading.folded[0])
    over = []
    cited = None
    for occupation in dict.fromkeys(m.occupation for m in reading.posts):
        wrong, licensed, text = reading.day.demand_on(occupation)
        if wrong and text is not None and (not licensed or _VOCATIONAL.search(quote)):
            over.append(occupation)
            cited = cited or text
    if cited is not None:
        fix = "".join(FIXES["no_demand"].format(post=post) for post in over)
        yield Finding(
            "over_gating", Severity.ERROR, cited, fix, {"posts": "、".join(over), "quote": quote[:40]}
        )


RULE = Rule("over_gating", "access.no_certificate_without_basis", check)
