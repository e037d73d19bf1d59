"""The employer must be named so that its licence can be checked (Employment Promotion Law art. 41, the
Human Resources Market Regulations art. 26)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.wording import FIXES

_HIDDEN = re.compile(
    r"^\W*$|^(?:一家|大型|知名|本|我|该)*(?:公司|企业|单位|工厂|集团|外企|国企|个人)$|^(?:保密|匿名|不公开|不详|未知|无)$"
    r"|^某|某某|[xX*]{2,}"
)
_NAMED = re.compile(
    r"[一-鿿a-z]{2,20}(?:有限公司|有限责任公司|股份公司|集团公司|公司|厂|集团|酒店|宾馆|饭店|医院|学校|幼儿园|事务所|合作社|经营部|中心|工作室|商行|门市部|研究所)"
)
_NOBODY = re.compile(
    r"(?:本|我|贵|该|某|我们|一家|大型|知名|上市|外资|国有|正规|总|分|子)(?:公司|厂|集团|酒店|医院|学校)$"
)


def check(reading: Reading) -> Iterator[Finding]:
    employer = reading.ad.employer.strip()
    if employer and not _HIDDEN.search(employer):
        return
    for text in reading.folded:
        if any(not _NOBODY.search(m.group()) for m in _NAMED.finditer(text)):
            return
    cited = reading.day.basis("ads.employer_identified")
    assert cited is not None
    yield Finding("employer_missing", Severity.WARNING, cited, FIXES["employer"])


RULE = Rule("employer_missing", "ads.employer_identified", check, always=True)
