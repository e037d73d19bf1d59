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
    "bad_workers": Wording(
        zh="--workers {value} 应为正整数", en="--workers {value} should be a positive number"
    ),
    "no_such_folder": Wording(zh="没有文件夹 {path}，写不了输出", en="There is no folder {path} to write to"),
    "summary": Wording(
        zh="共 {rows} 条成绩（缺考 {absent}）：标记鉴定所站 {station} 条、考评员 {assessor} 条、批次 {session} 条、"
        "考场 {room} 条、考生 {candidate} 条；详见 {out}",
        en="{rows} results ({absent} absent): flagged {station} rows of stations, {assessor} of assessors, {session} of "
        "sessions, {room} of rooms, {candidate} of candidates; see {out}",
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
    # other detectors: reasons
    "reason_copying": Wording(
        zh="考生 {one} 与 {two} 在同答的 {items} 题中有 {same} 题所选相同（各自作答时预期 {expected:.0f} 题），其中"
        "同选错项 {wrong} 题（预期 {wrong_expected:.1f} 题）；全场 {n} 人、{pairs} 对，如无抄袭，出现这样的考场的概率{odds}",
        en="candidates {one} and {two} chose alike on {same} of {items} items ({expected:.0f} expected of two who answer "
        "alone), {wrong} of them the same wrong option ({wrong_expected:.1f} expected); {n} candidates, {pairs} pairs; "
        "chance of such a room without copying {odds}",
    ),
    "reason_copying_plain": Wording(
        zh="{n} 人、{pairs} 对，未见异常雷同；最像的一对 {one} 与 {two}：{items} 题中 {same} 题相同（预期 {expected:.0f}），"
        "同错 {wrong} 题（预期 {wrong_expected:.1f}）；无抄袭时的概率{odds}",
        en="{n} candidates, {pairs} pairs, no unusual likeness; most alike {one} and {two}: {same} of {items} items "
        "({expected:.0f} expected), {wrong} wrong alike ({wrong_expected:.1f} expected); chance without copying {odds}",
    ),
    "odds_about": Wording(zh="约 {p:.2g}", en="about {p:.2g}"),
    "odds_below": Wording(zh="低于百万分之一", en="less than one in a million"),
    "reason_misfit": Wording(
        zh="答卷与本人水平不符（lz* {z:+.1f}）：难题答对 {hard:.0%}，易题答对 {easy:.0%}；先核对答题卡读取、试卷类型和错位填涂",
        en="the sheet does not fit its own level (lz* {z:+.1f}): {hard:.0%} of the hard items right, {easy:.0%} of the "
        "easy ones; check scanning, form and shifted entries first",
    ),
    "reason_preknowledge": Wording(
        zh="在 {given} 道疑似泄露的试题中答对 {seen} 道；按其余试题（答对 {rest:.0%}）的水平预期 {expected:.1f} 道",
        en="{seen} of {given} items thought to have leaked right; {expected:.1f} expected from the level shown on the "
        "others ({rest:.0%} right)",
    ),
    "reason_heaping": Wording(
        zh="{n} 个成绩中 {share:.0%} 是 5 的倍数（全体评分人 {usual:.0%}，合格线不计）",
        en="{share:.0%} of {n} marks are multiples of five ({usual:.0%} among all markers, the pass mark left out)",
    ),
    "reason_identical": Wording(
        zh="{n} 个成绩在扣除理论成绩的影响后标准差只有 {sd:.1f} 分（一般 {usual:.1f} 分），其中 {times} 个是 {mark} 分",
        en="{n} marks spread by {sd:.1f} points only once theory is allowed for (usually {usual:.1f}); {times} of them are {mark}",
    ),
    "reason_hasty": Wording(
        zh="每名考生的评分用时中位数 {own:.0f} 秒（一般 {usual:.0f} 秒，{n} 人）",
        en="median time for a candidate {own:.0f} seconds (usually {usual:.0f}; {n} candidates)",
    ),
    "reason_ring": Wording(
        zh="与{kind}“{other}”共事 {n} 次，按随机派遣预期 {expected:.1f} 次{more}；该圈共有 {people} 名考评员",
        en="met the {kind} '{other}' {n} times where {expected:.1f} were expected of free assignment{more}; "
        "{people} assessors in this ring",
    ),
    "ring_more": Wording(zh="，另有 {n} 处同样过密", en=", and {n} more pairs likewise"),
    "nothing_more": Wording(zh="", en=""),
    "node_assessor": Wording(zh="考评员", en="assessor"),
    "node_station": Wording(zh="鉴定站", en="station"),
    "node_candidate": Wording(zh="考生", en="candidate"),
    "node_school": Wording(zh="培训机构或单位", en="school or employer"),
    "reason_watch": Wording(
        zh="按 {n} 个批次先后累积：最可能自 {since} 起{mechanism}，到第 {after} 个批次证据过线",
        en="over {n} sittings in time: most likely since {since}: {mechanism}; the evidence crossed its line at sitting {after}",
    ),
    # what they cannot show
    "limit_copying": Wording(
        zh="不能说明谁抄谁，也不排除同一培训班的相同误解；须看座位图、监控和原卷。不影响任何考生的成绩和证书",
        en="Not who copied from whom; people taught alike err a little alike. Look at the seating plan, the recording and "
        "the sheets. It touches no candidate's result",
    ),
    "limit_misfit": Wording(
        zh="只提示数据录入可能有误；看不出抄袭，也看不出事先知题。不影响考生的成绩和证书",
        en="A sign about data entry only: it sees neither copying nor foreknowledge. It touches no result",
    ),
    "limit_preknowledge": Wording(
        zh="不能说明从何得知，也可能是教学侧重恰好相同；须有其他证据。不影响考生的成绩和证书",
        en="Not how the items were known; teaching may have stressed the same points. Other evidence is needed. It touches no result",
    ),
    "limit_marks": Wording(
        zh="只说明打分习惯异于他人，不说明成绩有误；可调阅评分表和录像。不影响任何考生的成绩和证书",
        en="Habits unlike others', not wrong marks; look at the mark sheets and recordings. It touches no candidate's result",
    ),
    "limit_ring": Wording(
        zh="只说明派遣过于集中；可能因为人手少或距离近。请先查派遣记录",
        en="Assignment is concentrated, nothing more; few assessors or short ways may explain it. Look at the assignments first",
    ),
    "limit_watch": Wording(
        zh="起点是最可能的一次，前后可差几个批次；不能说明是谁、出于什么原因。不影响任何考生的成绩和证书",
        en="The onset is the likeliest sitting, give or take a few; not who or why. It touches no candidate's result",
    ),
    # not computed, and why
    "copying_no_answers": Wording(
        zh="需要考生所选的选项；请用 --answers 提供，或在成绩表中加答题列",
        en="the options chosen are needed; give --answers FILE, or add answer columns to the table",
    ),
    "copying_no_rooms": Wording(
        zh="答案雷同需要考场或批次：答题表和成绩表中都没有，或考生号对不上",
        en="copying needs rooms or sessions: neither table has them, or the candidates' numbers do not match",
    ),
    "copying_too_few": Wording(
        zh="试卷 {paper} 只有 {found} 份答卷，少于 {needed} 份，不足以学到各选项的吸引力",
        en="paper {paper} has {found} sheets, fewer than {needed}: not enough to learn how the options attract",
    ),
    "copying_too_large": Wording(
        zh="考场 {rooms} 人数超过 {largest}，未逐对比较；请填写真正的考场而不是整个批次",
        en="rooms {rooms} hold more than {largest} people and were not compared pair by pair; give real rooms, not sessions",
    ),
    "sheets_no_key": Wording(
        zh="试卷 {paper} 没有答案；请用 --key 提供",
        en="the key of paper {paper} is needed; give --key FILE",
    ),
    "sheets_too_few": Wording(
        zh="试卷 {paper} 只有 {found} 份答卷，少于 {needed} 份，不足以标定试题",
        en="paper {paper} has {found} sheets, fewer than {needed}: not enough to calibrate its items",
    ),
    "leak_no_time": Wording(
        zh="没有指定泄露试题（--leaked），试卷 {paper} 也没有足够多的考试日期可供监测泄题",
        en="no leaked items were named (--leaked), and paper {paper} has too few exam days to watch for leaks",
    ),
    "leak_none": Wording(
        zh="没有试题显出泄露的迹象，无从判断事先知题",
        en="no item shows signs of having leaked, so nobody can be said to have known any",
    ),
    "marks_no_assessor": Wording(
        zh="成绩表没有考评员列，未看考评员的打分习惯和派遣",
        en="the table has no assessor column: habits and assignment of assessors were not looked at",
    ),
    "marks_no_session": Wording(
        zh="成绩表没有批次列，未按批次查看打分习惯",
        en="the table has no session column: sessions were not looked at",
    ),
    "hasty_no_times": Wording(
        zh="没有评分用时（列“评分用时”，秒），未看评分过快",
        en="no marking times (column 'seconds'): haste was not looked at",
    ),
    "watch_no_dates": Wording(
        zh="没有日期，未按批次先后监测", en="no dates: stations were not watched over time"
    ),
    "watch_too_short": Wording(
        zh="没有鉴定站有三个以上有日期的批次，未按批次先后监测",
        en="no station has three dated sittings: stations were not watched over time",
    ),
    "rings_no_meetings": Wording(
        zh="没有考评员和批次列，未看派遣是否过于集中",
        en="no assessor and session columns: assignment was not looked at",
    ),
    "rings_too_few": Wording(
        zh="与{what}的派遣：只有 {assessors} 名考评员、{meetings} 次，不足以判断",
        en="assignment to the {what}: {assessors} assessors and {meetings} meetings only, too few to judge",
    ),
    "rings_fixed": Wording(
        zh="与{what}的派遣：考评员大多固定在少数几处，谈不上异常；有地区列时在同一地区内比较",
        en="assignment to the {what}: most assessors always work at the same few, so nothing is unusual; with a region "
        "column they are compared within it",
    ),
    "not_seconds": Wording(
        zh="不是秒数；填评分用时的秒数，不知留空", en="not seconds; write seconds, blank if unknown"
    ),
    "not_computed": Wording(zh="未监测：{what}——{why}", en="not computed: {what}: {why}"),
    "detector_copying": Wording(zh="考场答案雷同", en="copying in a room"),
    "detector_misfit": Wording(zh="答卷拟合", en="person fit"),
    "detector_preknowledge": Wording(zh="事先知题", en="foreknowledge of items"),
    "detector_heaping": Wording(zh="打分集中于整五", en="heaped marks"),
    "detector_identical": Wording(zh="成绩雷同", en="nearly identical marks"),
    "detector_hasty": Wording(zh="评分过快", en="marks given too fast"),
    "detector_ring": Wording(zh="派遣圈", en="rings"),
    "detector_watch": Wording(zh="按批次先后监测", en="watch over sittings"),
    # answers by file
    "answers_no_candidate": Wording(
        zh="答题表 {path} 没有考生列（candidate 或 准考证号）",
        en="{path} has no candidate column (candidate)",
    ),
    "answers_no_items": Wording(
        zh="答题表 {path} 除考生、批次、考场、试卷外没有题目列", en="{path} has no item columns"
    ),
    "answer_too_long": Wording(
        zh="答题表 {path} 第 {line} 行“{column}”列：所选项“{value}”过长；请填选项字母，未答留空",
        en="{path} row {line}, column {column}: choice '{value}' is too long; write the letter, blank if unanswered",
    ),
    "answers_many_options": Wording(
        zh="答题表 {path} 的“{column}”等列有 {found} 种不同的值，不像选项；请检查是否误传了其他表",
        en="column {column} of {path} holds {found} different values: these are not options; is it the right file?",
    ),
    "key_unknown": Wording(
        zh="答案表 {path} 没有这些题目：{items}", en="the key {path} lacks the items {items}"
    ),
}
