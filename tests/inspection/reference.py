"""Screening by brute force, day by day and person by person: slow, plain, sharing no code with the SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Held:
    person: int
    occupation: int
    level: int
    start: date
    end: date


@dataclass(frozen=True)
class Job:
    filing: int
    person: int
    employer: int
    occupation: int
    place: int
    start: date
    end: date
    level: int = 9


@dataclass(frozen=True)
class Bar:
    gate: int
    occupation: int
    place: int
    level: int
    start: date
    end: date
    in_post_before: date = date(1900, 1, 1)
    in_post_from: date = date(1900, 1, 1)


def within(place: int, outer: int) -> bool:
    text = f"{outer:06d}"
    prefix = "" if outer == 0 else text[:2] if outer % 10000 == 0 else text[:4] if outer % 100 == 0 else text
    return f"{place:06d}".startswith(prefix)


def uncovered_days(
    held: Iterable[Held], jobs: Iterable[Job], bars: Iterable[Bar], first: date, until: date
) -> dict[tuple[int, int], tuple[date, list[date]]]:
    """(filing, gate) -> (first gated day, uncovered days), for every gated spell in [first, until)."""
    by_person = defaultdict(list)
    for certificate in held:
        by_person[certificate.person, certificate.occupation].append(certificate)
    by_occupation = defaultdict(list)
    for bar in bars:
        by_occupation[bar.occupation].append(bar)
    answer = {}
    for job in jobs:
        for bar in by_occupation[job.occupation]:
            if not within(job.place, bar.place):
                continue
            days, bare = [], []
            day = max(first, job.start)
            while day < min(until, job.end):
                bound = bar.start <= day < bar.end and (
                    job.start >= bar.in_post_before or day >= bar.in_post_from
                )
                if bound:
                    days.append(day)
                    level = min(bar.level, job.level)
                    if not any(
                        c.start <= day < c.end and c.level <= level
                        for c in by_person[job.person, job.occupation]
                    ):
                        bare.append(day)
                day += timedelta(days=1)
            if days:
                answer[job.filing, bar.gate] = (days[0], bare)
    return answer
