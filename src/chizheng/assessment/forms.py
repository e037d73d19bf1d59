"""What desks fill in: a session to open, sheets to upload, a panel."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Assessor, AssessorTie, Session
from chizheng.assessment.queries import list_scopes
from chizheng.assessment.terms import level_wording
from chizheng.kernel.errors import BadInput
from chizheng.people.core.identity import DocumentKind, IdentityDocument, read_document
from chizheng.people.models import Organisation
from chizheng.platform.faults import language
from chizheng.platform.io.sheets import MAX_BYTES


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class SessionForm(forms.Form):
    """A session: what the station may assess, when, where, under which plan and notice."""

    scope = forms.ChoiceField(label=_("职业与等级"), help_text=_("只列出许可证范围内的职业和等级"))
    exam_date = _day(label=_("考试日期"))
    enrolment_close = _day(label=_("报名截止日"))
    venue = forms.CharField(label=_("考试地点"), max_length=200, required=False)
    judged = forms.ChoiceField(
        label=_("申报条件计算到"), choices=Session.JudgedOn.choices, initial=Session.JudgedOn.EXAM,
        help_text=_("工作年限等条件按这一天判断，公告中应写明"),
    )  # fmt: skip
    plan_number = forms.CharField(label=_("计划文号"), max_length=60, required=False)
    notice_number = forms.CharField(label=_("公告文号"), max_length=60, required=False)
    notice_on = _day(label=_("公告日期"), required=False)

    def __init__(self, *args: Any, station: Organisation, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (f"{s.level}:{s.occupation}", f"{s.occupation} · {level_wording(s.level).say(language())}")
            for s in list_scopes(station, on=today)
        ]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        exam, close = found.get("exam_date"), found.get("enrolment_close")
        if exam and close and close > exam:
            self.add_error("enrolment_close", _("报名截止日不能晚于考试日期"))
        if found.get("scope"):
            level, occupation = found["scope"].split(":", 1)
            found["level"], found["occupation"] = int(level), occupation
        return found


class SheetForm(forms.Form):
    """A sheet to upload."""

    file = forms.FileField(label=_("表格文件"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("文件过大，请分成几份上传"))
        return file


class PanelForm(forms.Form):
    """Members of a panel and who leads it."""

    members = forms.ModelMultipleChoiceField(
        Assessor.objects.none(), label=_("考评员"), widget=forms.CheckboxSelectMultiple
    )
    leader = forms.ModelChoiceField(Assessor.objects.none(), label=_("组长"))

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Assessor.objects.filter(
            trades__contains=[session.occupation], period__contains=session.exam_date,
            region__startswith=session.region[:2],
        ).exclude(employer_id=session.station_id).select_related("person", "employer").order_by("card_number")  # fmt: skip
        for name in ("members", "leader"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows


class TieForm(forms.Form):
    """A tie between an assessor and a person."""

    assessor = forms.ModelChoiceField(Assessor.objects.none(), label=_("考评员"))
    document = forms.CharField(label=_("对方身份证号"), max_length=30)
    relation = forms.ChoiceField(label=_("关系"), choices=AssessorTie.Relation.choices)

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assessor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Assessor.objects.filter(region__startswith=region).select_related("person")
        field.label_from_instance = lambda obj: f"{obj.person.name} {obj.card_number}"  # type: ignore[method-assign]

    def clean_document(self) -> IdentityDocument:
        try:
            return read_document(DocumentKind.RESIDENT, self.cleaned_data["document"])
        except BadInput as fault:
            raise forms.ValidationError(fault.say(language())) from None
