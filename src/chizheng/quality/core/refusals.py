"""What data must be like before a number may be said about them; the refusals, with their sentences.

A statistic from too few candidates, without variance or across unlinked groups looks like any other
number. The functions here raise instead, so that a caller cannot show it by mistake.
"""

from __future__ import annotations

from typing import NoReturn

from chizheng.kernel.errors import BadInput, Refused
from chizheng.kernel.wording import Wording

REFUSALS: dict[str, Wording] = {
    "too_few_persons": Wording(
        zh="只有 {found} 名考生作答，少于下限 {least}；请合并批次后再分析",
        en="only {found} candidates answered, fewer than the least of {least}; pool sittings first",
    ),
    "too_few_items": Wording(
        zh="可用试题只有 {found} 道，少于下限 {least}；无法估计",
        en="only {found} usable items, fewer than the least of {least}; nothing can be estimated",
    ),
    "small_group": Wording(
        zh="两组中较小的一组只有 {found} 人，少于下限 {least}；请等更多批次",
        en="the smaller of the two groups has {found} candidates, fewer than the least of {least}; wait for more",
    ),
    "nothing_earlier": Wording(
        zh="没有足够的更早批次可比（以前 {found} 人，下限 {least}）",
        en="no earlier sittings to compare with ({found} candidates before, at least {least} needed)",
    ),
    "no_variance": Wording(
        zh="“{what}”没有差异（所有取值相同），无法得出结论",
        en="'{what}' does not vary (every value is the same), so it supports no claim",
    ),
    "disconnected": Wording(
        zh="{what}分成互不相连的 {parts} 组（例如 {example}），组间不可比；请安排共同试题、考生或交叉评分",
        en="{what} fall into {parts} unlinked sets (for instance {example}) that cannot be compared; "
        "arrange common items, common candidates or crossed marking",
    ),
    "no_maximum": Wording(
        zh="似然函数没有有限的最大值：{what}；请删除或合并后重算",
        en="the likelihood has no finite maximum: {what}; drop or merge it and run again",
    ),
    "too_few_anchors": Wording(
        zh="可用的锚题只有 {found} 道，少于下限 {least}；链接结果不可靠",
        en="only {found} anchor items are usable, fewer than the least of {least}; the link would not hold",
    ),
    "no_crossing": Wording(
        zh="合格组与不合格组无法分开，不能用“{method}”确定合格线",
        en="the groups do not separate, so '{method}' gives no cut score",
    ),
}

FAULTS: dict[str, Wording] = {
    "shape": Wording(
        zh="“{what}”的形状应为 {wanted}，实为 {found}",
        en="'{what}' should have shape {wanted}, found {found}",
    ),
    "score_value": Wording(
        zh="第 {row} 行“{column}”列的得分 {value} 不可用：应为 0 或正整数，空白表示缺失",
        en="row {row}, column '{column}': score {value} cannot be used; write 0 or a positive whole number, "
        "blank for missing",
    ),
    "not_dichotomous": Wording(
        zh="“{column}”有大于 1 的得分，模型 {model} 只能用于 0/1 计分；请改用 gpcm",
        en="'{column}' has scores above 1, but the {model} model takes 0/1 scores only; use gpcm",
    ),
    "weight_value": Wording(
        zh="第 {row} 行的权重 {value} 不可用：应为大于 0 的数",
        en="row {row}: weight {value} cannot be used; write a number above 0",
    ),
    "anchor_unknown": Wording(
        zh="锚题“{item}”不在作答数据中",
        en="anchor '{item}' is not among the items of the responses",
    ),
    "anchor_shape": Wording(
        zh="锚题“{item}”的参数与数据不符：得分级数应为 {wanted}，给出 {found}",
        en="anchor '{item}' does not fit the data: {wanted} steps wanted, {found} given",
    ),
    "value": Wording(
        zh="“{what}”的值 {value} 不可用：{wanted}",
        en="'{what}' has the unusable value {value}: {wanted}",
    ),
}


def refuse(code: str, **params: object) -> NoReturn:
    """Raise `Refused`: the data are well formed, but cannot carry the claim."""
    raise Refused(code, REFUSALS[code], **params)


def fault(code: str, **params: object) -> NoReturn:
    """Raise `BadInput`: a value or a shape does not fit."""
    raise BadInput(code, FAULTS[code], **params)
