"""Limits of sex, marriage and age in a sentence, and the sentence without them.

Two rules find their own limit, but a corrected sentence is only ready to paste when both are gone.
Patterns are asked of folded text; offsets fit the original, so the original spelling is kept around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from chizheng.access.core.ads.sentences import sentence

SEX_LIMIT = re.compile(
    r"(?:只招|仅招|仅限|只限|限招|限|只要|要求|性别\s*[:：]?\s*(?:限|要求)?)[男女](?![女男/、及或])(?:性|士|生|孩|工)?"
    r"|(?<![一-鿿])[男女](?:性|士|生)?(?=\s*[,，;；、]?\s*(?:年龄|\d{2}|身高|[一二三四五六]十))"
    r"|(?<![一-鿿])[男女](?:性|士)(?=[,，;；。)）\s]|$)|(?<![一-鿿)）])[男女](?=[,，;；])"
)
SEX_PREFERENCE = re.compile(r"[男女](?:性|士|生)?(?:者)?优先(?:考虑|录用)?")
_BOTH_SEXES = re.compile(r"男女|女男|不限|均可|皆可|男/女|女/男|男、女|男,女|男性,女性|名[男女]|[男女]\d+名")
_MARRIAGE = re.compile(
    r"(?:限|要求|必须|须|需)?(?:已婚已育|未婚未育|未婚|未孕|已婚)(?:者)?(?:或已婚已育|或未婚未育)?(?:优先)?"
    r"|孕检|查孕"
)
_UNLIMITED = re.compile(r"(?:性别|男女)不限")
_FORBIDDEN_TO_WOMEN = re.compile(r"井下|矿山|第四级体力")

_AGE = re.compile(
    r"[1-6]\d(?:(?<=[2-5]\d|1[6-9])\s*(?:周?岁)?\s*[-~—–－―至到]+\s*[2-6]\d(?!\d)(?:\s*周?岁)?(?:之间|以内|以下|左右)?"
    r"|\s*周?岁\s*(?:以下|以内|之内))(?<!\d{3})"
)
_AGE_HEAD = re.compile(r"(?:年龄|年纪)\s*[:：]?\s*(?:要求)?\s*[:：]?\s*(?:在|限|不超过|不大于)?\s*$")


class Limit(NamedTuple):
    """A limit in a text: where, and what may stand there instead."""

    start: int
    end: int
    instead: str


def sex_limits(text: str) -> Iterator[Limit]:
    """Conditions of sex; not those of work forbidden to women, nor where both are welcome."""
    if "男" not in text and "女" not in text:
        return
    forbidden = _FORBIDDEN_TO_WOMEN.search(text) is not None
    for pattern in (SEX_LIMIT, SEX_PREFERENCE):
        for found in pattern.finditer(text):
            near = text[max(0, found.start() - 3) : found.end() + 4]
            if _BOTH_SEXES.search(near) or (forbidden and "男" in found.group()):
                continue
            begin, end = sentence(text, found.start(), found.end())
            other = "女" if "男" in found.group() else "男"
            if other in text[begin:end] or _UNLIMITED.search(text, begin, end):
                continue  # a height for each, or welcome after all
            yield Limit(found.start(), found.end(), "男女不限")


def marriage_limits(text: str) -> Iterator[Limit]:
    """Conditions of marriage or childbirth."""
    if "婚" not in text and "孕" not in text:
        return
    for found in _MARRIAGE.finditer(text):
        if "不限" not in text[found.end() : found.end() + 3]:
            yield Limit(found.start(), found.end(), "婚育状况不限")


def age_limits(text: str) -> Iterator[Limit]:
    """Upper limits of age; a bare minimum of 16 or 18 is the law's own."""
    if "岁" not in text and "年龄" not in text:
        return
    for found in _AGE.finditer(text):
        head = _AGE_HEAD.search(text[max(0, found.start() - 10) : found.start()])
        if head or "岁" in found.group():
            start = found.start() - (len(head.group()) if head else 0)
            yield Limit(start, found.end(), "年满18周岁")


def amended(folded: str, original: str) -> str:
    """`original` without limits of sex, marriage and age; `folded` is the same passage folded."""
    limits = sorted([*sex_limits(folded), *age_limits(folded), *marriage_limits(folded)])
    out, at = "", 0
    for start, end, instead in limits:
        if start >= at:
            out += original[at:start] + ("" if instead in out else instead)
            at = end
    return " ".join((out + original[at:]).split()).strip("，,、 ")
