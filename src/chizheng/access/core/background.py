"""What a seeker says of work, schooling and training, as the judgement of admission takes it.

A statement is believed for guidance and proved on enrolment; each carries the kind of proof the seeker has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from chizheng.assessment.core.eligibility import Claims, Diploma, Spell, Title
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording


class Kind(StrEnum):
    WORK = "work"
    DIPLOMA = "diploma"
    TRAINING = "training"
    INTERNSHIP = "internship"
    APPRENTICESHIP = "apprenticeship"
    TITLE = "title"


KINDS: Mapping[Kind, Wording] = {
    Kind.WORK: Wording(zh="工作经历", en="work"),
    Kind.DIPLOMA: Wording(zh="学历", en="diploma"),
    Kind.TRAINING: Wording(zh="正规培训", en="training"),
    Kind.INTERNSHIP: Wording(zh="见习", en="practice"),
    Kind.APPRENTICESHIP: Wording(zh="学徒期满", en="apprenticeship done"),
    Kind.TITLE: Wording(zh="专业技术职称", en="professional title"),
}
PROOFS: Mapping[str, Wording] = {
    "social_insurance": Wording(zh="社会保险缴费记录", en="social insurance record"),
    "labour_contract": Wording(zh="劳动合同", en="labour contract"),
    "work_years": Wording(zh="单位出具的工作年限证明", en="employer's proof of years of work"),
    "diploma": Wording(zh="毕业证书", en="diploma"),
    "enrolment_proof": Wording(zh="在读证明", en="proof of enrolment"),
    "training_completion": Wording(zh="培训结业证书", en="certificate of training"),
    "apprenticeship": Wording(zh="学徒期满证明", en="proof of apprenticeship"),
    "title_certificate": Wording(zh="职称证书", en="certificate of the title"),
    "none": Wording(zh="暂无证明", en="no proof yet"),
}
PROOF_OF: Mapping[Kind, tuple[str, ...]] = {
    Kind.WORK: ("social_insurance", "labour_contract", "work_years", "none"),
    Kind.DIPLOMA: ("diploma", "enrolment_proof", "none"),
    Kind.TRAINING: ("training_completion", "none"),
    Kind.INTERNSHIP: ("work_years", "none"),
    Kind.APPRENTICESHIP: ("apprenticeship", "none"),
    Kind.TITLE: ("title_certificate", "none"),
}
DIPLOMAS: Mapping[str, Wording] = {
    "technical_school": Wording(zh="技工学校", en="technical school"),
    "secondary_vocational": Wording(zh="中等职业学校", en="secondary vocational school"),
    "senior_technical": Wording(zh="高级技工学校", en="senior technical school"),
    "technician_college": Wording(zh="技师学院", en="technician college"),
    "approved_college": Wording(zh="经审核认定的高等职业学校", en="approved vocational college"),
    "evaluated_college": Wording(zh="经评估论证的高等学校", en="evaluated college"),
    "college": Wording(zh="大专及以上", en="college or above"),
}
RANKS: Mapping[str, Wording] = {
    "elementary": Wording(zh="初级职称", en="elementary"),
    "intermediate": Wording(zh="中级职称", en="intermediate"),
    "senior": Wording(zh="高级职称", en="senior"),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement. `detail` is a diploma's kind or a title's rank; `end` None: still going on.

    `occupation` is the official name, '' where it does not matter; `level` only for training.
    """

    kind: Kind
    occupation: str = ""
    level: int | None = None
    detail: str = ""
    start: date | None = None
    end: date | None = None
    proof: str = "none"

    def say(self, lang: str = "zh") -> str:
        parts = [KINDS[self.kind].say(lang)]
        named = DIPLOMAS.get(self.detail) or RANKS.get(self.detail)
        parts += [self.occupation] if self.occupation else []
        parts += [named.say(lang)] if named else []
        if self.level is not None:
            parts.append(f"{self.level}级" if lang == "zh" else f"level {self.level}")
        if self.start or self.end:
            until = self.end.isoformat() if self.end else ("至今" if lang == "zh" else "now")
            parts.append(f"{self.start.isoformat()} — {until}" if self.start else until)
        return " · ".join(parts)


def years_before(day: date, years: int) -> date:
    """The day on which work began that has lasted `years` on `day`; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def claims_from(
    stated: Sequence[Stated],
    *,
    occupation: str,
    on: date,
    birth: date | None = None,
    complete: bool = False,
    groups: Mapping[str, str] | None = None,
) -> Claims:
    """What is claimed for admission to `occupation` on a day.

    Work in another occupation of the same group 小类 (`groups`: canonical name to group code) counts as
    related 相关职业, other work not at all. Of what nobody spoke nothing is known, unless the statement is
    said to be `complete`: then there is none. Who asks about an occupation prepares for it 拟从事.
    """
    by: dict[Kind, list[Stated]] = {kind: [] for kind in Kind}
    for item in stated:
        by[item.kind].append(item)
    own = canonical(occupation)
    groups = groups or {}

    def said(kind: Kind) -> bool:
        return complete or bool(by[kind])

    spells = tuple(_spells(by[Kind.WORK], own, groups, on))
    trained = frozenset(
        t.level
        for t in by[Kind.TRAINING]
        if t.level and canonical(t.occupation) == own and (t.end is None or t.end <= on)
    )
    practice = sum(
        (((s.end or on) - s.start).days for s in _of(by[Kind.INTERNSHIP], own) if s.start and s.start < on), 0
    )
    return Claims(
        birth=birth,
        spells=spells if said(Kind.WORK) else None,
        training_levels=trained if said(Kind.TRAINING) else None,
        diplomas=tuple(Diploma(d.detail, d.end) for d in by[Kind.DIPLOMA]) if said(Kind.DIPLOMA) else None,
        apprenticeship_done=_done(by[Kind.APPRENTICESHIP], own, on) if said(Kind.APPRENTICESHIP) else None,
        internship_years=Decimal(practice // 365) if said(Kind.INTERNSHIP) else None,
        titles=tuple(Title(t.detail, t.start) for t in by[Kind.TITLE]) if said(Kind.TITLE) else None,
        in_occupation=True,
    )


def _of(items: Iterable[Stated], own: str) -> list[Stated]:
    return [s for s in items if canonical(s.occupation) == own]


def _done(items: Iterable[Stated], own: str, on: date) -> bool:
    return any(s.end is not None and s.end <= on for s in _of(items, own))


def _spells(items: Iterable[Stated], own: str, groups: Mapping[str, str], on: date) -> Iterable[Spell]:
    for item in items:
        if item.start is None or item.start >= on or (item.end is not None and item.end <= item.start):
            continue
        name = canonical(item.occupation)
        related = bool(groups.get(name)) and groups.get(name) == groups.get(own)
        if name == own or related:
            yield Spell(Period(item.start, item.end), name == own)
