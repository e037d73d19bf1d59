"""What an ad says about a certificate for the posts it recruits for: nothing, preferred, or required."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum


class CertificateWording(StrEnum):
    NONE = "none"
    PREFERRED = "pref"
    REQUIRED = "req"


_PAPER = re.compile(
    r"(?:操作|上岗|资格|等级|职业|技能|技术|特种|作业|进网|许可|从业|技师|执业|专业|相关|相应|有效|电工|焊工|厨师"
    r"|叉车|司炉|锅炉|行车|起重|高压|低压|高低压|岗位|初级|中级|高级|国家|保育员|美容师|护理员)"
    r"[^,，。;；\n、]{0,8}?(?:证(?!明|券|监|件照|实)|执照)"
    r"|持证|证书|无证(?:者|人员)?(?:请?勿|免)|(?:有|带|凭|具)证(?![明券])|证件上岗|[一-鿿]{1,5}[工师员]证(?![明券])|[qgn]\d证"
    r"|(?:持|有|具备|具有|需|须|凭)[^,，。;；\n、]{0,8}证(?![明券监件实])|(?:上岗|职业|操作)资格(?!考|培训|证)"
    r"|(?:电工|焊工|叉车|司炉|锅炉|操作|行车|吊车|塔吊|电焊|铲车|上岗)"
    r"[^,，。;；\n、]{0,3}本(?![科人公厂职工部市地])"
)
"""A paper that shows a trade."""

_NOT_OURS = re.compile(
    r"(?<![叉铲吊行天]车)(?<!掘机)驾驶证|驾照|驾驶执照|驾驶本|行驶证|[abc]\d?[照证]|身份证|户口|健康证|暂住证|居住证|房产证|结婚证|工作证"
    r"|毕业证书?|学历证书?|学位证书?|荣誉证书|四级|六级|cet|下岗证|老年证|退伍证|残疾证"
    r"|保证|证明|凭证|证券|认证|签证|验证|取证|论证|证件照|合格证|质保|专利证书|营业执照|(?<![有持])资质证书|从业资?格?证|从业资格|许可证书"
    r"|从业资格证书?|(?:会计|英语|计算机)[一-鿿]{0,6}证书?|(?:教师|护士|建造师|造价|执业药师)[一-鿿]{0,4}证书?"
    r"|普通话[一-鿿]{0,6}证书?|行车证(?=[、,，和及与]?(?:驾|身份|保险))|(?<=驾照[、,，和及与])行车证"
    r"|(?:携带|带好|带上|带齐|带|持)[^,，。;；\n]{0,24}(?:面试|报到|应聘|前来|报名)|三证|两证|证件齐全|有效证件|导游证|安全员证|注册[一-鿿]{0,8}证书?|工程师证书?"
)
"""Papers that show something else: who one is, what one learned at school, that one may drive."""

_PREFERRED = re.compile(r"优先|者优|更佳|尤佳|最好|为佳|更好|加分|优厚|从优|另加|补贴|加薪|[加补]\d|佳$")
_DENIED = re.compile(
    r"(?:无需|不需要?|不要求|无须|(?:没有|无)(?![^,，。;；\n]{0,8}证(?:者|的人?)?(?:请?勿|免|不要))|不限|有无)[^,，。;；\n]{0,8}证(?!(?:者|的人?)?(?:请?勿|免|不要))"
    r"|证书?(?:的|[年复])?(?:办理|年审|年检|审|检|管理|考试|考核|培训|报名|咨询)"
    r"|无证(?:亦可|也可|均可)"
    r"|(?:获得|颁发|发放|考取|可考|办理|核发|推荐|领取|代办|包拿|免费考|给办|帮办|可办|包办|统一办|免费办|负责办)[^,，。;；\n]{0,20}证"
)
_CUT = re.compile(
    r"[。；;!！?？,，]|\n\s{0,4}(?=\d{1,2}[、.．)）]|[一二三四五六七八九十][、.]|[①-⑳])"
    r"|(?<=[^\d\s])\s{0,4}(?=\d{1,2}[、.．])"
)
"""Between clauses: a preference after a comma does not reach back (有证书，经验者优先)."""

_HINTS = ("证", "本", "执照", "资格")


def certificate_wording(folded: str) -> CertificateWording:
    """Read the whole ad (title and text, folded); a driving licence is not a certificate here."""
    found = CertificateWording.NONE
    for clause, _ in _clauses(folded):
        if not _PREFERRED.search(clause):
            return CertificateWording.REQUIRED
        found = CertificateWording.PREFERRED
    return found


def demand(folded: str) -> str:
    """The first clause that demands a certificate, '' where none does."""
    for clause, start in _clauses(folded):
        if not _PREFERRED.search(clause):
            return folded[start : start + len(clause)].strip()
    return ""


def _clauses(folded: str) -> Iterator[tuple[str, int]]:
    """Clauses that speak of a certificate of ours, other papers masked, with where they begin."""
    if not any(word in folded for word in _HINTS):
        return
    begin = 0
    for cut in [*_CUT.finditer(folded), None]:
        end = cut.start() if cut else len(folded)
        clause = folded[begin:end]
        if any(word in clause for word in _HINTS):
            masked = _NOT_OURS.sub(lambda m: "x" * len(m.group()), clause)
            if _PAPER.search(masked) and not _DENIED.search(masked):
                yield masked, begin
        begin = cut.end() if cut else end
