"""Forms of inspection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from chizheng.inspection.core.casework import Imposed
from chizheng.inspection.core.documents import Kind, fields_of
from chizheng.inspection.core.names import VIOLATIONS
from chizheng.inspection.models import Case
from chizheng.inspection.usecases.work_case import sanctions_of
from chizheng.kernel.money import Money
from chizheng.law.types import SanctionRow
from chizheng.people.models import Account, Organisation
from chizheng.platform.faults import language
from chizheng.platform.io.sheets import MAX_BYTES
from chizheng.platform.roles import Role

PLACE = RegexValidator(r"^(\d\d){1,3}$", _("请填写 2、4 或 6 位行政区划代码"))


LEVELS = [("", _("没有等级")), *((str(n), str(n)) for n in range(5, 0, -1))]


def day_field(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more
    )


class FilingForm(forms.Form):
    """One filing; what is typed is read as a row of a workbook is."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    document_number = forms.CharField(label=_("证件号码"), max_length=40)
    document_kind = forms.CharField(label=_("证件类型"), max_length=20, initial="居民身份证", required=False)
    post = forms.CharField(label=_("岗位"), max_length=60)
    occupation = forms.CharField(
        label=_("职业（工种）"), max_length=80, widget=forms.TextInput(attrs={"list": "occupation-names"})
    )
    level = forms.CharField(
        label=_("岗位等级"),
        max_length=10,
        required=False,
        help_text=_("5（初级工）至 1（高级技师），没有要求则留空"),
    )
    region = forms.CharField(
        label=_("工作地区代码"),
        max_length=6,
        required=False,
        help_text=_("工作地，不是注册地，如 320102；留空取单位所在地"),
    )
    start = day_field(_("上岗日期"))
    end = day_field(_("离岗日期"), required=False, help_text=_("最后一个在岗日；在岗则留空"))
    demanded = forms.BooleanField(label=_("本单位招用时要求持证"), required=False)

    def cells(self) -> dict[str, str]:
        data = self.cleaned_data
        found = {key: str(value or "") for key, value in data.items()}
        return found | {"demanded": "是" if data["demanded"] else "否"}


