"""Which certificates a person holds: asked here, answered by whoever keeps the register.

The certificates context stands downstream and may not be imported; it registers itself with
`answer_with` when it starts. Until somebody does, passes in issued sessions are the answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from chizheng.assessment.core.enrolment import Certified
from chizheng.assessment.core.states import State

Register = Callable[[Collection[int]], Iterable[tuple[int, Certified]]]


def _passes(persons: Collection[int]) -> Iterable[tuple[int, Certified]]:
    from chizheng.assessment.models import Registration

    rows = Registration.objects.filter(
        person_id__in=persons, session__state=State.ISSUED, result__outcome="pass"
    ).values_list("person_id", "session__occupation", "session__level", "session__exam_date")
    for person, occupation, level, day in rows:
        yield person, Certified(occupation, level, day)


_register: Register = _passes


def answer_with(register: Register) -> None:
    """Let `register` answer from now on: person ids in, (person id, certificate in force) out."""
    global _register
    _register = register


def certified(persons: Collection[int]) -> dict[int, tuple[Certified, ...]]:
    """Certificates in force by person id."""
    found: dict[int, list[Certified]] = defaultdict(list)
    for person, certificate in _register(persons):
        found[person].append(certificate)
    return {person: tuple(rows) for person, rows in found.items()}
