"""Forms of employment access."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.access.core.gate import HeldCertificate
from chizheng.access.core.wording import ACTS
from chizheng.catalogue.queries import list_regions
from chizheng.kernel.levels import HIGHEST, LOWEST
from chizheng.law.io.shelf import law
from chizheng.law.types import Act
from chizheng.platform.clock import today
from chizheng.platform.faults import language


def level_choices(blank: str) -> list[tuple[str, str]]:
    """Levels from the lowest up, as a clerk reads them."""
    names = law().level_names
    return [("", blank)] + [
        (str(n), names[n].say(language()) if n in names else str(n)) for n in range(LOWEST, HIGHEST - 1, -1)
    ]


class GateForm(forms.Form):
    """The clerk's question: act, occupation, place, day, what the person holds."""

    act = forms.ChoiceField(label=_("办理事项"))
    occupation = forms.CharField(
        label=_("职业（工种）"), max_length=80, widget=forms.TextInput(attrs={"list": "occupation-names"})
    )
    place = forms.ChoiceField(label=_("地区"), required=False)
    on = forms.DateField(label=_("行为日期"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
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
        regions = list_regions(on=today()).filter(code__regex=r"^\d{2}(\d{2})?$")
        fields["place"].choices = [("", _("全国"))] + [
            (
                r.code,
                ("　" if len(r.code) > 2 else "") + (r.name_en if lang == "en" and r.name_en else r.name),
            )
            for r in regions
        ]
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


def _day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **kwargs)


def place_choices() -> list[tuple[str, str]]:
    """Provinces and cities as a clerk reads them."""
    lang = language()
    regions = list_regions(on=today()).filter(code__regex=r"^\d{2}(\d{2})?$")
    return [("", str(_("全国")))] + [
        (r.code, ("　" if len(r.code) > 2 else "") + (r.name_en if lang == "en" and r.name_en else r.name))
        for r in regions
    ]


def _acts() -> list[tuple[str, str]]:
    return [(a.value, ACTS[a.value].say(language())) for a in Act]


class PublishedForm(forms.Form):
    """Place and day of the published list."""

    on = _day_field(label=_("日期"))
    place = forms.ChoiceField(label=_("地区"), required=False)
    act = forms.ChoiceField(label=_("适用行为"), required=False)
    known = _day_field(label=_("按当时所知（选填）"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["place"].choices = place_choices()
        fields["act"].choices = [("", str(_("全部"))), *_acts()]


class DiffForm(forms.Form):
    first = _day_field(label=_("从"))
    second = _day_field(label=_("到"))
    place = forms.ChoiceField(label=_("地区"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["place"].choices = place_choices()


class SubscribeForm(forms.Form):
    mail = forms.EmailField(label=_("邮箱"))
    place = forms.RegexField(r"^(\d\d){0,3}$", required=False, widget=forms.HiddenInput)


class OverlayForm(forms.Form):
    """A gate that a place's own law adds."""

    occupation = forms.CharField(label=_("职业（工种）"), max_length=80)
    acts = forms.MultipleChoiceField(label=_("适用行为"), widget=forms.CheckboxSelectMultiple)
    level = forms.ChoiceField(label=_("最低等级"), required=False)
    place = forms.RegexField(r"^(\d\d){1,3}$", label=_("行政区划代码"))
    start = _day_field(label=_("自何日起"))
    end = _day_field(label=_("至何日（不含，选填）"), required=False)
    title = forms.CharField(label=_("文件名称"), max_length=200)
    number = forms.CharField(label=_("文号"), max_length=100, required=False)
    article = forms.CharField(label=_("条款"), max_length=60)
    scope = forms.CharField(label=_("适用范围（选填）"), max_length=200, required=False)
    verified = forms.BooleanField(label=_("已与原文核对"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["acts"].choices = _acts()
        fields["level"].choices = level_choices(str(_("不限")))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("start") and data.get("end") and data["end"] <= data["start"]:
            self.add_error("end", _("截止日应晚于起始日"))
        return data


class RegistrationForm(forms.Form):
    """An application for registration: scope, people, day."""

    key = forms.CharField(label=_("申请流水号"), max_length=60)
    name = forms.CharField(label=_("字号或企业名称"), max_length=120)
    scope = forms.CharField(label=_("经营范围"), widget=forms.Textarea(attrs={"rows": 4}), max_length=3000)
    place = forms.RegexField(r"^(\d\d){1,3}$", label=_("行政区划代码"))
    on = _day_field(label=_("申请日期"))
    owner_name = forms.CharField(label=_("经营者姓名"), max_length=60)
    owner_number = forms.CharField(label=_("经营者身份证号"), max_length=20)
    manager_name = forms.CharField(label=_("技术负责人姓名（选填）"), max_length=60, required=False)
    manager_number = forms.CharField(label=_("技术负责人身份证号（选填）"), max_length=20, required=False)

    def people(self) -> list[tuple[str, str, str]]:
        """(role, name, number) of the people given."""
        data = self.cleaned_data
        found = [("owner", data["owner_name"], data["owner_number"])]
        if data["manager_number"]:
            found.append(("manager", data["manager_name"], data["manager_number"]))
        return found


class ExceptionForm(forms.Form):
    """An exception asked for."""

    code = forms.ChoiceField(label=_("例外情形"))
    occupation = forms.CharField(label=_("职业（工种）"), max_length=80)
    place = forms.RegexField(r"^(\d\d){1,3}$", label=_("行政区划代码"))
    on = _day_field(label=_("招用日期"))
    people = forms.IntegerField(label=_("人数"), min_value=1, max_value=100_000)
    evidence = forms.CharField(
        label=_("证明材料与说明"), widget=forms.Textarea(attrs={"rows": 4}), max_length=3000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["code"].choices = [(e.code, e.wording.say(language())) for e in law().exemptions]


class ApiKeyForm(forms.Form):
    name = forms.CharField(label=_("系统名称"), max_length=80)
    daily_quota = forms.IntegerField(label=_("每日限额"), min_value=1, max_value=10_000_000)
