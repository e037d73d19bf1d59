"""Neither sex nor marriage or childbirth may be a condition (Labour Law art. 13, Employment Promotion Law
art. 27), except for work the state forbids to women (矿山井下). A preference is a notice."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.amend import marriage_limits, sex_limits
from chizheng.access.core.ads.rule import Reading, Rule


def check(reading: Reading) -> Iterator[Finding]:
    cited = reading.day.basis("ads.no_sex_discrimination")
    assert cited is not None
    for field, text in enumerate(reading.folded):
        for limit in (*sex_limits(text), *marriage_limits(text)):
            preferred = "优先" in text[limit.start : limit.end]
            yield Finding(
                "sex_discrimination",
                Severity.NOTICE if preferred else Severity.WARNING,
                cited,
                reading.corrected(field, limit.start, limit.end),
                {"quote": reading.quote(field, limit.start, limit.end)},
            )
            return


_WORDS = [
    "限男",
    "限女",
    "招男",
    "招女",
    "要男",
    "要女",
    "求男",
    "求女",
    "男性",
    "女性",
    "男士",
    "女士",
    "男生",
    "女生",
    "性别",
    "男,",
    "女,",
    "男;",
    "女;",
    "男、",
    "女、",
    "男优",
    "女优",
    "男者",
    "女者",
    "男年",
    "女年",
    "男身",
    "女身",
    "已婚",
    "未婚",
    "未孕",
    "孕检",
    "查孕",
]

RULE = Rule(
    "sex_discrimination",
    "ads.no_sex_discrimination",
    check,
    triggers=(*_WORDS, *(f"{sex}{n}" for sex in "男女" for n in "12345一二三四五六")),
)
