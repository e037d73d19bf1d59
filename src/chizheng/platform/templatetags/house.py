"""Template words of the house, available in every template."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from chizheng.kernel.wording import Wording
from chizheng.platform.sealing import mask

register = template.Library()


@register.filter
def masked(text: str | None) -> str:
    """A document number with its middle hidden."""
    return mask(text) if text else ""


@register.filter
def said(thing: Any) -> str:
    """A thing with bilingual words (`say(lang)`) in the reader's language."""
    if isinstance(thing, Wording) or hasattr(thing, "say"):
        return str(thing.say("en" if (get_language() or "").startswith("en") else "zh"))
    return str(thing)


@register.simple_tag
def unverified(verified: bool) -> SafeString | str:
    """A mark beside law data that nobody has checked against the original text yet."""
    if verified:
        return ""
    return format_html(
        '<span class="tag tag-warn" title="{}">{}</span>', gettext("尚未与原文核对"), gettext("未核实")
    )


@register.filter
def day(value: date | None) -> str:
    """A policy date as ISO, an open end as a dash."""
    return value.isoformat() if value else "—"


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


_RANKS = {
    "law": _("法律"),
    "regulation": _("行政法规"),
    "local_regulation": _("地方性法规"),
    "ministerial_rule": _("部门规章"),
    "notice": _("规范性文件"),
    "standard": _("标准与技术规则"),
}


@register.filter
def rank_name(rank: str) -> str:
    """A legal rank in the reader's language."""
    return str(_RANKS.get(str(rank), rank))
