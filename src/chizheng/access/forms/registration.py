"""Forms of business registration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.access.forms.fields import DayField, PlaceField, narrow, place_choices
from chizheng.access.usecases.referral import official_name
from chizheng.access.usecases.registration import Applicant, read_applicant
from chizheng.kernel.errors import BadInput
from chizheng.law.io.shelf import law
from chizheng.people.core.identity import DOCUMENT_NAMES
from chizheng.platform.faults import language


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, name.say(language())) for kind, name in DOCUMENT_NAMES.items()]


class CheckForm(forms.Form):
    """The clerk's question: what business, by whom, where, when."""

    business = forms.CharField(label=_("字号名称"), max_length=120)
    scope = forms.CharField(
        label=_("经营范围"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("按申请书抄录；系统从中识别须判断的职业"),
    )  # fmt: skip
    occupations = forms.CharField(
        label=_("补充职业"), max_length=200, required=False, help_text=_("经营范围没有写明时填写，用顿号分开")
    )
    place = PlaceField(label=_("登记地"))
    on = DayField(label=_("登记日期"))
    owner_name = forms.CharField(label=_("经营者姓名"), max_length=60)
    owner_kind = forms.ChoiceField(label=_("经营者证件类型"), choices=_kinds)
    owner_document = forms.CharField(label=_("经营者证件号码"), max_length=30)
    manager_name = forms.CharField(label=_("技术负责人姓名"), max_length=60, required=False)
    manager_kind = forms.ChoiceField(label=_("技术负责人证件类型"), choices=_kinds, required=False)
    manager_document = forms.CharField(label=_("技术负责人证件号码"), max_length=30, required=False)
    exemptions = forms.MultipleChoiceField(
        label=_("主张的例外情形"), required=False, widget=forms.CheckboxSelectMultiple
    )
    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, region: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "place", region)
        fields: Any = self.fields
        fields["exemptions"].choices = [(e.code, e.wording.say(language())) for e in law().exemptions]

    def clean_occupations(self) -> list[str]:
        text = self.cleaned_data["occupations"]
        for mark in "，,；;":
            text = text.replace(mark, "、")
        try:
            return [official_name(n) for n in text.split("、") if n.strip()]
        except BadInput as fault:
            raise forms.ValidationError(fault.say(language())) from None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["applicants"] = [
            a for a in (self._applicant(data, "owner"), self._applicant(data, "manager")) if a
        ]
        return data

    def _applicant(self, data: dict[str, Any], duty: str) -> Applicant | None:
        name, number = data.get(f"{duty}_name", ""), data.get(f"{duty}_document", "")
        if not name and not number:
            return None
        if not name or not number:
            self.add_error(f"{duty}_document" if name else f"{duty}_name", _("姓名和证件号码须一并填写"))
            return None
        try:
            return read_applicant(duty, name, data.get(f"{duty}_kind") or "resident", number)
        except BadInput as fault:
            self.add_error(f"{duty}_document", fault.say(language()))
            return None


class LeaveForm(forms.Form):
    """The responsible person left; who takes over, if known."""

    on = DayField(label=_("离开日期"))


class ReplaceForm(forms.Form):
    """Who takes over."""

    duty = forms.ChoiceField(label=_("身份"), choices=[("manager", _("技术负责人")), ("owner", _("经营者"))])
    name = forms.CharField(label=_("姓名"), max_length=60)
    kind = forms.ChoiceField(label=_("证件类型"), choices=_kinds)
    document = forms.CharField(label=_("证件号码"), max_length=30)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                data["applicant"] = read_applicant(data["duty"], data["name"], data["kind"], data["document"])
            except BadInput as fault:
                self.add_error("document", fault.say(language()))
        return data


class ClientForm(forms.Form):
    """A system that may ask over the API."""

    name = forms.CharField(label=_("接入系统名称"), max_length=80)
    region = forms.ChoiceField(label=_("地区范围"), required=False)
    quota_per_day = forms.IntegerField(
        label=_("每日查询次数"), min_value=1, max_value=1_000_000, initial=1000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region: Any = self.fields["region"]
        region.choices = place_choices(blank=str(_("全国")))
