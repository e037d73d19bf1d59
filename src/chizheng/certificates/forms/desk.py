"""Forms of the desks: batches, lists without an exam, amendments, annulment, conflicts, blanks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import StationLicence
from chizheng.certificates.core import blanks
from chizheng.certificates.models import Batch, NumberConflict
from chizheng.certificates.usecases.list_awards import BASES
from chizheng.certificates.usecases.turn_status import LIFE, REASONS
from chizheng.kernel.errors import ChizhengError
from chizheng.people.core.identity import DOCUMENT_NAMES, DocumentKind, IdentityDocument, read_document
from chizheng.platform.faults import language

SHEET_BYTES = 12_000_000
_LINES = {"rows": 3}


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **kwargs)


def why_field(label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs=_LINES), max_length=1000, **kwargs)


def sheet_field(label: Any) -> forms.FileField:
    return forms.FileField(label=label, widget=forms.ClearableFileInput({"accept": ".xlsx,.xls,.csv"}))


def require_size(file: Any) -> Any:
    """The file; raises ValidationError beyond 12 MB."""
    if file is not None and file.size > SHEET_BYTES:
        raise forms.ValidationError(_("文件超过 12 MB；请分成几份"))
    return file


class ApproveForm(forms.Form):
    """The authority's approval with the day of issue."""

    issued_on = forms.DateField(label=_("核发日期"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    basis = forms.CharField(label=_("批准文号或说明"), max_length=200, required=False)


class ReturnForm(forms.Form):
    reason = forms.CharField(label=_("退回原因"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class TurnForm(forms.Form):
    """Ask for a turn of a certificate's status; only what its state allows is offered."""

    kind = forms.ChoiceField(
        label=_("申请事项"), choices=[("suspend", _("暂停")), ("reinstate", _("恢复")), ("revoke", _("撤销"))]
    )
    reason_code = forms.ChoiceField(label=_("事由"))
    reason = forms.CharField(label=_("事实与理由"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)
    basis = forms.CharField(label=_("依据（文号、条款）"), max_length=200)

    def __init__(self, *args: Any, state: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        kinds = fields["kind"].choices
        fields["kind"].choices = [(kind, label) for kind, label in kinds if (state, kind) in LIFE.moves]
        fields["reason_code"].choices = [(code, words.say(language())) for code, words in REASONS.items()]


class ListForm(forms.Form):
    """A list without an exam: its workbook, what it rests on, for which station."""

    basis = forms.ChoiceField(
        label=_("类别"), choices=[(b.value, b.label) for b in BASES], widget=forms.RadioSelect
    )
    licence = forms.ModelChoiceField(
        label=_("鉴定所（站）"), queryset=StationLicence.objects.none(), empty_label=_("请选择")
    )
    file = sheet_field(_("名单（Excel 或 CSV）"))
    decided_on = day_field(_("竞赛或评审日期"), required=False)
    evidence = forms.CharField(label=_("依据文件（文号）"), max_length=200)
    reason = why_field(_("说明"))

    def __init__(self, *args: Any, licences: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["licence"]
        field.queryset = licences
        field.label_from_instance = lambda row: f"{row.organisation.name}（{row.institution_number}）"

    def clean_file(self) -> Any:
        return require_size(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("basis") in ("contest", "panel") and not data.get("decided_on"):
            self.add_error("decided_on", _("竞赛和专家评审必须写明日期"))
        return data


class ReissueForm(forms.Form):
    """Ask for a reissue 补发."""

    reason = forms.ChoiceField(
        label=_("补发原因"),
        choices=[("遗失", _("遗失")), ("损毁", _("损毁")), ("未收到", _("制证后未收到"))],
        widget=forms.RadioSelect,
    )
    evidence = forms.CharField(
        label=_("证明材料"), max_length=200, help_text=_("如登报声明的报纸和日期、损毁证书的照片编号")
    )


class CorrectionForm(forms.Form):
    """What the certificate should say instead."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    sex = forms.ChoiceField(
        label=_("性别"), choices=[("", _("未登记")), ("M", _("男")), ("F", _("女"))], required=False
    )
    birth = day_field(_("出生日期"), required=False)
    kind = forms.ChoiceField(label=_("更正后的证件类型"), required=False)
    document = forms.CharField(
        label=_("更正后的证件号码"), max_length=40, required=False, help_text=_("证件号码无误的不填")
    )
    reason = why_field(_("错在哪里，如何造成"))
    evidence = forms.CharField(label=_("证明材料"), max_length=200, help_text=_("如户口簿、身份证复印件编号"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kind"]
        field.choices = [(k.value, DOCUMENT_NAMES[k].say(language())) for k in DocumentKind]
        self.read: IdentityDocument | None = None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("document"):
            try:
                self.read = read_document(DocumentKind(data["kind"]), data["document"])
            except ChizhengError as fault:
                self.add_error("document", fault.say(language()))
        return data


class AnnulForm(forms.Form):
    """Ask for the annulment of a sitting; the box says that the consequences were read."""

    reason_code = forms.ChoiceField(label=_("事由"))
    reason = why_field(_("事实与理由"))
    basis = forms.CharField(label=_("依据（文号、条款）"), max_length=200)
    read = forms.BooleanField(label=_("我已看过上列后果"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason_code"]
        field.choices = [
            (code, words.say(language())) for code, words in REASONS.items() if code in ANNULLING
        ]


ANNULLING = ("leak", "fraud", "out_of_scope", "not_skill", "error")


class ConflictForm(forms.Form):
    """Which of two certificates keeps the number."""

    decision = forms.ChoiceField(
        label=_("怎样处理"), choices=NumberConflict.Decision.choices, widget=forms.RadioSelect
    )
    reason = why_field(_("理由"))


# --- blanks


class RangeForm(forms.Form):
    """A range of control numbers; one blank is a range of one."""

    first = forms.CharField(label=_("起号"), max_length=20, help_text=_("如 A0000001"))
    last = forms.CharField(label=_("止号"), max_length=20, required=False, help_text=_("只有一张时可不填"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for end in ("first", "last"):
            data[end] = data.get(end, "").strip().upper()
        data["last"] = data["last"] or data["first"]
        try:
            blanks.serials(data["first"], data["last"])
        except ChizhengError as fault:
            self.add_error("first", fault.say(language()))
        return data


class ReceiveForm(RangeForm):
    edition = forms.CharField(label=_("版式"), max_length=40, help_text=_("如 2015 版"))
    reason = forms.CharField(label=_("调拨单号"), max_length=200, required=False)


class DrawForm(RangeForm):
    batch = forms.ModelChoiceField(
        label=_("核发批次"), queryset=Batch.objects.none(), empty_label=_("请选择")
    )
    reason = why_field(_("超出合格人数一定比例时的理由"), required=False)

    def __init__(self, *args: Any, batches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["batch"], batches)


class UseForm(forms.Form):
    batch = forms.ModelChoiceField(
        label=_("核发批次"), queryset=Batch.objects.none(), empty_label=_("请选择")
    )
    first = forms.CharField(
        label=_("从哪一号开始打印"), max_length=20, help_text=_("按流水码顺序逐张对应证书")
    )

    def __init__(self, *args: Any, batches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["batch"], batches)

    def clean_first(self) -> str:
        return str(self.cleaned_data["first"]).strip().upper()


def _offer(field: Any, batches: Any) -> None:
    field.queryset = batches
    field.label_from_instance = lambda b: " · ".join(
        filter(
            None, [b.station.name, b.occupation or b.get_basis_display(), f"{b.count}", str(b.exam_on or "")]
        )
    )


class OneBlankForm(forms.Form):
    """Print one certificate on one blank."""

    serial = forms.CharField(label=_("流水码"), max_length=20)

    def clean_serial(self) -> str:
        return str(self.cleaned_data["serial"]).strip().upper()


class MoveForm(RangeForm):
    kind = forms.ChoiceField(
        label=_("办理"),
        choices=[("return", _("退回库存")), ("spoil", _("作废")), ("lose", _("报失"))],
        widget=forms.RadioSelect,
    )
    reason = why_field(_("原因（作废、报失必填）"), required=False)


class DestroyForm(forms.Form):
    basis = forms.CharField(label=_("销毁依据（文号）"), max_length=200)


class CountForm(forms.Form):
    """What lies on the shelf: one range a line."""

    ranges = forms.CharField(
        label=_("实存流水码"), widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("每行一段，如 A0000001-A0000100；单张写一个号"),
    )  # fmt: skip
    reason = why_field(_("账实不符的原因"), required=False)

    def clean_ranges(self) -> list[tuple[str, str]]:
        return list(read_ranges(self.cleaned_data["ranges"].splitlines()))


def read_ranges(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """`A0001-A0003` or `A0001`, one a line; raises ValidationError naming the line."""
    for number, line in enumerate(lines, 1):
        text = line.strip().upper().replace("－", "-").replace("—", "-").replace("至", "-")
        if not text:
            continue
        first, _dash, last = (part.strip() for part in text.partition("-"))
        try:
            blanks.serials(first, last or first)
        except ChizhengError as fault:
            raise forms.ValidationError(
                _("第 %(line)s 行：%(why)s"), params={"line": number, "why": fault.say(language())}
            ) from None
        yield first, last or first
