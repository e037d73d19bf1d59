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
