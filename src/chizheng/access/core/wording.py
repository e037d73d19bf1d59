"""The sentences of the gate: what a clerk reads on the page, the API returns and the terminal prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chizheng.kernel.wording import Wording

if TYPE_CHECKING:
    from chizheng.access.core.gate import Reason

VERDICTS: dict[str, Wording] = {
    "clear": Wording(zh="可以", en="clear"),
    "missing": Wording(zh="缺少证书", en="certificate missing"),
    "exempt": Wording(zh="符合例外情形", en="exempt"),
    "advice": Wording(zh="不作限制，请告知", en="no bar, notice to be given"),
    "over_gated": Wording(zh="要求持证没有依据", en="the demand has no basis"),
}

ACTS: dict[str, Wording] = {
    "recruit": Wording(zh="招用", en="recruit"),
    "post": Wording(zh="上岗", en="put in post"),
    "refer": Wording(zh="推荐", en="refer"),
    "register": Wording(zh="开业登记", en="register a business"),
    "abroad": Wording(zh="出境就业", en="work abroad"),
}

FAULTS: dict[str, Wording] = {
    "expired": Wording(zh="已过有效期", en="expired"),
    "not_yet_issued": Wording(zh="当日尚未核发", en="not yet issued that day"),
    "suspended": Wording(zh="已暂停", en="suspended"),
    "revoked": Wording(zh="已撤销", en="revoked"),
    "superseded": Wording(zh="已被新证书取代", en="superseded"),
}

REASONS: dict[str, Wording] = {
    # the gate is shut
    "certificate_missing": Wording(
        zh="从事“{occupation}”须先取得{required}职业资格证书；请培训、鉴定后再办理，或出具例外情形的证明",
        en="'{occupation}' needs a qualification certificate ({required}) first: "
        "train and be assessed, or prove an exception",
    ),
    "licence_missing": Wording(
        zh="“{occupation}”须持{authority}核发的证件；本系统只查验，不核发，请到该部门办理",
        en="'{occupation}' needs a licence of {authority}; it is only checked here, apply there",
    ),
    "level_too_low": Wording(
        zh="所持“{held}”证书为{held_level}，低于要求的{required}",
        en="the '{held}' certificate held is {held_level}, below the required {required}",
    ),
    "held_not_valid": Wording(
        zh="所持“{held}”证书（{held_level}）当日不能使用：{fault}",
        en="the '{held}' certificate held ({held_level}) does not count that day: {fault}",
    ),
    # it is open
    "certificate_held": Wording(
        zh="持有“{held}”证书（{held_level}），符合“{occupation}”的要求",
        en="holds a '{held}' certificate ({held_level}), as '{occupation}' demands",
    ),
    "no_gate": Wording(
        zh="当日当地没有文件要求从事“{occupation}”必须持证",
        en="no text in force that day and place demands a certificate for '{occupation}'",
    ),
    # exceptions
    "exempt": Wording(
        zh="例外情形（{code}）：{what}；须备证明：{evidence}",
        en="exception ({code}): {what}; proof to keep: {evidence}",
    ),
    "exempt_transition": Wording(
        zh="施行前已在岗，过渡期内可继续从事“{occupation}”，{until} 起须持证",
        en="in the post before the rule began: may go on as '{occupation}', must comply from {until}",
    ),
    "exemption_not_applicable": Wording(
        zh="例外情形 {code} 在当日、当地对此行为不适用",
        en="the exception {code} does not apply to this act on that day and place",
    ),
    # advice
    "advice_tell_authority": Wording(
        zh="登记不以“{occupation}”证书为前置条件；请告知当事人依法取得资格，并通知主管部门",
        en="registration asks for no '{occupation}' certificate: tell the applicant what the trade needs, "
        "and notify the competent authority",
    ),
    "graded_unknown": Wording(
        zh="目录中没有“{occupation}”；当时凡有技术等级的工种均须持证，请先查《工种分类目录》",
        en="'{occupation}' is not in the catalogue; every graded trade was gated then, "
        "look it up in the trade list first",
    ),
    # somebody demands the certificate
    "demand_lawful": Wording(
        zh="要求“{occupation}”持证有依据",
        en="demanding a certificate for '{occupation}' has a basis",
    ),
    "over_gated": Wording(
        zh="当日当地没有文件要求“{occupation}”必须持证，不得以此作为招用、上岗或登记的条件；请改为自愿或优先",
        en="no text in force that day and place demands a certificate for '{occupation}': it may not be a "
        "condition; make it voluntary or a preference",
    ),
    "demand_pending": Wording(
        zh="“{occupation}”拟调整为准入类，尚未依法施行",
        en="'{occupation}' is to become a gate but is not one in force yet",
    ),
    "demand_advice": Wording(
        zh="登记不以“{occupation}”证书为前置条件",
        en="registration asks for no '{occupation}' certificate",
    ),
    # remarks
    "licence_in_scope": Wording(
        zh="其中“{scope}”须持{authority}核发的证件；本系统只查验，不核发，请核对工作内容",
        en="work within '{scope}' needs a licence of {authority}; only checked here, look at the actual work",
    ),
    "gate_ended": Wording(
        zh="“{occupation}”的准入自 {until} 起不再适用",
        en="the gate for '{occupation}' ended on {until}",
    ),
    "gate_pending": Wording(
        zh="目录已列“{occupation}”，拟依法调整为准入类，目前不作限制",
        en="the catalogue lists '{occupation}' to become a gate by law; no bar for now",
    ),
    "gate_scope": Wording(
        zh="准入只适用于：{scope}",
        en="the gate stands only for: {scope}",
    ),
    "transition": Wording(
        zh="过渡期：施行前已在岗的人员 {until} 起须持证",
        en="transition: those already in the post must comply from {until}",
    ),
    "occupation_alias": Wording(
        zh="“{asked}”是俗称，按目录中的“{official}”判断",
        en="'{asked}' is a colloquial name; judged as '{official}' of the catalogue",
    ),
    "occupation_renamed": Wording(
        zh="“{old}”当日已归入“{new}”，一并判断；证书上印的名称不变",
        en="'{old}' counted as '{new}' by that day; both are judged, the printed name stays",
    ),
    "occupation_then": Wording(
        zh="当日尚未使用“{name}”这一名称，按当时的“{then}”一并判断",
        en="the name '{name}' was not yet in use that day; judged with '{then}' as well",
    ),
    "occupation_unknown": Wording(
        zh="目录和历次准入名单中都没有“{occupation}”，请核对名称",
        en="neither the catalogue nor any gate list has '{occupation}'; check the name",
    ),
    "level_not_in_standard": Wording(
        zh="该职业标准没有{level}；现有等级：{levels}",
        en="the standard of this occupation has no {level}; it has: {levels}",
    ),
    "unverified": Wording(
        zh="所依据的部分数据未经核实：{titles}",
        en="part of the data behind this is unverified: {titles}",
    ),
}

BAD_LEVEL = Wording(
    zh="没有等级 {level}；等级为 5（初级工）到 1（高级技师）",
    en="There is no level {level}; levels run from 5 (lowest) to 1 (highest)",
)

_ANY_LEVEL = Wording(zh="相应", en="of any level")
_NO_LEVEL = Wording(zh="未注明等级", en="without a level")


def say_reason(reason: Reason, level_names: Mapping[int, Wording], lang: str = "zh") -> str:
    """The sentence of a reason; `level_names` are the law's names of levels."""

    def named(level: object, otherwise: Wording) -> str:
        found = level_names.get(level) if isinstance(level, int) else None
        return (found or otherwise).say(lang)

    params = dict(reason.params)
    for key, otherwise in (("required", _ANY_LEVEL), ("held_level", _NO_LEVEL), ("level", _NO_LEVEL)):
        if key in params:
            params[key] = named(params[key], otherwise)
    for key, value in params.items():
        if isinstance(value, Wording):
            params[key] = value.say(lang)
    fault = FAULTS.get(str(params.get("fault", "")))
    if fault is not None:
        params["fault"] = fault.say(lang)
    params["authority"] = params.get("authority") or (
        "the competent authority" if lang.startswith("en") else "主管部门"
    )
    return REASONS[reason.code].say(lang, **params)
