"""Sentences about files that do not fit: which row, which column, which value, what to do."""

from __future__ import annotations

from typing import NoReturn

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording

FILE_FAULTS: dict[str, Wording] = {
    "not_found": Wording(zh="找不到文件：{path}", en="no such file: {path}"),
    "unreadable": Wording(
        zh="文件无法读取：{path}（{why}）；请另存为 CSV（UTF-8）后重试",
        en="cannot read {path} ({why}); save it as CSV (UTF-8) and try again",
    ),
    "kind": Wording(
        zh="不支持的文件类型：{path}；可用 .csv、.parquet、.npz",
        en="unsupported kind of file: {path}; use .csv, .parquet or .npz",
    ),
    "empty": Wording(zh="文件是空的：{path}", en="the file is empty: {path}"),
    "ragged": Wording(
        zh="第 {row} 行有 {found} 列，表头有 {wanted} 列；请补齐或删除该行",
        en="row {row} has {found} columns, the header has {wanted}; complete the row or delete it",
    ),
    "score": Wording(
        zh="第 {row} 行“{column}”列的值“{value}”不是得分；请写 0 至 {most} 的整数，缺失留空",
        en="row {row}, column '{column}': '{value}' is not a score; "
        "write a whole number from 0 to {most}, leave it blank if missing",
    ),
    "number": Wording(
        zh="第 {row} 行“{column}”列的值“{value}”不是数；请改正",
        en="row {row}, column '{column}': '{value}' is not a number; correct it",
    ),
    "no_column": Wording(
        zh="没有名为“{column}”的列；现有列：{have}",
        en="there is no column '{column}'; columns present: {have}",
    ),
    "twice": Wording(
        zh="列名“{column}”出现了两次；请改名",
        en="the column name '{column}' occurs twice; rename one",
    ),
    "item_twice": Wording(
        zh="第 {row} 行：试题“{item}”前面已经出现；请只留一行",
        en="row {row}: item '{item}' stands above already; keep one row",
    ),
    "broken": Wording(
        zh="第 {row} 行附近格式有误（{why}）；请检查引号是否成对、单元格是否过长",
        en="the table is broken near row {row} ({why}); look for a lone quote or an overlong cell",
    ),
    "no_items": Wording(
        zh="除考生、权重、分组列外没有试题列：{path}",
        en="no item columns besides candidate, weight and group: {path}",
    ),
    "no_array": Wording(
        zh="{path} 中没有名为 responses 的数组；现有：{have}",
        en="{path} has no array named 'responses'; arrays present: {have}",
    ),
    "array_shape": Wording(
        zh="数组“{name}”的形状为 {found}，应为 {wanted}",
        en="array '{name}' has shape {found}, should have {wanted}",
    ),
}


def file_fault(code: str, **params: object) -> NoReturn:
    raise BadInput(code, FILE_FAULTS[code], **params)
