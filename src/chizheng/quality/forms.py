"""Forms of quality."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Session
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import access_organisations, within
from chizheng.platform.faults import language
from chizheng.quality.core.cases import CONSEQUENCES, REFERRALS, VIOLATIONS
from chizheng.quality.models import Calibration, Case, CutPanel, Evaluation, Paper, Retraining, Supervisor
from chizheng.quality.queries import access_calibrations
from chizheng.quality.usecases.cases import sanctions_for

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
SHEETS = ".xls,.xlsx,.csv"

CONSEQUENCE_NAMES = {
    "suspend_certificates": _("申请暂停有关证书"),
    "revoke_certificates": _("申请撤销有关证书"),
    "retest": _("组织重新考核"),
    "suspend_assessor": _("停止使用考评员卡"),
    "suspend_licence": _("暂停鉴定站许可范围"),
}
REFERRAL_NAMES = {
    "police": _("公安机关"), "market_regulator": _("市场监督管理部门"), "discipline": _("纪检监察机关"),
}  # fmt: skip
VIOLATION_NAMES = {
    "assessment_body_breaks_rules": _("鉴定机构违反规定"),
    "assessment_without_licence": _("未经许可从事鉴定"),
    "indiscriminate_issuing": _("滥发证书"),
    "obstructs_inspection": _("阻挠检查、隐匿材料"),
}
EVENT_NAMES = {
    "release": _("放行"), "remark": _("重新评分"), "retest": _("抽样复测"), "annul": _("提出作废"),
    "correct": _("按复核成绩改正，重新公示"),
    "confirm": _("确认作废"), "refuse": _("不同意"), "open": _("立案调查"), "dismiss": _("不予立案"),
    "hear": _("听取陈述申辩"), "propose": _("提出处理意见"), "decide": _("作出决定"), "refer": _("移送"),
    "publish": _("公布"), "close": _("结案"),
}  # fmt: skip


class PaperForm(forms.Form):
    """A paper's items by sheet."""

    code = forms.RegexField(r"^[\w.\-]{2,40}$", label=_("试卷代码"))
    occupation = forms.CharField(label=_("职业"), max_length=80)
    level = forms.TypedChoiceField(
        label=_("等级"), coerce=int, choices=[(n, str(n)) for n in (5, 4, 3, 2, 1)]
    )
    file = forms.FileField(
        label=_("题目表（题目代码、答案、命题人账号）"),
        widget=forms.ClearableFileInput(attrs={"accept": SHEETS}),
    )


