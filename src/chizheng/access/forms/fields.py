"""Fields that several desks share: places, days, occupations, levels, money."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chizheng.access.usecases.referral import official_name
from chizheng.catalogue.queries import list_regions
from chizheng.kernel.errors import BadInput
from chizheng.kernel.levels import HIGHEST, LOWEST
from chizheng.law.io.shelf import law
from chizheng.platform.clock import today
from chizheng.platform.faults import language


def level_choices(blank: str) -> list[tuple[str, str]]:
    """Levels from the lowest up, as a clerk reads them."""
    names = law().level_names
    return [("", blank)] + [
        (str(n), names[n].say(language()) if n in names else str(n)) for n in range(LOWEST, HIGHEST - 1, -1)
    ]


def place_choices(within: str = "", blank: str = "") -> list[tuple[str, str]]:
    """Provinces and cities of a jurisdiction, cities indented; `blank` is the first choice where given."""
    lang = language()
    rows = list_regions(on=today(), within=within)
    listed = [(r.code, r.name_en if lang == "en" and r.name_en else r.name) for r in rows]
    choices = [(code, "　" * (len(code) // 2 - 1) + name) for code, name in listed]
    return ([("", blank)] if blank else []) + choices


class DayField(forms.DateField):
    """A policy date."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class OccupationField(forms.CharField):
    """An occupation by any name the catalogue knows; cleaned to the official one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("职业（工种）"))
        super().__init__(
            max_length=80,
            widget=forms.TextInput(attrs={"list": "occupation-names", "autocomplete": "off"}),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return official_name(text)
        except BadInput as fault:
            raise forms.ValidationError(fault.say(language())) from None


class LevelField(forms.TypedChoiceField):
    """A level 5..1, or None."""

    def __init__(self, blank: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("等级"))
        blank = blank or (_("请选择") if kwargs.get("required", True) else _("不限"))
        super().__init__(coerce=int, empty_value=None, choices=lambda: level_choices(str(blank)), **kwargs)


class PlaceField(forms.ChoiceField):
    """A place within a jurisdiction; `narrow(field, region)` sets which."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("地区"))
        super().__init__(choices=lambda: place_choices(blank=str(_("全国"))), **kwargs)


def narrow(form: forms.Form, name: str, region: str) -> None:
    """Offer only places of a jurisdiction."""
    field: Any = form.fields[name]
    field.choices = place_choices(region)
    if region and not field.choices:
        field.choices = [(region, region)]


class YuanField(forms.DecimalField):
    """An amount typed in yuan, cleaned to fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=10_000_000, decimal_places=2, **kwargs)

    def clean(self, value: Any) -> Any:
        yuan = super().clean(value)
        return int(yuan * 100) if yuan is not None else 0
