"""Forms of a seeker's statements."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.access.core.background import DIPLOMAS, KINDS, PROOFS, RANKS, Kind
from chizheng.access.forms.fields import DayField, LevelField, OccupationField
from chizheng.kernel.wording import Wording
from chizheng.platform.faults import language

_OF_OCCUPATION = {Kind.WORK, Kind.TRAINING, Kind.INTERNSHIP, Kind.APPRENTICESHIP}


def said(words: Any, blank: Any = None) -> list[tuple[str, str]]:
    """Choices of a table of wordings in the reader's language."""
    lang = language()
    listed = [(str(code), wording.say(lang)) for code, wording in words.items()]
    return ([("", str(blank))] if blank is not None else []) + listed


def details() -> list[tuple[str, str]]:
    both: dict[str, Wording] = {**DIPLOMAS, **RANKS}
    return said(both, _("（学历、职称选填）"))


class ExperienceForm(forms.Form):
    """One statement; which fields it needs depends on its kind."""

    kind = forms.ChoiceField(label=_("类别"), choices=lambda: said(KINDS))
    occupation = OccupationField(
        required=False, label=_("职业（工种）"), help_text=_("工作、培训、见习、学徒必填")
    )
    level = LevelField(label=_("培训等级"), blank="—", required=False, help_text=_("只有培训须填"))
    detail = forms.ChoiceField(
        label=_("学历或职称"), choices=details, required=False, help_text=_("学历、职称必填")
    )
    start = DayField(label=_("开始日期"), required=False, help_text=_("职称填取得日期"))
    end = DayField(
        label=_("结束日期"), required=False, help_text=_("仍在岗、在读的不填；学历填毕业日期，培训填结业日期")
    )
    body = forms.CharField(
        label=_("单位或学校"), max_length=120, required=False, help_text=_("加密保存，只有本人可见")
    )
    proof = forms.ChoiceField(label=_("能出示的证明"), choices=lambda: said(PROOFS))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        kind = Kind(data["kind"]) if data.get("kind") else None
        if kind is None:
            return data
        if kind in _OF_OCCUPATION and not data.get("occupation") and "occupation" not in self.errors:
            self.add_error("occupation", _("请填写职业（工种）"))
        if kind in (Kind.WORK, Kind.INTERNSHIP, Kind.TITLE) and not data.get("start"):
            self.add_error("start", _("请填写开始日期"))
        if kind is Kind.TRAINING and not data.get("level"):
            self.add_error("level", _("请选择培训等级"))
        if kind is Kind.APPRENTICESHIP and not data.get("end"):
            self.add_error("end", _("请填写期满日期"))
        fits = {Kind.DIPLOMA: DIPLOMAS, Kind.TITLE: RANKS}.get(kind)
        if fits is not None and data.get("detail") not in fits:
            self.add_error("detail", _("请选择学历或职称"))
        if fits is None:
            data["detail"] = ""
        if kind is not Kind.TRAINING:
            data["level"] = None
        if kind not in _OF_OCCUPATION:
            data["occupation"] = ""
        return data


class SettleForm(forms.Form):
    complete = forms.BooleanField(
        label=_("以上已填全，没有别的工作、学历和培训"), required=False,
        help_text=_("填全后，没有填的条件按“不符合”判断；不勾选则显示为“待证明”"),
    )  # fmt: skip
    shared = forms.BooleanField(
        label=_("职业介绍机构和鉴定指导中心为我出具培训指导时可以参考"), required=False,
        help_text=_("单位和学校名称不会给对方看到；随时可以取消"),
    )  # fmt: skip
