"""Sentences of the access desks: reasons of a match, messages to desks, answers of registration, letters."""

from __future__ import annotations

from chizheng.kernel.wording import Wording

WHY: dict[str, Wording] = {
    "open": Wording(zh="持有所需证书，已按今日状态核对", en="holds the certificate needed, checked today"),
    "free": Wording(zh="该职业当日当地不设准入", en="no gate stands there that day"),
    "first_wish": Wording(zh="第一志愿", en="first wish"),
    "level": Wording(zh="等级达到岗位期望", en="has the level hoped for"),
    "same_county": Wording(zh="同县（区）", en="same county"),
    "same_city": Wording(zh="同市", en="same city"),
    "wage": Wording(zh="工资达到期望", en="wage as wished"),
}

MESSAGES: dict[str, Wording] = {
    "staff_worse": Wording(
        zh="{name}（{occupation}）的证书状态有变：{verdict}；请安排其停止该岗位工作或补齐证书",
        en="standing of {name} ({occupation}) changed: {verdict}; take them off the post or see to the certificate",
    ),
    "staff_better": Wording(
        zh="{name}（{occupation}）现已符合要求：{verdict}", en="{name} ({occupation}) now complies: {verdict}"
    ),
    "staff_expiring": Wording(
        zh="{name}（{occupation}）的{what}将于 {last} 到期，还有 {days} 天；请及时办理",
        en="{what} of {name} ({occupation}) ends on {last}, in {days} days: see to it in time",
    ),
    "exception_granted": Wording(
        zh="例外申请（{code}，{occupation}）已批准，至 {until}",
        en="exception {code} for {occupation} granted until {until}",
    ),
    "exception_refused": Wording(
        zh="例外申请（{code}，{occupation}）未获批准：{basis}",
        en="exception {code} for {occupation} refused: {basis}",
    ),
    "guidance_closed": Wording(
        zh="您指导过的{name}已取得“{occupation}”证书，可以推荐",
        en="{name}, whom you guided, now holds '{occupation}': may be referred",
    ),
    "ad_word_decided": Wording(
        zh="简章 {number} 中的“{word}”已由人工判定，请重新审核",
        en="'{word}' in ad {number} was decided by a person: vet it again",
    ),
}

EXPIRES: dict[str, Wording] = {
    "certificate": Wording(zh="证书“{what}”", en="the certificate '{what}'"),
    "licence": Wording(zh="其他部门证件“{what}”", en="the licence '{what}'"),
    "exception": Wording(zh="例外批准“{what}”", en="the exception '{what}'"),
}

CHECK_NOTES: dict[str, Wording] = {
    "provisional": Wording(
        zh="证书库暂时不能查询，本答复为暂行答复，恢复后自动复核，结论以复核为准",
        en="the register could not be asked: this answer is provisional and is re-checked by itself",
    ),
    "held": Wording(
        zh="请当事人培训、鉴定并取得证书；证书核发后自动解除暂缓，无须重新申请",
        en="train and be assessed; the hold ends by itself once the certificate is issued",
    ),
    "advice": Wording(
        zh="登记照常办理；请告知当事人须依法取得资格，并通知主管部门",
        en="register; tell the applicant what the trade needs, and notify the competent authority",
    ),
    "claim_not_granted": Wording(
        zh="所主张的例外情形“{what}”（{code}）未经批准，本答复没有采用；请备齐{evidence}，向登记地劳动行政部门申请，"
        "批准后自动复核",
        en="the exception claimed ({code}: {what}) has not been granted and was not counted: apply for it to the "
        "labour authority of the place with {evidence}; once granted, the check is judged again by itself",
    ),
    "claim_not_applicable": Wording(
        zh="所主张的例外情形“{what}”（{code}）当日不适用于开业登记，本答复没有采用；请取得所需证书，或更换有证书的经营者、"
        "技术负责人",
        en="the exception claimed ({code}: {what}) does not hold for registrations of that day and was not counted: "
        "let the certificate be obtained, or name an owner or manager who holds it",
    ),
    "no_occupation": Wording(
        zh="经营范围中没有识别出须判断的职业；如有，请在“职业”栏补充",
        en="no occupation was found in the business scope; name it if there is one",
    ),
}
