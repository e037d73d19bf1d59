"""What an ad says about a certificate for the posts it recruits for: nothing, preferred, or required."""

from __future__ import annotations

import re
from enum import StrEnum


class CertificateWording(StrEnum):
    NONE = "none"
    PREFERRED = "pref"
    REQUIRED = "req"


_PAPER = re.compile(
    r"(?:操作|上岗|资格|等级|职业|技能|技术|特种|作业|进网|许可|从业|技师|执业|专业|相关|相应|有效|电工|焊工|厨师|叉车|司炉|锅炉|行车|起重|高压|低压|高低压|岗位|初级|中级|高级|国家|保育员|美容师|护理员)"
    r"[^,，。;；\n]{0,6}?(?:证书|证|本|执照)"
    r"|持证|证书|有证|带证|电工本|焊工本|叉车本|证件上岗|[一-鿿]{1,5}工证|[一-鿿]{1,4}师证|[一-鿿]{1,4}员证|[qg]\d证"
)
_NOT_OURS = re.compile(
    r"驾驶证|驾照|驾驶执照|身份证|毕业证|学历证|学位证|健康证|暂住证|居住证|会计证|保证|证明|凭证|证券|认证|签证|验证|英语|毕业证书|学历证书|取证|论证|证件照|行驶证|[abc]\d?[照证]"
    r"|房产证|结婚证|下岗证|老年证|退伍证|残疾证|户口|从业资格证|荣誉证书|合格证|质保|计算机等级|计算机证书|四级|六级|cet"
)
_PREFERRED = re.compile(r"优先|者优|更佳|尤佳|最好|为佳|更好|加分|优厚|从优")
_DENIED = re.compile(r"(?:无需|不需要?|不要求|无须|没有|不限|有无|无)[^,，。;；\n]{0,6}证|无证(?:亦可|也可|均可)")
_CLAUSE = re.compile(r"[\n。;；!！?？]|(?<=[^一-鿿])\d{1,2}[、.．]")


def certificate_wording(folded: str) -> CertificateWording:
    """Read the whole ad (title and text, folded); a driving licence is not a certificate here."""
    found = CertificateWording.NONE
    for sentence in _CLAUSE.split(folded):
        if "证" not in sentence and "本" not in sentence and "执照" not in sentence:
            continue
        masked = _NOT_OURS.sub(lambda m: "x" * len(m.group()), sentence)
        for paper in _PAPER.finditer(masked):
            if _DENIED.search(masked[max(0, paper.start() - 6) : paper.end() + 4]):
                continue
            stop = paper.end() + 14
            if _PREFERRED.search(masked[max(0, paper.start() - 4) : stop]):
                if found is CertificateWording.NONE:
                    found = CertificateWording.PREFERRED
            else:
                return CertificateWording.REQUIRED
    return found
