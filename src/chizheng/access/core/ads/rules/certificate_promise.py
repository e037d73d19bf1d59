"""Promises of a pass or of a certificate without an examination (Regulations of 1990, article 27; the
campaign against imitation certificates of 2022)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.wording import FIXES

_WORDS = tuple(
    [
        "包过",
        "保过",
        "包拿证",
        "保拿证",
        "包取证",
        "包证",
        "免考",
        "无需考试",
        "不用考试",
        "不考试",
        "代考",
        "代办证",
        "挂靠",
        "天拿证",
        "直接拿证",
        "快速拿证",
        "速拿证",
        "内部办证",
        "不过退款",
        "包通过",
        "保证通过",
        "直接出证",
        "天出证",
        "挂证",
        "证书出租",
        "证书挂",
        "周拿证",
        "拿不到证",
        "包考",
        "保证拿证",
        "办理各类证",
        "代办各",
    ]
)
_PROMISE = re.compile(
    "|".join(sorted(_WORDS, key=len, reverse=True))
    + r"|办理?(?:各类|各种)?(?:职业资格|上岗|操作|特种作业)证书?(?:,|，)?(?:快|免)"
)
_PAPER = re.compile(r"证(?!券)|考试|考级|培训|鉴定|资格|学历")
_NOT_A_PROMISE = re.compile(r"[核勤万千百\d]")
_DENIED = re.compile(r"(?:不|非|拒绝|谨防|禁止|杜绝|严禁)[^,，。;；\n]{0,4}$")


def check(reading: Reading) -> Iterator[Finding]:
    cited = reading.day.basis("ads.no_certificate_promise")
    assert cited is not None
    for field, text in enumerate(reading.folded):
        for found in _PROMISE.finditer(text):
            if _NOT_A_PROMISE.match(text, found.end()):
                continue
            around = text[max(0, found.start() - 20) : found.end() + 20]
            if _DENIED.search(text[max(0, found.start() - 8) : found.start()]) or not _PAPER.search(around):
                continue
            quote = reading.quote(field, found.start(), found.end())
            yield Finding("certificate_promise", Severity.ERROR, cited, FIXES["promise"], {"quote": quote})
            return


RULE = Rule("certificate_promise", "ads.no_certificate_promise", check, triggers=_WORDS)
