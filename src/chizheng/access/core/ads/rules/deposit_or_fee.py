"""No deposit or fee may be taken from a jobseeker (Employment Promotion Law, articles 41 and 66)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.wording import FIXES

_FEES = tuple(
    [
        "押金",
        "保证金",
        "抵押金",
        "风险金",
        "入职费",
        "报名费",
        "服装费",
        "工装费",
        "建档费",
        "中介费",
        "介绍费",
        "培训费",
        "体检费",
        "上岗费",
        "岗位费",
        "资料费",
        "工本费",
        "押身份证",
        "定金",
        "办证费",
    ]
)
_FEE = re.compile("|".join(sorted(_FEES, key=len, reverse=True)))
_DENIED = re.compile(
    r"(?:包括|包含|含|提供|不|无|免|没有|未|拒绝|禁止|杜绝|零|0|勿|请勿|谨防|警惕|任何|报销|退还|返还|公司承担|公司支付|补贴|非中介)[^。；;!！\n]{0,14}$"
)
_DENIED_AFTER = re.compile(
    r"^[^。；;!！\n]{0,10}(?:全免|免费|全部?退|公司(?:承担|出|支付|报销)|单位承担|报销|不收|的(?:均|都)?(?:为|是)?(?:骗子|诈骗)|均属|都是骗|一律|者勿|请勿)"
)
_OURS = re.compile(r"收|交|缴|付|押|扣|\d+元?")


def check(reading: Reading) -> Iterator[Finding]:
    for field, text in enumerate(reading.folded):
        for fee in _FEE.finditer(text):
            before, after = text[max(0, fee.start() - 18) : fee.start()], text[fee.end() : fee.end() + 24]
            if _DENIED.search(before) or _DENIED_AFTER.match(after):
                continue
            if not _OURS.search(before[-10:] + after[:10]):
                continue
            cited = reading.day.basis("ads.no_deposit")
            assert cited is not None
            quote = reading.quote(field, fee.start(), fee.end())
            yield Finding("deposit_or_fee", Severity.ERROR, cited, FIXES["no_fee"], {"quote": quote})
            return


RULE = Rule("deposit_or_fee", "ads.no_deposit", check, triggers=_FEES)
