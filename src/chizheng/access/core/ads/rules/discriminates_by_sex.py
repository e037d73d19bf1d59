"""Sex may not be a condition, except for work the state forbids to women (Labour Law art. 13, Employment
Promotion Law art. 27). A preference is a notice; the work forbidden to women (矿山井下) is left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.rule import Reading, Rule

_LIMIT = re.compile(
    r"(?:性别)?[(（]?(?:只招|仅招|仅限|只限|限招|限|只要|要求)[男女](?:性|士|生|孩|工)?(?:一名)?[)）]?"
    r"|性别\s*[:：]?\s*[男女](?![女男/、及])(?:性|士)?"
    r"|(?<![一-鿿])[男女](?:性|士|生)?(?=\s*[,，;；、]?\s*(?:年龄|\d{2}|身高|[一二三四五六]十))(?![女男])"
    r"|(?<=[:：\s、.．,，(（])[男女](?:性|士)(?=[,，;；。)）\s])|(?<=[:：、.．])\s*[男女](?=[,，;；])"
)
_PREFERENCE = re.compile(r"(?:男|女)(?:性|士|生)?(?:者)?优先")
_BOTH = re.compile(r"男女|女男|不限|均可|皆可|男/女|女/男")
_FORBIDDEN_TO_WOMEN = re.compile(r"井下|矿山|第四级体力|脚手架|高处作业")


def check(reading: Reading) -> Iterator[Finding]:
    cited = reading.day.basis("ads.no_sex_discrimination")
    assert cited is not None
    for field, text in enumerate(reading.folded):
        for found in (*_LIMIT.finditer(text), *_PREFERENCE.finditer(text)):
            near = text[max(0, found.start() - 3) : found.end() + 5]
            if _BOTH.search(near) or ("男" in found.group() and _FORBIDDEN_TO_WOMEN.search(text)):
                continue
            preferred = "优先" in found.group()
            yield Finding(
                "sex_discrimination",
                Severity.NOTICE if preferred else Severity.WARNING,
                cited,
                reading.corrected(field, found.start(), found.end(), "男女不限"),
                {"quote": reading.quote(field, found.start(), found.end())},
            )
            return


RULE = Rule(
    "sex_discrimination",
    "ads.no_sex_discrimination",
    check,
    triggers=(
        "限男", "限女", "只招男", "只招女", "男性", "女性", "男士", "女士", "性别", "招男", "招女", "只要男", "只要女", "要求男", "要求女",
        "男,", "女,", "男;", "女;", "男、", "女、", "男1", "男2", "男3", "男4", "女1", "女2", "女3", "女4", "男优先", "女优先", "男年", "女年", "男生", "女生", "男身", "女身",
    ),
)  # fmt: skip
