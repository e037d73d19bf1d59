"""Forms of the gate question, the published list and its local rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.access.core.gate import HeldCertificate
from chizheng.access.core.wording import ACTS
from chizheng.access.forms.fields import (
    DayField,
    LevelField,
    OccupationField,
    PlaceField,
    level_choices,
    narrow,
    place_choices,
)
from chizheng.access.models import GateOverlay
from chizheng.kernel.levels import HIGHEST, LOWEST
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, Rank
from chizheng.platform.faults import language


class GateForm(forms.Form):
    """The clerk's question: act, occupation, place, day, what the person holds."""

    act = forms.ChoiceField(label=_("办理事项"))
    occupation = forms.CharField(
        label=_("职业（工种）"), max_length=80, widget=forms.TextInput(attrs={"list": "occupation-names"})
    )
    place = forms.ChoiceField(label=_("地区"), required=False)
    on = forms.DateField(
        label=_("行为日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    level = forms.ChoiceField(label=_("岗位要求等级"), required=False)
    held = forms.CharField(
        label=_("已持证书"), required=False, max_length=300,
        help_text=_("写成“职业:等级”，多个用逗号分开，如 焊工:4, 电工:3；没有则留空"),
    )  # fmt: skip
    demanded = forms.BooleanField(label=_("查的是“要求对方持证”是否合法"), required=False)
    exemptions = forms.MultipleChoiceField(
        label=_("主张的例外情形"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = language()
        fields: Any = self.fields
        fields["act"].choices = [(a.value, ACTS[a.value].say(lang)) for a in Act]
        fields["place"].choices = place_choices(blank=str(_("全国")))
        fields["level"].choices = level_choices(str(_("不限")))
        fields["exemptions"].choices = [(e.code, e.wording.say(lang)) for e in law().exemptions]

    def clean_held(self) -> list[HeldCertificate]:
        text = self.cleaned_data["held"].replace("，", ",").replace("：", ":").replace("、", ",")
        found = []
        for part in filter(None, (p.strip() for p in text.split(","))):
            name, _sep, level = part.partition(":")
            if level and level not in {str(n) for n in range(HIGHEST, LOWEST + 1)}:
                raise forms.ValidationError(_("“%(part)s”的等级应为 5 到 1 的数字") % {"part": part})
            found.append(HeldCertificate(name.strip(), int(level) if level else None))
        return found


class ListForm(forms.Form):
    """Which list: place, day, act, and as known on which day."""

    place = PlaceField(required=False)
    on = DayField(label=_("日期"), required=False)
    act = forms.ChoiceField(label=_("行为"), required=False)
    known = DayField(label=_("按何日所知"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        act: Any = self.fields["act"]
        act.choices = [("", _("全部")), *((a.value, ACTS[a.value].say(language())) for a in Act)]


class DifferenceForm(forms.Form):
    """Two days of one place."""

    place = PlaceField(required=False)
    before = DayField(label=_("从"))
    after = DayField(label=_("到"))


class SubscribeForm(forms.Form):
    email = forms.EmailField(label=_("电子邮箱"), max_length=200)
    place = PlaceField(required=False)


RANKS = {
    Rank.LAW: _("法律"),
    Rank.REGULATION: _("行政法规"),
    Rank.LOCAL_REGULATION: _("地方性法规"),
    Rank.MINISTERIAL_RULE: _("部门规章"),
    Rank.NOTICE: _("规范性文件"),
    Rank.STANDARD: _("标准与技术规则"),
}


class OverlayForm(forms.Form):
    """A local row: occupation, acts, level, the text behind it and when it is in force."""

    place = PlaceField()
    occupation = OccupationField()
    kind = forms.ChoiceField(label=_("类别"), choices=GateOverlay.Kind.choices)
    acts = forms.MultipleChoiceField(label=_("适用的行为"), widget=forms.CheckboxSelectMultiple)
    level = LevelField(label=_("最低等级"), required=False)
    title = forms.CharField(label=_("依据文件名称"), max_length=120)
    number = forms.CharField(label=_("文号"), max_length=60, required=False)
    article = forms.CharField(label=_("条款"), max_length=60, required=False)
    rank = forms.ChoiceField(label=_("效力位阶"), choices=[(r.value, name) for r, name in RANKS.items()])
    approval = forms.CharField(label=_("批准文件"), max_length=120, required=False)
    authority = forms.CharField(label=_("证件核发部门（非劳动行政部门时填）"), max_length=80, required=False)
    scope = forms.CharField(label=_("适用范围限定"), max_length=200, required=False)
    start = DayField(label=_("自何日施行"))
    end = DayField(label=_("至何日失效（不含当日）"), required=False)
    transition_until = DayField(label=_("过渡期至"), required=False)
    verified = forms.BooleanField(label=_("已与原文核对"), required=False)

    def __init__(self, *args: Any, region: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "place", region)
        acts: Any = self.fields["acts"]
        acts.choices = [(a.value, ACTS[a.value].say(language())) for a in Act]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("start") and data.get("end") and data["end"] <= data["start"]:
            self.add_error("end", _("失效日期须晚于施行日期"))
        return data
