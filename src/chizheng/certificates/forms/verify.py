"""Forms for those who verify, and for holders who take a credential along."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.certificates.models import RosterNotice


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
    file = forms.FileField(
        label=_("证书照片、PDF 或凭证文件"), required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf,.json,.txt"}),
    )  # fmt: skip

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


class WalletForm(forms.Form):
    """Which hideable fields the wallet form shows."""

    show = forms.MultipleChoiceField(
        label=_("向对方展示的内容（未选的不可推算）"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[
            ("theory", _("理论知识成绩")), ("practice", _("操作技能成绩")), ("comprehensive", _("综合评审成绩")),
            ("rating", _("评定成绩")), ("sex", _("性别")), ("birth", _("出生日期")), ("document", _("证件类型")),
            ("document_tail", _("证件号后四位")),
        ],
    )  # fmt: skip


class SheetForm(forms.Form):
    """A workbook of certificates to verify."""

    file = forms.FileField(
        label=_("名单（Excel 或 CSV）"), widget=forms.ClearableFileInput({"accept": ".xlsx,.xls,.csv"}),
        help_text=_("须有“证书编号”和“姓名”两列，或“二维码”一列；可有“校验码”列"),
    )  # fmt: skip

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > 12_000_000:
            raise forms.ValidationError(_("文件超过 12 MB；请分成几份"))
        return file


class WatchForm(forms.Form):
    """Which certificate, and how the watcher wants to be told."""

    number = forms.CharField(label=_("证书编号"), max_length=60)
    name = forms.CharField(label=_("持证人姓名"), max_length=60)
    check_code = forms.CharField(
        label=_("校验码"),
        max_length=16,
        required=False,
        help_text=_("见过证书原件的填写；不填则征求持证人同意"),
    )
    email = forms.EmailField(label=_("通知邮箱"), required=False)
    address = forms.CharField(
        label=_("回调地址（https）"),
        max_length=500,
        required=False,
        help_text=_("状态变更时向此地址发送签名的通知"),
    )


class RosterReportForm(forms.Form):
    """Somebody on a roster says that it is not them; nothing more about them is asked than they want to say."""

    reported = forms.ChoiceField(
        label=_("哪里不对"), choices=RosterNotice.Reported.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("补充说明（可不填）"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
    )
    contact = forms.CharField(
        label=_("联系方式（可不填）"), max_length=100, required=False,
        help_text=_("加密保存，只供办案人员回访"),
    )  # fmt: skip
