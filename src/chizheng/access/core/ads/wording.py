"""The sentences of ad vetting."""

from __future__ import annotations

from chizheng.kernel.wording import Wording

MESSAGES: dict[str, Wording] = {
    "qualification_not_stated": Wording(
        zh="招聘“{posts}”属于就业准入职业，简章没有写明应持的职业资格证书",
        en="The ad recruits for gated occupations ({posts}) and does not state the certificate required",
    ),
    "over_gating": Wording(
        zh="要求“{posts}”持职业资格证书没有法律法规依据（“{quote}”）",
        en="No text in force lets an employer demand a certificate for {posts} ('{quote}')",
    ),
    "deposit_or_fee": Wording(
        zh="招聘中收取费用或押金：“{quote}”", en="The ad takes a deposit or a fee: '{quote}'"
    ),
    "sex_discrimination": Wording(
        zh="以性别作为录用条件：“{quote}”", en="The ad makes sex a condition: '{quote}'"
    ),
    "age_discrimination": Wording(
        zh="限定年龄，请说明岗位上的理由或删去：“{quote}”",
        en="The ad limits age; give the reason the work has for it, or drop it: '{quote}'",
    ),
    "health_discrimination": Wording(
        zh="以携带病原为由限制录用：“{quote}”", en="The ad turns away carriers of a disease: '{quote}'"
    ),
    "certificate_promise": Wording(
        zh="承诺包过、免考或代办证书：“{quote}”", en="The ad promises a pass or a certificate: '{quote}'"
    ),
    "employer_missing": Wording(
        zh="没有写明用人单位，无法核对其证照",
        en="The employer is not named, so its licence cannot be checked",
    ),
    "title_text_disagree": Wording(
        zh="标题招“{title}”，正文招“{text}”",
        en="The title recruits {title}, the text {text}",
    ),
}

FIXES: dict[str, str] = {
    "state": "应聘{post}须持有{certificate}{level}。",
    "certificate": "《中华人民共和国职业资格证书》（{post}）",
    "level": "，等级为{level}及以上",
    "no_demand": "{post}：能胜任岗位工作即可，不要求持有职业资格证书。",
    "no_fee": "招聘不收取押金、保证金、服装费、培训费等任何费用。",
    "promise": "参加培训后按规定报名参加职业技能鉴定，考试合格者依法领取证书。",
    "employer": "招聘单位：（营业执照上的单位全称），统一社会信用代码：（请填写）。",
    "title": "招聘{posts}",
    "title_posts": "（正文所列岗位）",
    "health": "按岗位要求进行入职健康检查，不因携带病原拒绝录用。",
}
