"""A limit of age needs a reason in the work; the texts speak of discrimination without naming age, so this
is a notice. The legal minimum (16, and 18 for hazardous work) is no finding."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.amend import age_limits
from chizheng.access.core.ads.rule import Reading, Rule


def check(reading: Reading) -> Iterator[Finding]:
    cited = reading.day.basis("ads.no_age_discrimination")
    assert cited is not None
    for field, text in enumerate(reading.folded):
        for limit in age_limits(text):
            yield Finding(
                "age_discrimination",
                Severity.NOTICE,
                cited,
                reading.corrected(field, limit.start, limit.end),
                {"quote": reading.quote(field, limit.start, limit.end)},
            )
            return


RULE = Rule(
    "age_discrimination", "ads.no_age_discrimination", check,
    triggers=("年龄", "周岁", *(f"{n}岁" for n in range(10))),
)  # fmt: skip
