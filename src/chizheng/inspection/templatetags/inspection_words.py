"""Words of inspection for templates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chizheng.catalogue.queries import region_name
from chizheng.inspection.core.cases import name_of
from chizheng.inspection.core.names import (
    CLOCKS,
    EVENT_NAMES,
    KINDS,
    OUTCOMES,
    REMEDY_STATES,
    SIGNAL_NAMES,
    VIOLATIONS,
)
from chizheng.inspection.core.targeting import Reason
from chizheng.inspection.core.wording import CASE_STATES
from chizheng.inspection.models import FilingFault
from chizheng.platform.clock import today
from chizheng.platform.faults import language

register = template.Library()
_DONE = {"performed", "closed", "archived"}


@register.filter
def place(code: str) -> str:
    return region_name(code, on=today())


@register.filter
def masked_name(name: str) -> str:
    """The first character of a name: lists show no more."""
    return name[:1] + "*" * (len(name) - 1)


@register.filter
def percent(value: float | None) -> str:
    return "—" if value is None or value != value else f"{value:.0%}"


@register.filter
def points(value: float | None) -> str:
    """A difference of shares, with its sign."""
    return "—" if value is None or value != value else f"{value:+.0%}"


@register.filter
def times(value: float | None) -> str:
    """A ratio."""
    return "—" if value is None or value != value else f"{value:.1f}"


@register.filter
def event_name(code: str) -> str:
    return EVENT_NAMES[code].say(language())


@register.filter
def state_tag(state: str) -> SafeString:
    """A state of a case, of its remedy or publication."""
    said = name_of(state, language()) if state in CASE_STATES else REMEDY_STATES[state].say(language())
    tone = "ok" if state in _DONE else "warn" if state.startswith("decided") or state == "noticed" else "info"
    return format_html('<span class="tag tag-{}">{}</span>', tone, said)


@register.filter
def outcome_name(code: str) -> str:
    return OUTCOMES[code].say(language())


@register.filter
def violation_name(code: str) -> str:
    return VIOLATIONS[code].say(language()) if code in VIOLATIONS else code


@register.filter
def last_day(until: date | None) -> str:
    """The last day of a half-open period, a dash while it lasts."""
    return (until - timedelta(days=1)).isoformat() if until else "—"


@register.filter
def clock_name(code: str) -> str:
    return CLOCKS[code].say(language())


@register.filter
def kind_name(code: str) -> str:
    return KINDS[code].say(language())


@register.filter
def reason_words(row: dict[str, Any]) -> str:
    """A frozen reason in words."""
    return Reason(row["signal"], row["weight"], row["params"]).say(language())


@register.filter
def signal_name(code: str) -> str:
    return SIGNAL_NAMES[code].say(language())


@register.filter
def fault_words(fault: FilingFault) -> str:
    return fault.say(language())


@register.filter
def yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"
