"""Forms of inspection."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.platform import clock


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class FilingForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=60)
    document = forms.CharField(label=_("身份证号"), max_length=30)
    occupation = forms.CharField(label=_("职业（工种）"), max_length=80)
    level = forms.CharField(
        label=_("等级"), max_length=10, required=False, help_text=_("1 至 5，5 为初级；可留空")
    )
    place = forms.CharField(
        label=_("地区代码"), max_length=6, required=False, help_text=_("留空为单位所在地")
    )
    start = forms.CharField(label=_("上岗日期"), widget=Day())
    end = forms.CharField(label=_("离岗日期"), required=False, widget=Day())


class SheetForm(forms.Form):
    file = forms.FileField(label=_("备案表（Excel 或 CSV）"))


class ScreeningForm(forms.Form):
    place = forms.RegexField(r"^(\d\d){0,3}$", label=_("地区代码"), required=False)
    start = forms.DateField(label=_("起始日"), widget=Day())
    last = forms.DateField(label=_("截止日（留空为当日）"), widget=Day(), required=False)


class LettersForm(forms.Form):
    seed = forms.CharField(label=_("公开抽签种子"), max_length=60)
    held_out = forms.DecimalField(
        label=_("对照比例"), min_value=0, max_value=0.9, decimal_places=3, initial="0.2"
    )
    answer_by = forms.DateField(label=_("答复期限"), widget=Day())

    @classmethod
    def blank(cls) -> LettersForm:
        today = clock.today()
        return cls(
            initial={"seed": today.isoformat(), "held_out": "0.2", "answer_by": today + timedelta(days=30)}
        )


class AnswerForm(forms.Form):
    filing = forms.IntegerField(widget=forms.HiddenInput())
    remedy = forms.ChoiceField(
        label=_("处理"),
        choices=[("upload", _("已有纸质证书")), ("train", _("已送培训")), ("move", _("已调离岗位"))],
    )
    number = forms.CharField(label=_("证书编号"), max_length=40, required=False)
    level = forms.IntegerField(label=_("等级"), min_value=1, max_value=5, required=False)
    issued_on = forms.DateField(label=_("发证日期"), widget=Day(), required=False)


class ComplaintForm(forms.Form):
    employer_name = forms.CharField(label=_("被投诉单位"), max_length=120)
    place = forms.RegexField(r"^(\d\d){1,3}$", label=_("所在地代码"), help_text=_("2、4 或 6 位行政区划代码"))
    text = forms.CharField(label=_("情况说明"), widget=forms.Textarea(), max_length=4000)
    reporter = forms.CharField(
        label=_("姓名与联系方式（可不填）"), max_length=200, required=False,
        help_text=_("加密保存，只有保管人可以查看，每次查看都有记录"),
    )  # fmt: skip


class ReceiptForm(forms.Form):
    code = forms.CharField(label=_("回执码"), max_length=20)
