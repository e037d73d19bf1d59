"""Forms of the ad desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.access.forms.fields import DayField, OccupationField, PlaceField
from chizheng.access.models import AdWord
from chizheng.people.models import Organisation


class AdForm(forms.Form):
    """An ad to vet: pasted as it is."""

    title = forms.CharField(label=_("标题"), max_length=300, required=False)
    text = forms.CharField(
        label=_("正文"), max_length=20_000, required=False,
        widget=forms.Textarea(attrs={"rows": 9, "placeholder": _("把招聘简章原文粘贴到这里")}),
    )  # fmt: skip
    employer = forms.CharField(label=_("用人单位"), max_length=120, required=False)
    place = PlaceField(label=_("工作地点"), required=False)
    on = DayField(label=_("按何日规定审核"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not (data.get("title") or data.get("text")):
            raise forms.ValidationError(_("标题和正文至少填一项"))
        return data


class AdSheetForm(forms.Form):
    """A workbook of ads."""

    file = forms.FileField(label=_("工作簿（.xlsx、.xls 或 CSV）"))
    place = PlaceField(label=_("工作地点"), required=False)
    on = DayField(label=_("按何日规定审核"))


class WordForm(forms.Form):
    """A person's decision of a word."""

    kind = forms.ChoiceField(label=_("判定"), choices=AdWord.Kind.choices, widget=forms.RadioSelect)
    occupation = OccupationField(label=_("是哪个职业"), required=False)
    since = DayField(label=_("自何日起"))
    reason = forms.CharField(label=_("理由"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") in (AdWord.Kind.NAME, AdWord.Kind.TRADE) and not data.get("occupation"):
            self.add_error("occupation", _("请填写职业目录中的名称"))
        return data


PAPERS = [
    ("ad", _("招聘简章")),
    ("licence", _("营业执照")),
    ("agent_identity", _("经办人身份证件")),
    ("mandate", _("委托证明")),
]


class MandateForm(forms.Form):
    """An employer's mandate and the papers seen."""

    employer_name = forms.CharField(label=_("用人单位"), max_length=120)
    employer_code = forms.CharField(label=_("统一社会信用代码"), max_length=30)
    agent_name = forms.CharField(label=_("经办人姓名"), max_length=60)
    agent_document = forms.CharField(label=_("经办人身份证号"), max_length=30)
    seen = forms.MultipleChoiceField(
        label=_("已查验的材料"), choices=PAPERS, widget=forms.CheckboxSelectMultiple, required=False
    )
    start = DayField(label=_("委托自"))
    end = DayField(label=_("委托至（不含当日）"), required=False)


class LicenceForm(forms.Form):
    """An agency's licence."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("职业介绍机构"))
    number = forms.CharField(label=_("许可证编号"), max_length=40)
    start = DayField(label=_("有效期自"))
    end = DayField(label=_("有效期至（不含当日）"), required=False)

    def __init__(self, *args: Any, region: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(kind="agency", region__startswith=region).order_by(
            "name"
        )
