"""What the law says for a session: read once per request from the shipped law, never from constants."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from chizheng.assessment.core.enrolment import Setting, Terms
from chizheng.assessment.core.marks import Part
from chizheng.assessment.core.panels import Rotation
from chizheng.assessment.models import Session
from chizheng.catalogue.queries import find_occupation
from chizheng.kernel.errors import NotFound
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.law.io.calendars import calendar
from chizheng.law.io.shelf import law

_PARTS = {"theory": Part.THEORY, "practice": Part.PRACTICE, "comprehensive": Part.REVIEW}


def _listed(name: str, *, on: date, place: str) -> list[Any]:
    value = law().value(name, on=on, place=place).value
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{name} is not a list: {value!r}")
    return list(value)


def _or_zero(name: str, *, on: date, place: str) -> int:
    """A limit that some places set; 0 where none does."""
    try:
        return law().number(name, on=on, place=place)
    except NotFound:
        return 0


def terms(*, level: int, on: date, place: str) -> Terms:
    """The terms of an assessment of `level` held on a day at a place."""
    words = law()
    return Terms(
        pass_mark=Decimal(words.number("assessment.pass_mark", on=on, place=place)),
        parts=tuple(_PARTS[p] for p in _listed(f"assessment.parts.level{level}", on=on, place=place)),
        credit_years=words.number("assessment.single_subject_years", on=on, place=place),
        min_age=words.number("assessment.minimum_age", on=on, place=place),
        levels_per_year=_or_zero("assessment.levels_per_year", on=on, place=place),
    )


def terms_of(session: Session) -> Terms:
    return terms(level=session.level, on=session.exam_date, place=session.region)


def setting_of(session: Session) -> Setting:
    """Everything a row of this session's sheet is held to."""
    words = law()
    occupation = find_occupation(session.occupation, on=session.exam_date)
    former = [s.old for s in words.successions if s.new == canonical(session.occupation)]
    return Setting(
        session=session.pk,
        occupation=session.occupation,
        level=session.level,
        exam_day=session.exam_date,
        judged_on=session.judged_on,
        levels=frozenset(occupation.levels) if occupation else frozenset(),
        rules=words.eligibility_for(canonical(session.occupation), on=session.enrolment_close),
        terms=terms_of(session),
        same=frozenset(former),
    )


def panel_terms(*, on: date, place: str) -> tuple[int, bool, dict[str, frozenset[int]]]:
    """Least number of a panel, whether it must be odd, and the levels each rank may assess."""
    words = law()
    ranks = {
        rank: frozenset(int(n) for n in _listed(f"assessor.levels.{rank}", on=on, place=place))
        for rank in ("assessor", "senior")
    }
    return (
        words.number("panel.size_min", on=on, place=place),
        bool(words.value("panel.size_odd", on=on, place=place).value),
        ranks,
    )


def rotation_terms(*, on: date, place: str) -> Rotation:
    """How panels have to change."""
    words = law()
    return Rotation(
        words.number("assessor.max_consecutive_sessions", on=on, place=place),
        float(str(words.value("assessor.min_panel_turnover", on=on, place=place).value)),
        words.number("assessor.same_candidate_months", on=on, place=place),
    )


def third_marker_share(*, on: date, place: str) -> Decimal:
    """The share of the full mark beyond which two markers ask for a third."""
    return Decimal(str(law().value("panel.third_marker_difference", on=on, place=place).value))


def level_wording(level: int) -> Wording:
    """What a level is called, e.g. 三级/高级工."""
    digits = str(level)
    return law().level_names.get(level, Wording(zh=digits, en=digits))


def room_sizes(*, on: date, place: str) -> list[int]:
    """Seats of the standard rooms, the usual size first."""
    return [int(n) for n in _listed("rooms.seats", on=on, place=place)]


def publicity_end(day: date, *, place: str) -> date:
    """The last day of the publicity period of results published on `day`."""
    days = law().number("assessment.publicity_working_days", on=day, place=place)
    return calendar().add(day, days).day


def evidence_names() -> dict[str, Wording]:
    """What each kind of proof is called."""
    return {
        str(row["code"]): Wording(zh=str(row["name"]), en=str(row["name_en"]))
        for row in law().tables.get("evidence", ())
    }
