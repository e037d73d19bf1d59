"""Carriers of a disease may not be turned away (Employment Promotion Law, article 30)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.wording import FIXES

_WORDS = ("乙肝", "两对半", "大三阳", "小三阳", "艾滋", "病毒携带", "病原携带", "肝功能", "hiv", "残疾人勿")
_TURNED_AWAY = re.compile(
    r"(?:无|没有|非|不是|不得有|不能有|排除)[^,，。;；\n]{0,8}(?:乙肝|大三阳|小三阳|艾滋|病毒携带|病原携带|hiv)"
    r"|(?:乙肝|大三阳|小三阳|艾滋|携带者|hiv)[^,，。;；\n]{0,6}(?:勿扰|免谈|不录|不要|阴性|除外)"
    r"|(?:检查|检测|查|化验)[^,，。;；\n]{0,4}(?:乙肝|两对半)|乙肝(?:五项|两对半)[^,，。;；\n]{0,4}(?:检查|检测|合格|正常)"
    r"|残疾人?勿扰"
)


def check(reading: Reading) -> Iterator[Finding]:
    cited = reading.day.basis("ads.no_health_discrimination")
    assert cited is not None
    for field, text in enumerate(reading.folded):
        if found := _TURNED_AWAY.search(text):
            quote = reading.quote(field, found.start(), found.end())
            yield Finding("health_discrimination", Severity.WARNING, cited, FIXES["health"], {"quote": quote})
            return


RULE = Rule("health_discrimination", "ads.no_health_discrimination", check, triggers=_WORDS)
