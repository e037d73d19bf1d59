"""Born, examined, issued, signed: in this order, and inside the period of the key."""

from __future__ import annotations

from itertools import pairwise

from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "dates_in_order"

ORDER = Wording(
    zh="{earlier}（{first}）应早于{later}（{second}）",
    en="{earlier} ({first}) must precede {later} ({second})",
)
KEY = Wording(
    zh="核发日期 {issued} 不在签发密钥的有效期内", en="The date {issued} is outside the signing key's period"
)


def check(draft: Draft, context: Context) -> list[Finding]:
    c = draft.claims
    dates = [
        ("出生日期/birth", c.birth),
        ("鉴定日期/sitting", context.sat),
        ("核发日期/issue", c.issued),
        ("签发日/signing", context.today),
    ]
    known = [(label, day) for label, day in dates if day is not None]
    found = [
        Finding(CODE, ORDER, {"earlier": a, "first": first, "later": b, "second": second})
        for (a, first), (b, second) in pairwise(known)
        if first > second or (c.birth == first and first == second)
    ]
    if not context.period.contains(c.issued):
        found.append(Finding(CODE, KEY, {"issued": c.issued}))
    return found


def clears(roll: Roll, context: Context) -> bool:
    latest = max((day for day in roll.births if day is not None), default=None)
    return not check(roll.first, context) and (latest is None or latest < (context.sat or roll.common.issued))