class SheetForm(forms.Form):
    file = forms.FileField(label=_("备案表"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("文件过大，请分成几份上传"))
        return file


class ScreeningForm(forms.Form):
    """A day, or the first and last day of a period."""

    start = day_field(_("日期（或期间首日）"))
    last = day_field(_("期间末日（含）"), required=False, help_text=_("只查一天则留空"))
    place = forms.CharField(label=_("地区代码"), required=False, validators=[PLACE])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("start") and data.get("last") and data["last"] < data["start"]:
            self.add_error("last", _("期间末日不能早于首日"))
        return data


class PlanForm(forms.Form):
    visits = forms.IntegerField(label=_("检查户数"), min_value=1, max_value=5000, initial=10)
    random_share = forms.FloatField(label=_("随机抽查比例"), min_value=0, max_value=1, initial=0.1)
    seed = forms.CharField(
        label=_("公开的随机种子"), max_length=60, help_text=_("抽取前公布，任何人可以据此复算")
    )
    region = forms.CharField(label=_("地区代码"), required=False, validators=[PLACE])


class CampaignForm(forms.Form):
    title = forms.CharField(label=_("名称"), max_length=80)
    seed = forms.CharField(
        label=_("公开的随机种子"), max_length=60, help_text=_("抽取前公布，任何人可以据此复算")
    )
    region = forms.CharField(label=_("地区代码"), required=False, validators=[PLACE])


class VisitForm(forms.Form):
    on = day_field(_("检查日期"))
    uncertified = forms.IntegerField(label=_("无证人数"), min_value=0)
    certified = forms.IntegerField(label=_("持证人数"), min_value=0)
    registered = forms.IntegerField(label=_("其中登记库可查人数"), min_value=0)


class AnswerForm(forms.Form):
    """What was done about one person of a letter."""

    filing = forms.IntegerField(widget=forms.HiddenInput)
    on = day_field(_("日期"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class PaperAnswerForm(AnswerForm):
    """A certificate that exists on paper."""

    number = forms.CharField(label=_("证书编号"), max_length=40)
    issued_on = day_field(_("发证日期"))
    level = forms.TypedChoiceField(
        label=_("证书等级"), choices=LEVELS, coerce=int, empty_value=None, required=False
    )
    file = forms.FileField(label=_("证书照片或扫描件"), help_text=_("PDF、JPEG 或 PNG"))


ANSWERS: dict[str, type[AnswerForm]] = {"upload": PaperAnswerForm, "train": AnswerForm, "move": AnswerForm}
"""The form of each remedy (`core.campaign.Remedy`)."""


def violation_choices() -> list[tuple[str, str]]:
    """What may be held against an employer, whether or not a law row punishes it today."""
    return [(code, wording.say(language())) for code, wording in VIOLATIONS.items()]


class CaseForm(forms.Form):
    """A matter received."""

    employer = forms.CharField(
        label=_("单位名称"), max_length=120, help_text=_("登记的全称"),
        widget=forms.TextInput(attrs={"list": "employer-names"}),
    )  # fmt: skip
    violation = forms.ChoiceField(label=_("涉嫌违法行为"))
    facts = forms.CharField(label=_("基本情况"), widget=forms.Textarea(attrs={"rows": 3}))
    act_start = day_field(_("行为开始日期"))
    act_end = day_field(_("行为终了日期"), required=False, help_text=_("仍在继续则留空"))
    region = forms.CharField(label=_("用工地区代码"), validators=[PLACE])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["violation"].choices = violation_choices()

    def clean_employer(self) -> Organisation:
        found = Organisation.objects.filter(name=self.cleaned_data["employer"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("没有登记这个单位；请核对全称，或请管理员先登记"))
        return found


class MoveForm(forms.Form):
    """The next event of a case, with what that event needs."""

    on = day_field(_("日期"))
    note = forms.CharField(label=_("说明"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, case: Case, event: str, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = on
        people = Account.objects.filter(role=Role.INSPECTOR, is_active=True).order_by("display")
        near = [a.pk for a in people if case.region.startswith(a.region)]
        if event == "assign":
            self.fields["officers"] = forms.ModelMultipleChoiceField(
                people.filter(pk__in=near), label=_("办案监察员"), widget=forms.CheckboxSelectMultiple
            )
        if event == "close_hearing":
            chairs = Account.objects.filter(role__in=[Role.INSPECTOR, Role.AUTHORITY], is_active=True)
            self.fields["chair"] = forms.ModelChoiceField(chairs.order_by("display"), label=_("听证主持人"))
        if event in ("give_notice", "decide_penalty", "decide_order"):
            self._sanction(sanctions_of(case, on=on), event)

    def _sanction(self, rows: Sequence[SanctionRow], event: str) -> None:
        """The law rows open for the act; an order may also rest on the inspection regulation alone."""
        lang = language()
        choices = [(r.code, f"{r.citation.say()}：{r.wording.say(lang)}") for r in rows]
        if event == "decide_order" and not rows:
            return
        self.fields["sanction"] = forms.ChoiceField(
            label=_("处罚依据（行为时和现在都有效的法律、法规、规章）"), choices=choices
        )
        if event == "decide_order":
            return
        self.fields["fine"] = forms.DecimalField(
            label=_("罚款（元）"), min_value=0, decimal_places=2, max_digits=14, initial=0,
            help_text=_("不罚款填 0；只写数字，如 1200.50"), error_messages={"invalid": _("请只写数字，如 1200.50")},
        )  # fmt: skip
        bases = {r.fine_basis for r in rows}
        self.fields["persons"] = forms.IntegerField(label=_("涉及人数"), min_value=1, initial=1)
        if "person_day" in bases:
            self.fields["person_days"] = forms.IntegerField(label=_("涉及人日数"), min_value=1, initial=1)
        if "illegal_income" in bases:
            self.fields["illegal_income"] = forms.DecimalField(
                label=_("违法所得（元）"), min_value=0, decimal_places=2, max_digits=14, initial=0,
                error_messages={"invalid": _("请只写数字，如 1200.50")},
            )  # fmt: skip

    def imposed(self) -> Imposed | None:
        """What the decision or notice names; None for a step that names nothing."""
        data = self.cleaned_data
        if "sanction" not in data:
            return None
        return Imposed(
            data["sanction"], _fen(data.get("fine")), data.get("persons") or 1, data.get("person_days") or 1,
            _fen(data.get("illegal_income")),
        )  # fmt: skip


def _fen(yuan: Decimal | None) -> int:
    return Money.from_yuan(yuan).fen if yuan is not None else 0


class ReasonForm(forms.Form):
    text = forms.CharField(label=_("说明"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class BesideForm(forms.Form):
    move = forms.CharField(max_length=40)
    on = day_field(_("日期"))


class PaperForm(forms.Form):
    """The fields a paper must state, filled with what the case knows."""

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in sorted(fields_of(kind), key=list(FIELD_NAMES).index):
            long = name in LONG
            self.fields[name] = forms.CharField(
                label=FIELD_NAMES[name],
                widget=forms.Textarea(attrs={"rows": 2}) if long else forms.TextInput(),
            )


LONG = frozenset({
    "facts", "record", "heard", "correction", "advice", "violated", "sanction", "remedies", "evidence", "proposed",
    "decided", "served",
})  # fmt: skip
"""Fields of papers that hold sentences."""
FIELD_NAMES = {
    "source": _("案件来源"), "time": _("时间"), "place": _("地点"), "authority": _("机关名称"), "record": _("问答记录"), "facts": _("查明的事实"),
    "evidence": _("证据"), "violated": _("违反的规定"), "sanction": _("处理依据"), "proposed": _("拟作出的处罚"), "hearing": _("听证权利"),
    "heard": _("陈述申辩情况"), "decided": _("决定内容"), "chair": _("听证主持人"), "advice": _("建议内容"), "deadline": _("期限"), "correction": _("改正要求"),
    "bank": _("缴款银行"), "late": _("逾期加处比例"), "remedies": _("救济途径"), "served": _("送达文书"), "manner": _("送达方式"),
    "inspectors": _("监察员"), "approver": _("审批人"), "date": _("落款日期"),
}  # fmt: skip


class EvidenceForm(forms.Form):
    title = forms.CharField(label=_("证据名称"), max_length=120)
    file = forms.FileField(label=_("文件"), required=False, help_text=_("不选文件则固定该单位当前的比对发现"))


class ComplaintForm(forms.Form):
    """A complaint from anybody; name and contact are optional."""

    employer_name = forms.CharField(label=_("被投诉单位"), max_length=120)
    region = forms.CharField(
        label=_("所在地区代码"), validators=[PLACE], help_text=_("如 3201；不清楚可只填省代码")
    )
    occupation = forms.CharField(label=_("职业（工种）"), max_length=80, required=False)
    text = forms.CharField(label=_("情况说明"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))
    reporter = forms.CharField(
        label=_("您的姓名和联系方式"), max_length=200, required=False,
        help_text=_("可以不填。填写的内容加密保存，只有指定的一名保管人可以查看，每次查看都有记录"),
    )  # fmt: skip


class StatusForm(forms.Form):
    code = forms.CharField(label=_("回执编号"), max_length=20)


class RepairForm(forms.Form):
    text = forms.CharField(label=_("整改情况"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class DemandForm(forms.Form):
    """A demand found in an advertisement."""

    employer = forms.CharField(label=_("单位名称"), max_length=120)
    occupation = forms.CharField(label=_("职业（工种）"), max_length=80)
    region = forms.CharField(label=_("地区代码"), validators=[PLACE])
    start = day_field(_("发布日期"))
    end = day_field(_("撤下日期"), required=False)
    quote = forms.CharField(label=_("原文"), max_length=300)

    clean_employer = CaseForm.clean_employer


class GradeForm(forms.Form):
    year = forms.IntegerField(label=_("评价年度（上一年度记录）"), min_value=2016, max_value=2100)
