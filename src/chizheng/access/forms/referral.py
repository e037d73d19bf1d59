"""Forms of seekers, vacancies and courses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.access.core.background import DIPLOMAS, PROOF_OF, PROOFS, Kind, Stated, years_before
from chizheng.access.forms.background import said
from chizheng.access.forms.fields import (
    DayField,
    LevelField,
    OccupationField,
    PlaceField,
    YuanField,
    narrow,
    place_choices,
)
from chizheng.access.models import Referral
from chizheng.access.usecases.referral import official_name
from chizheng.kernel.errors import BadInput
from chizheng.platform.faults import language


class ProfileForm(forms.Form):
    """What a seeker wishes."""

    occupations = forms.CharField(
        label=_("想从事的职业"), max_length=300, help_text=_("最多五个，按意愿先后，用逗号或顿号分开")
    )
    regions = forms.MultipleChoiceField(
        label=_("愿意工作的地区"),
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("可选多个；选省即含全省"),
    )
    region = PlaceField(label=_("现居住地"), required=False)
    wage_floor_fen = YuanField(label=_("期望月工资不低于（元）"), required=False)
    consent = forms.BooleanField(
        label=_("同意职业介绍机构看到我的志愿和证书并推荐我；随时可以撤回"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions: Any = self.fields["regions"]
        regions.choices = place_choices()

    def clean_occupations(self) -> list[str]:
        text = self.cleaned_data["occupations"]
        for mark in "，、；;\n":
            text = text.replace(mark, ",")
        names = [n.strip() for n in text.split(",") if n.strip()]
        if not 1 <= len(names) <= 5:
            raise forms.ValidationError(_("请填写一到五个职业"))
        try:
            return [official_name(n) for n in names]
        except BadInput as fault:
            raise forms.ValidationError(fault.say(language())) from None


class VacancyForm(forms.Form):
    """A post to be filled; the text is the ad that will be published."""

    employer = forms.CharField(
        label=_("用人单位"), max_length=120, widget=forms.TextInput(attrs={"list": "employers"})
    )
    title = forms.CharField(label=_("岗位名称"), max_length=120)
    occupation = OccupationField()
    level = LevelField(label=_("期望等级"), required=False)
    region = PlaceField(label=_("工作地点"))
    wage_fen = YuanField(label=_("月工资（元）"), required=False)
    count = forms.IntegerField(label=_("人数"), min_value=1, max_value=999, initial=1)
    start_on = DayField(label=_("到岗日期"))
    text = forms.CharField(
        label=_("招聘简章"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("保存时自动审核；有不得发布的问题时不保存"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "region", "")


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(label=_("结果"), choices=[c for c in Referral.Outcome.choices if c[0]])


class GuideForm(forms.Form):
    """Whom to guide towards what: a person by document, an occupation, a level."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    document = forms.CharField(label=_("身份证号"), max_length=30)
    occupation = OccupationField()
    level = LevelField(label=_("目标等级"))
    region = PlaceField(label=_("所在地区"))
    years = forms.IntegerField(
        label=_("从事该职业年数（选填）"),
        min_value=0,
        max_value=50,
        required=False,
        help_text=_("至今连续从事"),
    )
    years_proof = forms.ChoiceField(
        label=_("工作年限的证明"),
        required=False,
        choices=lambda: said({k: PROOFS[k] for k in PROOF_OF[Kind.WORK]}),
    )
    diploma = forms.ChoiceField(
        label=_("学历（选填）"), required=False, choices=lambda: said(DIPLOMAS, _("未说明"))
    )
    graduated = DayField(label=_("毕业日期"), required=False, help_text=_("应届在读的不填"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "region", "")

    def told(self, today: date) -> list[Stated]:
        """What was told at the counter, as statements."""
        data, found = self.cleaned_data, []
        if data.get("years"):
            start = years_before(today, data["years"])
            found.append(
                Stated(Kind.WORK, data["occupation"], start=start, proof=data["years_proof"] or "none")
            )
        if data.get("diploma"):
            proof = "diploma" if data.get("graduated") else "enrolment_proof"
            found.append(Stated(Kind.DIPLOMA, detail=data["diploma"], end=data.get("graduated"), proof=proof))
        return found


class OfferForm(forms.Form):
    """A course."""

    body = forms.CharField(label=_("培训机构"), max_length=120)
    region = PlaceField(label=_("培训地点"))
    occupation = OccupationField()
    level = LevelField(label=_("培训等级"))
    hours = forms.IntegerField(label=_("学时"), min_value=1, max_value=5000)
    cost_fen = YuanField(label=_("费用（元）"))
    starts_on = DayField(label=_("开班日期"))
    ends_on = DayField(label=_("结业日期"))
    contact = forms.CharField(label=_("联系方式"), max_length=120, required=False)

    def __init__(self, *args: Any, region: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "region", region)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("结业日期不能早于开班日期"))
        return data