class AnswersForm(forms.Form):
    """Answers of a session's candidates to a paper."""

    paper = forms.ModelChoiceField(Paper.objects.none(), label=_("试卷"))
    file = forms.FileField(
        label=_("答案表（准考证号，每题一列）"), widget=forms.ClearableFileInput(attrs={"accept": SHEETS})
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        papers = Paper.objects.filter(occupation=session.occupation, level=session.level).order_by("code")
        self.fields["paper"].queryset = papers  # type: ignore[attr-defined]


class MarksForm(forms.Form):
    """Assessors' marks by sheet."""

    file = forms.FileField(
        label=_("评分表（准考证号、考评员证号，每个评分项目一列）"),
        widget=forms.ClearableFileInput(attrs={"accept": SHEETS}),
    )


class CalibrationForm(forms.Form):
    """Which answers to calibrate from, and on whose scale to put the items."""

    model = forms.ChoiceField(
        label=_("模型"), choices=Calibration.MODELS, help_text=_("不足 250 人用 Rasch，三参数须一千人以上")
    )
    start = forms.DateField(label=_("考试日期从（含，可不填）"), widget=_DAY, required=False)
    end = forms.DateField(label=_("到（不含，可不填）"), widget=_DAY, required=False)
    base = forms.ModelChoiceField(
        Calibration.objects.none(), label=_("链接到（可不选）"), required=False, empty_label=_("不链接，自成量尺"),
        help_text=_("以两者共有的题目为锚题；漂移或疑似泄露的锚题会被剔除并列出"),
    )  # fmt: skip
    method = forms.ChoiceField(
        label=_("链接方法"), choices=[("", _("（链接时选择）")), *Calibration.METHODS], required=False
    )

    def __init__(self, *args: Any, me: Account, paper: Paper, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = access_calibrations(me).filter(
            made_at__isnull=False, paper__items__code__in=paper.items.values("code")
        )
        self.fields["base"].queryset = able.distinct()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("base") and not data.get("method"):
            data["method"] = "stocking_lord"
        if not data.get("base"):
            data["method"] = ""
        return data


class PanelForm(forms.Form):
    """A panel's judgements by sheet."""

    method = forms.ChoiceField(label=_("方法"), choices=CutPanel.METHODS)
    held_on = forms.DateField(label=_("会议日期"), widget=_DAY)
    calibration = forms.ModelChoiceField(
        Calibration.objects.none(), label=_("标定（书签法）"), required=False
    )
    file = forms.FileField(label=_("评判表"), widget=forms.ClearableFileInput(attrs={"accept": SHEETS}))

    def __init__(self, *args: Any, paper: Paper, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        made = paper.calibrations.filter(made_at__isnull=False)
        self.fields["calibration"].queryset = made  # type: ignore[attr-defined]


class ProposeCutForm(forms.Form):
    """A whole number of items as the cut."""

    cut = forms.IntegerField(label=_("合格线（题数）"), min_value=1)
    reasons = forms.CharField(label=_("理由"), widget=forms.Textarea, min_length=10, max_length=4000)


class DecideCutForm(forms.Form):
    """Adopt or decline."""

    event = forms.ChoiceField(label=_("决定"), choices=[("adopt", _("采用")), ("decline", _("不采用"))])
    reasons = forms.CharField(label=_("理由"), widget=forms.Textarea, min_length=10, max_length=4000)


class EndRetrainingForm(forms.Form):
    """How a duty of re-training ended."""

    outcome = forms.ChoiceField(label=_("结果"), choices=Retraining.Outcome.choices)
    note = forms.CharField(label=_("培训考核情况"), min_length=5, max_length=2000)


class HoldForm(forms.Form):
    """A step of a hold with its reasons."""

    event = forms.ChoiceField(label=_("决定"))
    reasons = forms.CharField(label=_("理由"), widget=forms.Textarea, max_length=4000)

    def __init__(self, *args: Any, events: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"].choices = [(e, EVENT_NAMES[e]) for e in events]  # type: ignore[attr-defined]


class SupervisorForm(forms.Form):
    """A supervisor's card, for somebody who has an account."""

    account = forms.ModelChoiceField(Account.objects.none(), label=_("督导员账号"))
    card_number = forms.CharField(label=_("督导员证号"), max_length=30)
    kind = forms.ChoiceField(label=_("类别"), choices=Supervisor.Kind.choices)
    qualified_by = forms.CharField(
        label=_("资格依据"), max_length=200, help_text=_("从事鉴定管理或担任考评员的年限、培训考核情况")
    )
    start = forms.DateField(label=_("任期开始"), widget=_DAY)
    employer = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("所在单位（须回避）"), required=False
    )

    def __init__(self, *args: Any, me: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = Account.objects.filter(within(me), role="supervisor", person__isnull=False)
        self.fields["account"].queryset = able  # type: ignore[attr-defined]
        self.fields["employer"].queryset = access_organisations(me).order_by("name")  # type: ignore[attr-defined]


class DispatchForm(forms.Form):
    """Days for which supervision is drawn."""

    start = forms.DateField(label=_("从（含）"), widget=_DAY)
    end = forms.DateField(label=_("到（不含）"), widget=_DAY)


class DemandForm(forms.Form):
    """What a station has to put right."""

    text = forms.CharField(label=_("整改要求"), widget=forms.Textarea, max_length=4000)
    due = forms.DateField(label=_("期限"), widget=_DAY)


class AnswerForm(forms.Form):
    """What a station did."""

    text = forms.CharField(label=_("整改情况"), widget=forms.Textarea, max_length=4000)


class SelfAssessmentForm(forms.Form):
    """A station's view of its year, an answer an item of the law's list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("请选择")), ("yes", _("做到")), ("partly", _("部分做到")), ("no", _("未做到"))]
        for row in law().tables["self_assessment"]:
            name = row["name_en"] if language() == "en" else row["name"]
            rule = row["rule_en"] if language() == "en" else row["rule"]
            self.fields[str(row["code"])] = forms.ChoiceField(
                label=str(name), choices=choices, help_text=str(rule)
            )
        self.fields["improvements"] = forms.CharField(
            label=_("存在的问题和改进措施"), widget=forms.Textarea, required=False, max_length=5000
        )


class EvaluationForm(forms.Form):
    """The centre's verdict on a station's year."""

    verdict = forms.ChoiceField(label=_("评估结论"), choices=Evaluation.Verdict.choices)
    reasons = forms.CharField(label=_("理由"), widget=forms.Textarea, max_length=4000)


class PublicReportForm(forms.Form):
    """Anybody reports a fake or a bent exam; a name is not asked for."""

    summary = forms.CharField(
        label=_("情况说明"), widget=forms.Textarea, min_length=10, max_length=4000,
        help_text=_("何时、何地、何人或何机构、什么证书；请不要填写无关人员的个人信息"),
    )  # fmt: skip
    certificate_number = forms.CharField(label=_("证书编号（如有）"), max_length=40, required=False)
    region = forms.ChoiceField(label=_("事发地"), help_text=_("名单里没有的城市，请选所在的省"))
    contact = forms.CharField(
        label=_("联系方式（可不填）"),
        max_length=100,
        required=False,
        help_text=_("加密保存，只供办案人员回访"),
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        english = language() == "en"
        rows = sorted(law().tables["regions"], key=lambda r: str(r["code"]))
        places = [
            (
                str(r["code"]),
                ("\u3000" if len(str(r["code"])) > 2 else "") + str(r["name_en" if english else "name"]),
            )
            for r in rows
        ]
        self.fields["region"].choices = [("", _("请选择")), *places]  # type: ignore[attr-defined]

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("提交未被接受，请重新填写"))
        return ""


class CaseForm(forms.Form):
    """A case taken in by the desk."""

    source = forms.ChoiceField(label=_("来源"), choices=[c for c in Case.SOURCES if c[0] != "flag"])
    summary = forms.CharField(label=_("情况说明"), widget=forms.Textarea, min_length=10, max_length=4000)
    station = forms.ModelChoiceField(Organisation.objects.none(), label=_("涉及鉴定站"), required=False)
    session = forms.ModelChoiceField(Session.objects.none(), label=_("涉及批次"), required=False)
    certificate_number = forms.CharField(label=_("证书编号（如有）"), max_length=40, required=False)

    def __init__(self, *args: Any, me: Account, **kwargs: Any) -> None:
        from chizheng.assessment.queries import access_sessions

        super().__init__(*args, **kwargs)
        self.fields["station"].queryset = access_organisations(me, "station").order_by("name")  # type: ignore[attr-defined]
        self.fields["session"].queryset = access_sessions(me)  # type: ignore[attr-defined]


class StepForm(forms.Form):
    """A step of a case with what was done or said."""

    text = forms.CharField(label=_("内容"), widget=forms.Textarea, min_length=10, max_length=4000)


class ProposalForm(StepForm):
    """What to decide, and on what basis."""

    violation = forms.ChoiceField(label=_("违法行为"), choices=[(v, VIOLATION_NAMES[v]) for v in VIOLATIONS])
    sanction = forms.ChoiceField(label=_("处罚依据"), required=False)
    consequences = forms.MultipleChoiceField(
        label=_("后果"), choices=[(c, CONSEQUENCE_NAMES[c]) for c in CONSEQUENCES], required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    field_order = ["violation", "sanction", "consequences", "text"]

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {s.code: s for v in VIOLATIONS for s in sanctions_for(case, v)}
        self.fields["sanction"].choices = [  # type: ignore[attr-defined]
            ("", _("不处罚")),
            *(
                (code, f"{s.citation.say(language())}：{s.wording.say(language())}")
                for code, s in rows.items()
            ),
        ]


class ReferForm(StepForm):
    """To whom a case is handed on."""

    to = forms.ChoiceField(label=_("移送"), choices=[(r, REFERRAL_NAMES[r]) for r in REFERRALS])
    field_order = ["to", "text"]


class ExhibitForm(forms.Form):
    """A piece of evidence."""

    label = forms.CharField(label=_("证据名称"), max_length=120)
    file = forms.FileField(label=_("文件（实物可不传）"), required=False)
    holder = forms.CharField(label=_("保管人"), max_length=60)
    place = forms.CharField(label=_("保管地点"), max_length=120)


class HandOverForm(forms.Form):
    """An exhibit changes hands."""

    giver = forms.CharField(label=_("交出人"), max_length=60)
    receiver = forms.CharField(label=_("接收人"), max_length=60)
    place = forms.CharField(label=_("地点"), max_length=120)
    intact = forms.BooleanField(label=_("封存完好"), required=False, initial=True)


class LookAlikeForm(forms.Form):
    """A look-alike certificate."""

    issuer = forms.CharField(label=_("发证单位"), max_length=120)
    title = forms.CharField(label=_("证书名称"), max_length=120)
    where = forms.CharField(label=_("发现途径"), max_length=200, required=False)


def period_choices(today: date) -> list[tuple[str, str]]:
    """The last four bulletin periods that are over, the newest first."""
    from chizheng.quality.usecases.bulletins import period_of

    out, day = [], today
    for _n in range(4):
        start, _end = period_of(day)
        day = date.fromordinal(start.toordinal() - 1)
        first, end = period_of(day)
        out.append(
            (first.isoformat(), f"{first.isoformat()} – {date.fromordinal(end.toordinal() - 1).isoformat()}")
        )
    return out


class BulletinForm(forms.Form):
    """Which period to freeze."""

    start = forms.ChoiceField(label=_("期间"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].choices = period_choices(today)  # type: ignore[attr-defined]
