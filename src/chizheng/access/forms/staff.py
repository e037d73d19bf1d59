"""Forms of employers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.access.forms.fields import DayField, OccupationField, PlaceField, narrow
from chizheng.law.io.shelf import law
from chizheng.platform.faults import language


class StaffSheetForm(forms.Form):
    """A staff list."""

    file = forms.FileField(
        label=_("名册（.xlsx、.xls 或 CSV）"),
        help_text=_("须有“姓名”“证件号码”“职业”“上岗日期”列，可有“证件类型”“等级”“其他证件”“有效期至”"),
    )


class ExceptionForm(forms.Form):
    """An exception applied for, with its evidence."""

    code = forms.ChoiceField(label=_("例外情形"))
    occupation = OccupationField()
    place = PlaceField(label=_("用工地"))
    name = forms.CharField(label=_("人员姓名（针对个人时填）"), max_length=60, required=False)
    document = forms.CharField(label=_("人员身份证号"), max_length=30, required=False)
    start = DayField(label=_("适用自"))
    end = DayField(label=_("适用至（不含当日）"))
    why = forms.CharField(label=_("事由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    evidence = forms.MultipleChoiceField(
        label=_("所附证明"), widget=forms.CheckboxSelectMultiple, required=False
    )
    file = forms.FileField(label=_("证明材料扫描件"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "place", "")
        fields: Any = self.fields
        lang = language()
        fields["code"].choices = [
            (
                e.code,
                f"{e.wording.say(lang)}（{e.period.start.isoformat()}–{e.period.end.isoformat() if e.period.end else ''}）",
            )
            for e in law().exemptions
        ]
        proofs = list(dict.fromkeys(p for e in law().exemptions for p in e.evidence))
        fields["evidence"].choices = [(p, p) for p in proofs]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("start") and data.get("end") and data["end"] <= data["start"]:
            self.add_error("end", _("截止日期须晚于开始日期"))
        if bool(data.get("name")) != bool(data.get("document")):
            self.add_error("document", _("姓名和身份证号须一并填写"))
        file = data.get("file")
        if file and file.size > 10_000_000:
            self.add_error("file", _("文件超过 10 MB，请压缩后上传"))
        return data


class DecideForm(forms.Form):
    """The authority's decision."""

    granted = forms.ChoiceField(
        label=_("决定"), choices=[("1", _("批准")), ("0", _("不批准"))], widget=forms.RadioSelect
    )
    basis = forms.CharField(label=_("依据或理由"), max_length=200)
