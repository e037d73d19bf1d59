"""What quality says, in Chinese and English."""

from __future__ import annotations

from chizheng.kernel.wording import Wording

WORDING: dict[str, Wording] = {
    # refusals of input
    "no_such_file": Wording(zh="找不到文件 {path}", en="There is no file {path}"),
    "unknown_kind": Wording(
        zh="不认识的文件类型：{path}；请提供 .csv 或 .parquet",
        en="Unknown kind of file: {path}; give .csv or .parquet",
    ),
    "unreadable": Wording(
        zh="读不了 {path}：{reason}；请另存为 UTF-8 编码、逗号分隔、首行为列名的 CSV",
        en="Cannot read {path}: {reason}; save it as UTF-8 CSV with commas and a header line",
    ),
    "missing_columns": Wording(
        zh="缺少列 {missing}（现有列：{present}）；列名见 docs/formats/results.md",
        en="Missing columns {missing} (present: {present}); see docs/formats/results.md",
    ),
    "bad_rows": Wording(
        zh="有 {total} 处数据有误，未作任何分析：\n{rows_zh}",
        en="{total} faults in the data, nothing was analysed:\n{rows_en}",
    ),
    "bad_row": Wording(
        zh="  第 {line} 行，{column} 列，值“{value}”：{remedy}",
        en="  row {line}, column {column}, value {value}: {remedy}",
    ),
    "short_row": Wording(
        zh="该行的单元格比表头少；请补齐（缺考也要留出空格）或删除该行",
        en="the row has fewer cells than the header; complete it (a blank cell for absent) or delete it",
    ),
    "blank": Wording(zh="不能为空，请补填", en="must not be blank; fill it in"),
    "not_a_number": Wording(
        zh="不是数字；填 0 至 100 的分数，缺考留空", en="not a number; give a mark 0..100, blank if absent"
    ),
    "out_of_range": Wording(
        zh="超出 0 至 100；请核对原始评分表", en="outside 0..100; check the original mark sheet"
    ),
    "not_a_date": Wording(zh="不是日期；请写成 2025-06-30", en="not a date; write 2025-06-30"),
    "twice": Wording(
        zh="同一考生在同一批次出现两次且成绩或考评员不同；请核对后保留一条",
        en="the same candidate twice in one session with different marks or assessor; keep the right row",
    ),
    "bad_level": Wording(zh="--fdr {value} 不在 0 与 0.5 之间", en="--fdr {value} is not between 0 and 0.5"),
    "too_few_stations": Wording(
        zh="只有 {found} 个鉴定所站有实操成绩，少于 {needed} 个：没有足够的正常站可比，不能下结论；"
        "请合并更多站或更多批次",
        en="Only {found} stations have practical marks, fewer than {needed}: nothing to compare with;"
        " add stations or sessions",
    ),
    "too_few_candidates": Wording(
        zh="只有 {found} 条实操成绩，少于 {needed} 条：不能下结论；请合并更多批次",
        en="Only {found} practical marks, fewer than {needed}: no claim can be supported; add sessions",
    ),
    "too_few_markers": Wording(
        zh="只有 {found} 名评分人，少于 {needed} 名：没有可比的习惯，不能下结论",
        en="Only {found} markers, fewer than {needed}: no common habit to compare with",
    ),
    "no_variance": Wording(
        zh="实操成绩几乎全部相同（标准差 {sd:.2f}）：无法比较；请检查是否导出了合格与否而不是分数",
        en="Practical marks are nearly all alike (s.d. {sd:.2f}): nothing to compare; was pass/fail "
        "exported as marks?",
    ),
    "no_such_folder": Wording(zh="没有文件夹 {path}，写不了输出", en="There is no folder {path} to write to"),
    "summary": Wording(
        zh="共 {rows} 条成绩（缺考 {absent}）：标记鉴定所站 {station} 个、考评员 {assessor} 名、批次 "
        "{session} 个，"
        "建议盲评复核 {candidate} 人；详见 {out}",
        en="{rows} results ({absent} absent): flagged {station} stations, {assessor} assessors, "
        "{session} sessions,"
        " {candidate} candidates for blind re-mark; see {out}",
    ),
    # strength of evidence
    "strength_none": Wording(zh="无异常迹象", en="no sign"),
    "strength_weak": Wording(zh="迹象微弱", en="weak sign"),
    "strength_some": Wording(zh="有一定迹象", en="some sign"),
    "strength_strong": Wording(zh="迹象较强", en="strong sign"),
    "strength_decisive": Wording(zh="迹象很强", en="very strong sign"),
    # mechanisms
    "mechanism_honest": Wording(zh="未见异常", en="nothing unusual"),
    "mechanism_push": Wording(
        zh="把略低于合格线的分数抬过线", en="marks just below the pass mark lifted over it"
    ),
    "mechanism_sold": Wording(
        zh="部分不合格者被给到刚好合格", en="some failing candidates given a bare pass"
    ),
    "mechanism_spread": Wording(
        zh="部分不合格者被给到分散的合格分", en="some failing candidates given passes spread over a range"
    ),
    "mechanism_shift": Wording(zh="全体分数被整体抬高", en="everyone's marks raised"),
    "mechanism_theory_sold": Wording(
        zh="部分理论不合格者被给到合格", en="some failing theory papers given a pass"
    ),
    "mechanism_theory_leaked": Wording(
        zh="理论成绩明显高于实操所能解释的水平（疑似泄题）",
        en="theory far above what practice explains (leaked paper?)",
    ),
    # which part carries the evidence
    "part_whole": Wording(zh="全部评分", en="all its marks"),
    "part_assessor": Wording(zh="其中一名考评员的评分", en="the marks of one assessor"),
    "part_session": Wording(zh="其中一个批次的评分", en="the marks of one session"),
    "part_theory": Wording(zh="理论成绩", en="its theory marks"),
    # reasons
    "reason_flagged": Wording(
        zh="{strength}：{mechanism}（依据：{part}，{n} 人；{cut}分起三分段实际 {seen} 人、预期 "
        "{expected:.1f} 人，"
        "线下八分内实际 {below} 人、预期 {below_expected:.1f} 人）。{limit}",
        en="{strength}: {mechanism} (on {part}, {n} candidates; just over the cut {seen} seen, "
        "{expected:.1f} expected;"
        " just under it {below} seen, {below_expected:.1f} expected). {limit}",
    ),
    "reason_plain": Wording(
        zh="{strength}；最像：{mechanism}（依据：{part}，{n} 人）",
        en="{strength}; most like: {mechanism} (on {part}, {n} candidates)",
    ),
    "reason_clear": Wording(
        zh="无异常迹象（{n} 人；若有四成不合格者买分，本次能发现的概率约 {power:.0%}）",
        en="no sign ({n} candidates; 40 % sold passes would have been found with probability {power:.0%})",
    ),
    "reason_cannot_tell": Wording(
        zh="人数太少，不能判断（{n} 人；若有四成不合格者买分，能发现的概率只有约 {power:.0%}）；"
        "请累积更多批次",
        en="cannot tell: too few ({n} candidates; 40 % sold passes would be found with probability "
        "{power:.0%} only)",
    ),
    "reason_no_marks": Wording(zh="没有实操成绩", en="no practical marks"),
    "reason_remark": Wording(
        zh="建议盲评复核：理论 {theory:.0f}、实操 {practical:.0f}，分数被抬过合格线的概率约 "
        "{posterior:.0%}；复核前不影响该考生的成绩和证书",
        en="blind re-mark advised: theory {theory:.0f}, practical {practical:.0f}, chance of having "
        "been lifted {posterior:.0%};"
        " result and certificate stand until then",
    ),
    "limit_station": Wording(
        zh="这是统计迹象，不是认定；不能说明是谁、出于什么原因，也不影响任何考生的成绩和证书，须经复核或调查",
        en="A statistical sign, not a finding: it does not say who or why and touches no candidate's "
        "result; review it",
    ),
}
