"""What is said about a row of a classification that was not taken: what, where, what to do."""

from __future__ import annotations

from chizheng.kernel.wording import Wording

FAULTS: dict[str, Wording] = {
    "code_missing": Wording(
        zh="第 {row} 行缺少职业编码；请填写如 4-03-02-01 的编码",
        en="row {row} has no occupation code; fill in a code such as 4-03-02-01",
    ),
    "code_malformed": Wording(
        zh="第 {row} 行职业编码“{value}”格式不对；应为 大类-中类-小类-职业，如 4-03-02-01",
        en="row {row}: the code '{value}' is malformed; it should look like 4-03-02-01",
    ),
    "code_slipped": Wording(
        zh="第 {row} 行编码“{value}”以 00 结尾，但小类 {group} 还有 {others}；编码可能串行，请对照大典改正",
        en="row {row}: the code '{value}' ends in 00 though group {group} also has {others}; "
        "it has probably slipped, correct it from the printed classification",
    ),
    "name_missing": Wording(
        zh="第 {row} 行缺少职业名称；请填写", en="row {row} has no occupation name; fill it in"
    ),
    "levels_wrong": Wording(
        zh="第 {row} 行等级“{value}”不能识别或不连续（{fault}）；请写成 54321、四级/三级 等连续的等级",
        en="row {row}: the levels '{value}' are not a continuous ladder ({fault}); write e.g. 54321",
    ),
    "kind_unknown": Wording(
        zh="第 {row} 行类型“{value}”不能识别；请填“职业”或“工种”",
        en="row {row}: the kind '{value}' is unknown; write 'occupation' or 'trade'",
    ),
    "row_repeated": Wording(
        zh="第 {row} 行与第 {first} 行重复；请删除一行", en="row {row} repeats row {first}; delete one"
    ),
    "name_twice": Wording(
        zh="第 {row} 行“{value}”另有编码 {others}；一个名称只能有一个编码，请核对后删除错的一行",
        en="row {row}: '{value}' also has the code {others}; one name has one code, delete the wrong row",
    ),
    "code_twice": Wording(
        zh="第 {row} 行编码“{value}”另有名称 {others}；一个编码只能有一个名称，请核对后删除错的一行",
        en="row {row}: the code '{value}' also has the name {others}; one code has one name, "
        "delete the wrong row",
    ),
}

MISSING_COLUMN = Wording(
    zh="表中没有“{field}”列；表头可写：{headers}",
    en="The sheet has no '{field}' column; its header may be: {headers}",
)
