"""Forms of the catalogue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.catalogue.models import IssuerCode


class IssuerCodeForm(forms.Form):
    """A row of the code table, in force from a day; an open row of the same code ends the day before."""

    code = forms.RegexField(r"^\d\d$", label=_("代码"), max_length=2)
    name = forms.CharField(label=_("名称"), max_length=60)
    kind = forms.ChoiceField(label=_("类别"), choices=IssuerCode.Kind.choices)
    region = forms.RegexField(r"^\d\d$", label=_("行政区划代码（省级）"), max_length=2, required=False)
    since = forms.DateField(label=_("自何日起"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    source = forms.CharField(label=_("依据"), max_length=200)
    verified = forms.BooleanField(label=_("已与原文核对"), required=False)


class ClassificationForm(forms.Form):
    """A classification to import."""

    file = forms.FileField(label=_("职业分类文件（.xlsx、.xls 或 CSV）"))
    since = forms.DateField(label=_("自何日起"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > 20_000_000:
            raise forms.ValidationError(_("文件超过 20 MB，请分拆后上传"))
        return file
