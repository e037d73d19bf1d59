"""Forms about people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from chizheng.kernel.errors import BadInput
from chizheng.people.core.identity import read_credit_code
from chizheng.people.models import INDUSTRY_LINE, Account, Organisation
from chizheng.platform.faults import language
from chizheng.platform.roles import Role


class AccountForm(forms.Form):
    """A new account with one role and one jurisdiction."""

    username = forms.RegexField(
        r"^[a-z0-9._-]{3,40}$", label=_("用户名"), help_text=_("小写字母、数字、点、横线，3 至 40 位")
    )
    display = forms.CharField(label=_("显示名称"), max_length=60)
    role = forms.ChoiceField(label=_("岗位"), choices=Role.choices)
    region = forms.RegexField(
        r"^(\d\d){0,3}$",
        label=_("管辖地区代码"),
        required=False,
        help_text=_("2、4 或 6 位行政区划代码；全国留空"),
    )
    industry = forms.RegexField(
        r"^\d\d$", label=_("行业代码"), required=False, help_text=_("行业部门填写，地方留空")
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), label=_("所属单位"), required=False
    )
    password = forms.CharField(
        label=_("初始密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if Account.objects.filter(username=name).exists():
            raise forms.ValidationError(_("用户名已被使用"))
        return name

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("role") in (Role.STATION, Role.EMPLOYER, Role.AGENCY) and not data.get("organisation"):
            self.add_error("organisation", _("该岗位必须选择所属单位"))
        if data.get("industry") and (data.get("role") not in INDUSTRY_LINE or data.get("region")):
            self.add_error("industry", _("行业代码只用于行业的鉴定岗位，且不填管辖地区"))
        return data


class OrganisationForm(forms.Form):
    """A new organisation."""

    name = forms.CharField(label=_("单位名称"), max_length=120)
    kind = forms.ChoiceField(label=_("单位类别"), choices=Organisation.Kind.choices)
    credit_code = forms.CharField(label=_("统一社会信用代码"), max_length=30, required=False)
    region = forms.RegexField(r"^(\d\d){1,3}$", label=_("行政区划代码"))
    address = forms.CharField(label=_("地址"), max_length=200, required=False)

    def clean_credit_code(self) -> str:
        text: str = self.cleaned_data["credit_code"]
        if not text.strip():
            return ""
        try:
            code = read_credit_code(text)
        except BadInput as fault:
            raise forms.ValidationError(fault.say(language())) from None
        if Organisation.objects.filter(credit_code=code).exists():
            raise forms.ValidationError(_("该信用代码已登记"))
        return code
