"""Forms of the certificates context."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.certificates.usecases.turn_status import REASONS
from chizheng.platform.faults import language


class VerifyForm(forms.Form):
    """Number with name, or a code: text, picture or PDF."""

    number = forms.CharField(label=_("证书编号"), max_length=60, required=False)
    name = forms.CharField(label=_("持证人姓名"), max_length=60, required=False)
    check_code = forms.CharField(
        label=_("校验码（选填）"), max_length=16, required=False, help_text=_("证书上印的 8 位字母数字")
    )
    code = forms.CharField(
        label=_("二维码文字"), required=False, max_length=60_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(label=_("证书照片、PDF 或凭证文件"), required=False)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size > 12_000_000:
            raise forms.ValidationError(_("文件超过 12 MB；请重拍或裁剪后再传"))
        return file

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not (data.get("number") or data.get("code") or data.get("file")):
            raise forms.ValidationError(_("请填写证书编号和姓名，或提供二维码"))
        if data.get("number") and not data.get("name"):
            self.add_error("name", _("凭编号核验必须同时填写姓名：编号没有校验位，单凭编号说明不了什么"))
        return data


class ApproveForm(forms.Form):
    """The authority's approval with the day of issue."""

    issued_on = forms.DateField(label=_("核发日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    basis = forms.CharField(label=_("批准文号或说明"), max_length=200, required=False)


class ReturnForm(forms.Form):
    reason = forms.CharField(label=_("退回原因"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class TurnForm(forms.Form):
    """Ask for a turn of a certificate's status."""

    kind = forms.ChoiceField(
        label=_("申请事项"), choices=[("suspend", _("暂停")), ("reinstate", _("恢复")), ("revoke", _("撤销"))]
    )
    reason_code = forms.ChoiceField(label=_("事由"))
    reason = forms.CharField(label=_("事实与理由"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)
    basis = forms.CharField(label=_("依据（文号、条款）"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["reason_code"].choices = [(code, words.say(language())) for code, words in REASONS.items()]
