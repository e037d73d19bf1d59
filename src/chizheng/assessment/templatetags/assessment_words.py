"""Words of the assessment for templates."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chizheng.assessment.core.enrolment import ExamKind
from chizheng.assessment.core.states import STEPS, State, place_on_the_way
from chizheng.assessment.models import Registration, Session, SessionEvent, UploadFault
from chizheng.assessment.terms import evidence_names, level_wording
from chizheng.kernel.errors import NotFound
from chizheng.kernel.names import canonical
from chizheng.law.io.shelf import law
from chizheng.platform.faults import language

register = template.Library()

_TONE = {
    "draft": "", "enrolling": "info", "closed": "info", "seated": "info", "held": "info", "marking": "info",
    "marked": "info", "published": "warn", "submitted": "warn", "reviewed": "warn", "approved": "ok", "issued": "ok",
    "returned": "bad", "annulled": "bad", "pass": "ok", "fail": "bad", "incomplete": "warn",
}  # fmt: skip


@register.filter
def level_name(level: int) -> str:
    """三级/高级工"""
    return level_wording(level).say(language())


@register.simple_tag
def state_tag(thing: Session) -> SafeString:
    """The state of a session as a tag."""
    return format_html('<span class="tag tag-{}">{}</span>', _TONE[thing.state], thing.get_state_display())


@register.simple_tag
def event_state(event: SessionEvent) -> str:
    """What an event led to, in the words of the states."""
    return str(dict(Session.STATES)[State(event.state)])


@register.simple_tag
def outcome_tag(registration: Registration) -> SafeString | str:
    """The outcome of a registration, empty while none was computed."""
    result = getattr(registration, "result", None)
    if result is None:
        return ""
    return format_html(
        '<span class="tag tag-{}">{}</span>', _TONE[result.outcome], result.get_outcome_display()
    )


@register.simple_tag
def steps_of(session: Session) -> list[tuple[str, str]]:
    """(label, css class) of the straight way; a returned session stands at the submission."""
    here = place_on_the_way(session.state)
    names = dict(Session.STATES)
    return [
        (str(names[step]), "done" if at < here else "now" if at == here else "")
        for at, step in enumerate(STEPS)
    ]


@register.filter
def evidence(codes: list[str]) -> str:
    """The kinds of proof an alternative asks for."""
    names = evidence_names()
    return "、".join(names[c].say(language()) if c in names else c for c in codes)


@register.simple_tag
def alternative(registration: Registration, occupation: str, on: date) -> str:
    """The words of the alternative that was claimed."""
    try:
        rules = law().eligibility_for(canonical(occupation), on=on)
    except NotFound:
        return registration.alternative
    for row in rules.alternatives:
        if row.code == registration.alternative:
            return row.wording.say(language())
    return registration.alternative


@register.filter
def fault_words(fault: UploadFault) -> str:
    return fault.say(language())


@register.filter
def sat(registration: Registration) -> str:
    """How the parts are sat, where it is not all new."""
    kinds = {registration.theory, registration.practice, registration.review}
    if ExamKind.RETAKE in kinds or ExamKind.KEPT in kinds:
        return _("补考")
    return _("新考")
