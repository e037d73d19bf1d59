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
    "overgated": Wording(
        zh="没有法律依据而要求持证：{overgating} 项",
        en="certificates demanded without a legal basis: {overgating}",
    ),
    "changed_and_previous": Wording(
        zh="--changed 与 --previous 要一起给出，且只用于 --engine duckdb",
        en="give --changed and --previous together, with --engine duckdb only",
    ),
    "not_an_answer": Wording(
        zh="{path} 不是同一问题的比对结果（缺少 summary.json 或深度不同）",
        en="{path} is not an answer to the same question (no summary.json, or another depth)",
    ),
    "empty_filings": Wording(
        zh="注意：{count} 条备案的结束日不晚于开始日，不计入比对，例如备案 {examples}",
        en="note: {count} filings end before they begin and count for nothing, e.g. filing {examples}",
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
    # casework
    "too_few_inspectors": Wording(
        zh="至少 {needed} 名监察员共同办理，现为 {given} 名（{clause}）",
        en="at least {needed} inspectors act together, {given} given ({clause})",
    ),
    "no_card": Wording(
        zh="{officer} 在 {on} 没有有效的监察证件；请更换人员或先补办证件",
        en="{officer} has no valid inspection card on {on}; take another officer or renew the card",
    ),
    "recusal": Wording(
        zh="{officer} 与该单位有利害关系，应当回避（{clause}）",
        en="{officer} has an interest in the employer and must stand aside ({clause})",
    ),
    "chair_investigated": Wording(
        zh="听证不得由本案调查人员 {officer} 主持；请另行指定主持人",
        en="a hearing may not be chaired by {officer}, who investigated; appoint somebody else",
    ),
    "too_much_on_the_spot": Wording(
        zh="当场处罚不得超过 {most} 元，拟罚 {fine} 元（{clause}）；请改用普通程序",
        en="on the spot at most {most} yuan, {fine} proposed ({clause}); use the ordinary procedure",
    ),
    "lapsed": Wording(
        zh="违法行为最迟应在 {last} 前发现，发现于 {found}，不再查处（{clause}）",
        en="found on {found}, after the last day {last}; it is no longer pursued ({clause})",
    ),
    "no_such_sanction": Wording(
        zh="法规数据中没有处罚代码 {sanction}", en="the law data have no sanction {sanction}"
    ),
    "rank_too_low": Wording(
        zh="{clause} 的效力位阶不能设定处罚；处罚须引用法律、法规或部门规章",
        en="{clause} cannot carry a sanction; cite a law, regulation or ministerial rule",
    ),
    "not_in_force": Wording(
        zh="{clause} 不能适用：行为日 {act}，决定日 {decided}；可适用的依据：{open}。没有可适用依据的，应撤销立案",
        en="{clause} does not apply: act on {act}, decision on {decided}; open: {open}. Where nothing is, cancel",
    ),
    "no_fine_here": Wording(zh="{clause} 没有规定罚款", en="{clause} provides for no fine"),
    "fine_outside_frame": Wording(
        zh="罚款 {fine} 元不在 {least} 至 {most} 元之间（{clause}）",
        en="a fine of {fine} yuan is not between {least} and {most} yuan ({clause})",
    ),
    "reporter_is_secret": Wording(
        zh="举报人信息只有保管人可以查看", en="only its keeper may see who reported"
    ),
    # targeting and letters
    "no_visits": Wording(
        zh="检查名额为 {visits}，至少应为 1", en="{visits} visits asked for; at least 1 is needed"
    ),
    "too_few_random": Wording(
        zh="随机抽查占 {share:.0%}，至少应为 {least:.0%}（{clause}）",
        en="{share:.0%} of visits are random, at least {least:.0%} are needed ({clause})",
    ),
    "too_few_labels": Wording(
        zh="只有 {count} 次检查结果，至少需要 {needed} 次，且有违法与无违法两类，才能训练评分",
        en="{count} visits with results; at least {needed}, of both kinds, are needed to fit the score",
    ),
}

CASE_STATES: dict[str, Wording] = {
    "received": Wording(zh="已收到", en="received"),
    "supplement": Wording(zh="待补正", en="to be supplemented"),
    "accepted": Wording(zh="已受理", en="accepted"),
    "refused": Wording(zh="不予受理", en="refused"),
    "filed": Wording(zh="已立案", en="filed"),
    "investigating": Wording(zh="调查中", en="investigating"),
    "suspended": Wording(zh="中止调查", en="suspended"),
    "extended": Wording(zh="延期调查中", en="investigating, extended"),
    "suspended_extended": Wording(zh="延期后中止", en="suspended, extended"),
    "noticed": Wording(zh="已告知", en="advance notice given"),
    "hearing": Wording(zh="听证中", en="hearing"),
    "reviewing": Wording(zh="审核中", en="in legal review"),
    "reviewing_noticed": Wording(zh="告知后审核中", en="in legal review after notice"),
    "decided_penalty": Wording(zh="已决定处罚", en="penalty decided"),
    "decided_order": Wording(zh="已责令改正", en="order decided"),
    "decided_no_penalty": Wording(zh="不予处罚", en="no penalty"),
    "decided_cancelled": Wording(zh="已改正，撤销立案", en="corrected and cancelled"),
    "decided_transferred": Wording(zh="已移送", en="transferred"),
    "served": Wording(zh="已送达", en="served"),
    "performed": Wording(zh="已履行", en="performed"),
    "reminded": Wording(zh="已催告", en="reminded"),
    "enforcing": Wording(zh="申请强制执行中", en="before the court for enforcement"),
    "unenforced": Wording(zh="终结执行", en="enforcement ended"),
    "annulled": Wording(zh="决定已撤销", en="decision annulled"),
    "closed": Wording(zh="已结案", en="closed"),
    "archived": Wording(zh="已归档", en="archived"),
}
