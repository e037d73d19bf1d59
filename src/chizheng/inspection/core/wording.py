"""What inspection says, in both languages, beside the codes it says them with."""

from __future__ import annotations

from chizheng.kernel.wording import Wording

WORDING: dict[str, Wording] = {
    # screening: what was given does not fit
    "empty_period": Wording(
        zh="期间为空：{start} 起至 {end}（不含）；截止日应晚于起始日",
        en="the period is empty: from {start} until {end} (not included); give an end after the start",
    ),
    "on_or_period": Wording(
        zh="请给出 --on 某日，或同时给出 --from 与 --to（首尾两日均含）",
        en="give --on DATE, or both --from and --to (both days included)",
    ),
    "bad_day": Wording(
        zh="“{value}”不是日期；请写作 YYYY-MM-DD，如 2026-03-01",
        en="'{value}' is not a date; write YYYY-MM-DD, such as 2026-03-01",
    ),
    "screened": Wording(
        zh="{from} 至 {to}：按 {gates} 条准入规定，发现 {findings} 项（{persons} 人，{employers} 家单位）。"
        "行校验值 {row_hash}，结果在 {out}",
        en="{from} to {to}: {findings} findings under {gates} gates ({persons} persons, {employers} employers). "
        "Row hash {row_hash}; see {out}",
    ),
    "two_ways_let_off": Wording(
        zh="准入规定 {gate} 同时有过渡期和在岗人员例外，无法写成一行；请拆成两条",
        en="gate {gate} has both a transition and an exemption for those in post; write it as two gates",
    ),
    "bad_place": Wording(
        zh="地区代码“{place}”不是 2、4 或 6 位数字（GB/T 2260，如 44、4401、440103）",
        en="place '{place}' is not 2, 4 or 6 digits (GB/T 2260, such as 44, 4401, 440103)",
    ),
    "file_missing": Wording(zh="找不到文件 {path}", en="there is no file {path}"),
    "file_unreadable": Wording(
        zh="无法按 Parquet 读取 {path}：{reason}", en="cannot read {path} as Parquet: {reason}"
    ),
    "column_missing": Wording(
        zh="{path} 缺少列“{column}”（{kind}）；现有列：{found}。各列含义见 docs/formats/{page}",
        en="{path} has no column '{column}' ({kind}); it has: {found}. See docs/formats/{page}",
    ),
    "column_type": Wording(
        zh="{path} 的列“{column}”是 {found}，应为 {kind}；{remedy}",
        en="column '{column}' of {path} is {found} but must be {kind}; {remedy}",
    ),
    "column_null": Wording(
        zh="{path} 的列“{column}”有 {count} 行为空，例如第 {rows} 行；请补填后再比对",
        en="column '{column}' of {path} is empty in {count} rows, e.g. row {rows}; fill it in first",
    ),
    "column_range": Wording(
        zh="{path} 的列“{column}”有 {count} 行不在 {low} 至 {high} 之间，例如第 {rows} 行为 {values}；{remedy}",
        en="column '{column}' of {path} is outside {low} to {high} in {count} rows, "
        "e.g. row {rows} has {values}; {remedy}",
    ),
    "occupations_needed": Wording(
        zh="{path} 的职业是编号，而内置法规按职业名称列举；请用 --occupations 给出编号与名称对照，或用 --gates 给出同一编号的准入表",
        en="{path} gives occupations as numbers but the built-in law names them; give --occupations "
        "(numbers and names), or --gates with the same numbers",
    ),
    "occupation_kinds": Wording(
        zh="职业的写法不一致：{first} 用{first_kind}，{second} 用{second_kind}；请统一为名称，或统一为编号",
        en="occupations are written in two ways: {first} as {first_kind}, {second} as {second_kind}; use one",
    ),
    "other_question": Wording(
        zh="目录 {path} 中是另一次比对的未完成结果；请换一个 --out 目录，或先清空它",
        en="{path} holds the unfinished answer to another question; use another --out, or empty it first",
    ),
    "spark_missing": Wording(
        zh="没有安装 pyspark（或找不到 Java）：{reason}；请安装 requirements/spark.lock，或用 --engine duckdb",
        en="pyspark is not installed (or Java not found): {reason}; install requirements/spark.lock, "
        "or use --engine duckdb",
    ),
    "engine_failed": Wording(
        zh="比对引擎 {engine} 报错：{reason}", en="the engine {engine} failed: {reason}"
    ),
}
