"""Sentences that the thought of the assessment says: about rows, marks, panels, eligibility."""

from __future__ import annotations

from chizheng.kernel.wording import Wording

WORDING: dict[str, Wording] = {
    # headers
    "header_unknown": Wording(
        zh="没有找到报名表的表头；请使用2015年（20列）或2026年（33列）报名表，表头放在前10行内",
        en="no header of an enrolment sheet was found; use the 20-column sheet of 2015 or the 33-column "
        "sheet of 2026, with the header among the first ten rows",
    ),
    "header_missing": Wording(
        zh="按“{title}”识别，缺少列：{columns}；请补上后重新上传",
        en="read as '{title}', these columns are missing: {columns}; add them and upload again",
    ),
    "header_doubled": Wording(
        zh="列重复：{columns}；请删去多余的一列", en="columns occur twice: {columns}; remove one of each"
    ),
    # rows
    "as_said": Wording(zh="{zh}", en="{en}"),
    "cell_empty": Wording(zh="“{header}”未填写；请填写", en="'{header}' is empty; fill it in"),
    "cell_rounded": Wording(
        zh="超过15位的数字被表格软件取整，末几位已丢失；请把该列设为“文本”格式后重新填写",
        en="a number of more than 15 digits was rounded by the spreadsheet and its last digits are lost; "
        "format the column as text and type it again",
    ),
    "session_closed": Wording(
        zh="核对到本行时报名已截止，未能报名", en="enrolment closed before this row was checked; not enrolled"
    ),
    "name_empty": Wording(zh="姓名未填写；请按证件填写", en="the name is empty; copy it from the document"),
    "name_odd": Wording(
        zh="不像姓名（至少两个字，不含数字和符号）；请按证件填写",
        en="this does not look like a name (two letters or more, no digits or symbols); see the document",
    ),
    "sex_unreadable": Wording(zh="性别应填“男”或“女”", en="sex must be 男 or 女"),
    "sex_differs": Wording(
        zh="性别与身份证号不一致；请核对证件", en="sex differs from the identity number; see the card"
    ),
    "date_unreadable": Wording(
        zh="日期无法识别；请写成 1990-01-31 的样子", en="unreadable date; write it like 1990-01-31"
    ),
    "birth_differs": Wording(
        zh="出生日期与身份证号不一致；请核对证件",
        en="the date of birth differs from the identity number; see the card",
    ),
    "repeated_in_file": Wording(
        zh="与第{earlier}行是同一证件；一人只报一次，请删去一行",
        en="the same document as in row {earlier}; one row per person, remove one",
    ),
    "name_of_another": Wording(
        zh="该证件已登记在另一姓名下；请核对证件，确属更名的先办理更名登记",
        en="this document is registered under another name; see the document, and register a change of name "
        "first if there was one",
    ),
    "enrolled_differently": Wording(
        zh="该考生已在本批次报名，内容与本行不同；如需更改，请先撤销原报名",
        en="already enrolled in this session with other content; withdraw that enrolment first to change it",
    ),
    "enrolled_elsewhere": Wording(
        zh="该考生已在批次{session}（{day}考试）报考同一职业同一等级；不能重复报名",
        en="already enrolled for this occupation and level in session {session} (exam {day})",
    ),
    "enrolled_same_day": Wording(
        zh="该考生{day}已在批次{session}参加考试；同一天不能参加两场",
        en="already sits in session {session} on {day}; nobody sits twice on one day",
    ),
    "levels_in_a_year": Wording(
        zh="{year}年已报考本职业其他等级；当地规定一年内最多{limit}个等级",
        en="already enrolled for another level of this occupation in {year}; at most {limit} a year here",
    ),
    "level_unknown": Wording(
        zh="“{occupation}”没有{level}级；该职业的等级为：{levels}",
        en="'{occupation}' has no level {level}; its levels are: {levels}",
    ),
    "other_occupation": Wording(
        zh="本批次的职业是“{occupation}”；请改正，或报到相应批次",
        en="this session is for '{occupation}'; correct it or use the fitting session",
    ),
    "level_unreadable": Wording(
        zh="等级无法识别；请填五级、四级、三级、二级或一级", en="unreadable level; write 5, 4, 3, 2 or 1"
    ),
    "other_level": Wording(
        zh="本批次是{level}级，本行填的是{said}级；请改正，或报到相应批次",
        en="this session is for level {level}, the row says {said}; correct it or use the fitting session",
    ),
    "alternative_unknown": Wording(
        zh="不能确定是哪一项申报条件；请填序号或原文：{offered}",
        en="it is not clear which condition is meant; write its number or its words: {offered_en}",
    ),
    "not_eligible": Wording(
        zh="截至{day}不符合所报条件：{why}", en="the claimed condition is not met on {day}: {why_en}"
    ),
    "years_unreadable": Wording(zh="年限应为数字（年）", en="years must be a number"),
    "years_too_many": Wording(
        zh="年限{years}年过多：自{since}年起至多{most}年；请核对",
        en="{years} years are too many: since {since} there were at most {most}; check",
    ),
    "not_born": Wording(zh="出生日期晚于考试日期；请核对", en="born after the exam day; check"),
    "too_young": Wording(
        zh="考试当日{age}周岁，未满{least}周岁，不能报名",
        en="aged {age} on the exam day, {least} is required",
    ),
    "already_certified": Wording(
        zh="已于{since}取得“{occupation}”{level}级证书；不必再考同级或更低等级",
        en="holds the certificate of level {level} in '{occupation}' since {since}; no need for this level",
    ),
    "exam_kind_unreadable": Wording(
        zh="考试类型应填“新考（正考）”或“补考”", en="the kind of exam must be 新考 (正考) or 补考"
    ),
    "nothing_to_retake": Wording(
        zh="没有{years}年内合格的科目，不能按补考报名；请改为正考",
        en="no part was passed within {years} years, so there is nothing to retake; enrol anew",
    ),
    "no_credit": Wording(
        zh="本科目未报考，但也没有{years}年内的合格成绩可保留；请改为新考或补考",
        en="this part is not sat, and no pass within {years} years is kept; mark it new or retake",
    ),
    "no_part_sat": Wording(
        zh="没有报考任何科目；请至少填写一科“新考”或“补考”",
        en="no part is sat; mark at least one as new or retake",
    ),
    "promotion_without_certificate": Wording(
        zh="晋级报名须填写原证书编号", en="a promotion needs the number of the certificate held"
    ),
    # marks
    "mark_unreadable": Wording(
        zh="成绩“{value}”无法识别；请填0至100的数，或“缺考”“违纪”",
        en="unreadable mark '{value}'; write a number from 0 to 100, or 缺考 (absent) or 违纪 (misconduct)",
    ),
    "mark_range": Wording(zh="成绩“{value}”不在0至100之间", en="mark '{value}' is not between 0 and 100"),
    "mark_decimals": Wording(
        zh="成绩“{value}”多于两位小数；请按原始成绩填写，系统不作舍入",
        en="mark '{value}' has more than two decimals; write the mark as given, nothing is rounded",
    ),
    "mark_differs": Wording(
        zh="与首次录入不一致；两次录入须由不同的人完成并一致，请核对评分表",
        en="differs from the first entry; two people must enter the same mark, see the marking sheet",
    ),
    "mark_kept_part": Wording(
        zh="该科目保留以前的合格成绩，不录入", en="this part keeps an earlier pass; nothing is entered"
    ),
    "mark_no_candidate": Wording(
        zh="本批次没有这个准考证号；请使用下载的成绩模板",
        en="no such admission number here; use the template",
    ),
    "mark_name_differs": Wording(
        zh="姓名与准考证号不对应；请核对", en="the name does not go with the admission number; check"
    ),
    # markers
    "marker_not_on_panel": Wording(
        zh="评分人不在本批次考评组中", en="the marker is not on this session's panel"
    ),
    "marker_twice": Wording(zh="同一考评员不能给同一份试卷评两次分", en="nobody marks the same paper twice"),
    "marker_not_needed": Wording(
        zh="两人评分相差不超过规定，不需要第三人评分", en="the two marks agree well enough: no third marker"
    ),
    "marker_own": Wording(zh="考评人员不能为本人评分", en="nobody marks their own paper"),
    "marker_settled": Wording(zh="该科目评分已结束", en="this paper is marked already"),
    # panels
    "panel_card_expired": Wording(
        zh="考评员证{card}在考试日{day}不在有效期内", en="card {card} is not valid on the exam day {day}"
    ),
    "panel_trade": Wording(
        zh="考评员证{card}不含“{occupation}”", en="card {card} does not cover '{occupation}'"
    ),
    "panel_rank": Wording(
        zh="考评员证{card}的级别不能考评{level}级", en="the rank of card {card} may not assess level {level}"
    ),
    "panel_same_unit": Wording(
        zh="考评员证{card}的持有人属于本鉴定站，应当回避",
        en="the holder of card {card} belongs to this station and is recused",
    ),
    "panel_tied": Wording(
        zh="考评员证{card}的持有人与本批次{people}名考生有亲属、师徒等关系，应当回避",
        en="the holder of card {card} is tied to {people} candidates of this sitting and is recused",
    ),
    "panel_in_a_row": Wording(
        zh="考评员证{card}的持有人已在本鉴定站连续考评{times}次，最多{most}次；请轮换",
        en="the holder of card {card} sat here {times} times in a row, {most} at most: rotate",
    ),
    "panel_met": Wording(
        zh="考评员证{card}的持有人{months}个月内考评过本批次的{people}名考生；请另派",
        en="the holder of card {card} assessed {people} of these candidates within {months} months: send another",
    ),
    "panel_turnover": Wording(
        zh="与上一次考评组相比只更换{fresh}人，至少更换{least}人",
        en="only {fresh} members differ from the last panel here, {least} must",
    ),
    "panel_small": Wording(
        zh="考评组不少于{least}人，现有{have}人", en="a panel has {least} members or more, this one {have}"
    ),
    "panel_even": Wording(
        zh="考评组人数应为单数，现有{have}人", en="a panel has an odd number of members, this one {have}"
    ),
    "panel_leader": Wording(zh="考评组须有且只有一名组长", en="a panel has exactly one leader"),
    # eligibility: <predicate>_<met|unmet|unknown>
    "eligibility_years_met": Wording(
        zh="{count_zh}从事本职业{have}年，满{min}年", en="{have} {count_en} years of work, {min} needed"
    ),
    "eligibility_years_unmet": Wording(
        zh="{count_zh}从事本职业{have}年，未满{min}年", en="{have} {count_en} years of work, {min} needed"
    ),
    "eligibility_years_unknown": Wording(
        zh="须证明{count_zh}从事本职业满{min}年（填报{have}年）",
        en="{min} {count_en} years of work to be shown ({have} claimed)",
    ),
    "eligibility_held_met": Wording(
        zh="持有{level}级以上证书，取证后年限符合", en="holds level {level} or higher for long enough"
    ),
    "eligibility_held_unmet": Wording(
        zh="须持有{level}级以上证书并在取证后工作满{min}年（现{have}年）",
        en="level {level} or higher and {min} years of work after it are needed (now {have})",
    ),
    "eligibility_held_unknown": Wording(
        zh="须出示{level}级以上证书并证明取证后工作满{min}年",
        en="a certificate of level {level} or higher and {min} years of work after it to be shown",
    ),
    "eligibility_held_since_met": Wording(
        zh="取得{level}级以上证书满{min}年", en="level {level} or higher held for {min} years"
    ),
    "eligibility_held_since_unmet": Wording(
        zh="须取得{level}级以上证书满{min}年",
        en="level {level} or higher must have been held for {min} years",
    ),
    "eligibility_held_since_unknown": Wording(
        zh="须出示{level}级以上证书（取得满{min}年）",
        en="a certificate of level {level} or higher, held for {min} years, to be shown",
    ),
    "eligibility_training_met": Wording(zh="已完成{level}级培训", en="training for level {level} completed"),
    "eligibility_training_unmet": Wording(
        zh="未完成{level}级正规培训", en="training for level {level} not completed"
    ),
    "eligibility_training_unknown": Wording(
        zh="须出示{level}级培训结业证书", en="completion of training for level {level} to be shown"
    ),
    "eligibility_diploma_met": Wording(zh="学历符合", en="the diploma fits"),
    "eligibility_diploma_unmet": Wording(zh="没有符合要求的学历", en="no diploma that fits"),
    "eligibility_diploma_unknown": Wording(zh="须出示学历证书", en="the diploma to be shown"),
    "eligibility_years_after_diploma_met": Wording(
        zh="毕业后工作满{min}年", en="{min} years of work after the diploma"
    ),
    "eligibility_years_after_diploma_unmet": Wording(
        zh="毕业后工作未满{min}年", en="less than {min} years of work after the diploma"
    ),
    "eligibility_years_after_diploma_unknown": Wording(
        zh="须证明毕业后工作满{min}年", en="{min} years of work after the diploma to be shown"
    ),
    "eligibility_apprenticeship_done_met": Wording(zh="学徒期满", en="apprenticeship completed"),
    "eligibility_apprenticeship_done_unmet": Wording(zh="学徒期未满", en="apprenticeship not completed"),
    "eligibility_apprenticeship_done_unknown": Wording(
        zh="须证明学徒期满", en="a completed apprenticeship to be shown"
    ),
    "eligibility_internship_years_met": Wording(
        zh="见习满{min}年", en="{min} years of practice on probation"
    ),
    "eligibility_internship_years_unmet": Wording(
        zh="见习未满{min}年", en="less than {min} years of practice on probation"
    ),
    "eligibility_internship_years_unknown": Wording(
        zh="须证明见习满{min}年", en="{min} years of practice on probation to be shown"
    ),
    "eligibility_title_met": Wording(zh="职称符合", en="the professional title fits"),
    "eligibility_title_unmet": Wording(
        zh="没有满{min}年的相应职称", en="no fitting professional title for {min} years"
    ),
    "eligibility_title_unknown": Wording(
        zh="须出示相应职称证书（满{min}年）", en="the professional title ({min} years) to be shown"
    ),
    "eligibility_age_met": Wording(zh="年满{min}周岁", en="{min} or older"),
    "eligibility_age_unmet": Wording(zh="未满{min}周岁", en="younger than {min}"),
    "eligibility_age_unknown": Wording(zh="须证明年满{min}周岁", en="age {min} to be shown"),
    "eligibility_in_occupation_met": Wording(zh="从事（或准备从事）本职业", en="works in the occupation"),
    "eligibility_in_occupation_unmet": Wording(zh="不从事本职业", en="does not work in the occupation"),
    "eligibility_in_occupation_unknown": Wording(
        zh="须证明从事或准备从事本职业", en="work, or planned work, in the occupation to be shown"
    ),
    "eligibility_class_completed_met": Wording(zh="已完成相应班级学习", en="the class was completed"),
    "eligibility_class_completed_unmet": Wording(zh="未完成相应班级学习", en="the class was not completed"),
    "eligibility_class_completed_unknown": Wording(
        zh="须出示相应班级结业证明", en="completion of the class to be shown"
    ),
}
