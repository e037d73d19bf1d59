"""Words of quality for templates."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from chizheng.platform.faults import language

register = template.Library()

_TONES = {
    "open": "warn", "remarking": "warn", "retesting": "warn", "annulling": "bad", "released": "ok", "annulled": "bad", "corrected": "ok",
    "received": "info", "investigating": "warn", "heard": "warn", "proposed": "warn", "decided": "ok", "closed": "",
    "dismissed": "",
}  # fmt: skip
_MECHANISMS = {
    "honest": _("未见异常"), "push": _("合格线下加分"), "sold": _("买卖合格"), "spread": _("买卖合格（分散）"),
    "shift": _("整体抬高"), "theory_sold": _("理论成绩异常"), "theory_leaked": _("理论试题泄露"), "remark": _("建议盲评复核"),
}  # fmt: skip
_DETECTORS = {
    "marks": _("成绩分布"), "watch": _("按批次先后"), "copying": _("答案雷同"), "heaping": _("打分集中于整五"),
    "identical": _("成绩几乎相同"), "hasty": _("评分过快"), "ring": _("派遣圈"), "misfit": _("答卷与水平不符"),
    "preknowledge": _("事先知题"),
}  # fmt: skip
_KINDS = {
    "station": _("鉴定站"), "assessor": _("考评员"), "session": _("批次"), "candidate": _("考生"), "room": _("考场"),
}  # fmt: skip


@register.filter
def in_reader_language(thing: Any, field: str) -> str:
    """`thing.<field>_zh` or `_en`, as stored beside each other in a row or a mapping."""
    name = f"{field}_{language()}"
    return str(thing.get(name, "—") if isinstance(thing, dict) else getattr(thing, name, "—"))


@register.filter
def of_language(mapping: dict[str, str]) -> str:
    """`{"zh": …, "en": …}` in the reader's language."""
    return mapping[language()]


@register.simple_tag
def state(thing: Any) -> SafeString:
    """The state of a hold or case as a tag."""
    return format_html('<span class="tag tag-{}">{}</span>', _TONES[thing.state], thing.get_state_display())


@register.filter
def mechanism(code: str) -> str:
    return str(_MECHANISMS[code]) if code in _MECHANISMS else detector(code)


@register.filter
def detector(code: str) -> str:
    return str(_DETECTORS[code]) if code in _DETECTORS else code


@register.filter
def flag_kind(code: str) -> str:
    return str(_KINDS.get(code, code))


@register.filter
def percent(value: float | str | None) -> str:
    """A share as a percentage with one decimal, a dash where there is none ('' from a missing key too)."""
    return f"{value:.1%}" if isinstance(value, (int, float)) else "—"


@register.filter
def chance(value: float) -> str:
    """A probability as a percentage that never claims certainty."""
    return "> 99.9%" if value > 0.999 else "< 0.1%" if value < 0.001 else f"{value:.1%}"


_NOTHING = mark_safe('<span class="muted">—</span>')
_EFFECTS = {"A": ("ok", _("A 可忽略")), "B": ("warn", _("B 中等")), "C": ("bad", _("C 明显"))}


@register.simple_tag
def effect(figures: dict[str, Any] | None) -> SafeString:
    """The ETS class of a difference between groups, a dash where none was computed."""
    if not figures or figures.get("delta") is None:
        return _NOTHING
    tone, name = _EFFECTS[figures["effect"]]
    return format_html('<span class="tag tag-{}">{}</span>', tone, name)


@register.simple_tag
def leak(figures: dict[str, Any] | None) -> SafeString:
    """Whether the leak sum of an item went over its limit."""
    if not figures:
        return _NOTHING
    if figures["alarm"] is None:
        return format_html('<span class="tag tag-ok">{}</span>', _("未见"))
    return format_html('<span class="tag tag-bad">{}</span>', _("疑似泄露"))
