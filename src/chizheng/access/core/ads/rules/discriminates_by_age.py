"""A limit of age needs a reason in the work; the texts speak of discrimination without naming age, so this
is a notice. The legal minimum (16, and 18 for hazardous work) and the pension age are no findings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.rule import Reading, Rule

_LIMIT = re.compile(
    r"(?:年龄|年纪)?\s*[:：]?\s*(?:在|限|要求)?\s*(?:1[6-9]|[2-5]\d)\s*(?:周?岁)?\s*[-~—－至到]+\s*[2-5]\d\s*(?:周?岁)(?:之间|以内|以下|左右)?"
    r"|(?:年龄)?\s*(?:在)?\s*[2-5]\d\s*(?:周?岁)\s*(?:以下|以内|之内|以上)|不(?:超过|大于)\s*[2-5]\d\s*周?岁"
    r"|年龄\s*[:：]?\s*(?:1[6-9]|[2-5]\d)\s*[-~—－至到]+\s*[2-5]\d"
)


def check(reading: Reading) -> Iterator[Finding]:
    cited = reading.day.basis("ads.no_age_discrimination")
    assert cited is not None
    for field, text in enumerate(reading.folded):
        if found := _LIMIT.search(text):
            yield Finding(
                "age_discrimination",
                Severity.NOTICE,
                cited,
                reading.corrected(field, found.start(), found.end(), "年满18周岁"),
                {"quote": reading.quote(field, found.start(), found.end())},
            )
            return


RULE = Rule(
    "age_discrimination", "ads.no_age_discrimination", check,
    triggers=("年龄", "周岁", *(f"{n}岁" for n in range(10))),
)  # fmt: skip
