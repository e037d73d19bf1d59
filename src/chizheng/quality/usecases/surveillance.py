"""A surveillance run: every result of a jurisdiction out to a table, weighed, flags stored, sittings held."""

from __future__ import annotations

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q

from chizheng.assessment.core.states import RESULTS_KNOWN
from chizheng.assessment.models import Assessor, Mark, Registration, Session
from chizheng.kernel.errors import Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.io.exports import CsvWriter
from chizheng.quality.core.gate_terms import Terms
from chizheng.quality.core.surveillance.flags import Flag as Found
from chizheng.quality.core.surveillance.likelihood import TOP
from chizheng.quality.core.surveillance.remarks import expected_counts
from chizheng.quality.core.surveillance.report import Papers, Parameters, inspect
from chizheng.quality.core.surveillance.survey import learn_populations, practical_records
from chizheng.quality.core.surveillance.world import locate
from chizheng.quality.io.choices import coded
from chizheng.quality.io.results import Results
from chizheng.quality.models import AnswerSheet, AssessorMark, Flag, Paper, Run
from chizheng.quality.usecases.gate import open_hold

COLUMNS = (
    "station",
    "assessor",
    "session",
    "date",
    "candidate",
    "theory",
    "practical",
    "occupation",
    "level",
    "room",
    "region",
    "school",
    "person",
    "seconds",
)
SHOWN = 12
"""Stations for which the histogram is drawn: the flagged, and the highest of the others."""

Row = tuple[str, ...]
"""The first nine of `COLUMNS`; the others may follow."""


def run_surveillance(
    *, region: str, now: datetime, actor: Account | None = None, others: Iterable[Row] = ()
) -> Run:
    """Weigh all results of `region` that are known; the same results again give the same run.

    `others`: results of stations that are not kept here, in the columns of `docs/formats/results.md`, to
    learn the honest population from where the house has few stations of its own.
    """
    with tempfile.TemporaryDirectory(prefix="chizheng-run-") as folder:
        path = Path(folder) / "results.csv"
        papers, answers_digest = _papers(region)
        count, digest = _write(path, region, others, answers_digest)
        known = Run.objects.filter(region=region, basis_digest=digest).order_by("-at").first()
        if known is not None:
            return known
        found: list[Found] = []
        summary: dict[str, Any] = {}
        histograms: dict[str, dict[str, Any]] = {}
        refusal = ("", "")
        parameters = Parameters.read(law(), on=day_of(now), place=region)
        if count:
            with Results(path) as table:
                try:
                    found, summary = inspect(table, parameters, _quiet, papers)
                    histograms = _histograms(table, parameters, found)
                except Refused as error:
                    refusal = (error.say("zh"), error.say("en"))
        else:
            refusal = ("没有已公布的成绩", "no results are known yet")
    with transaction.atomic():
        run = Run.objects.create(
            region=region, at=now, by=actor, results=count, basis_digest=digest, summary=summary,
            refusal_zh=refusal[0], refusal_en=refusal[1],
        )  # fmt: skip
        _store(run, found, histograms)
        ledger.record(
            verb="quality.surveillance", subject=run, actor=actor, now=now, results=count,
            flagged=sum(f.flagged for f in found),
        )  # fmt: skip
        hold_flagged(run=run, now=now)
    return run


HOLDING = ("station", "session", "room")
"""Kinds of units whose flags hold a sitting: their own, or all that wait at a flagged station."""


def hold_flagged(*, run: Run, now: datetime) -> int:
    """Hold every sitting that a run's flags concern and that no list was issued for; returns how many wait.

    The weighing of marks also holds at the policy's posterior; every other detector only where it flags.
    """
    terms = Terms.read(law(), on=day_of(run.at), place=run.region)
    held = 0
    waiting = Session.objects.filter(
        state__in=RESULTS_KNOWN - {"issued"}, region__startswith=run.region
    ).order_by("id")
    sure = Q(flagged=True) | Q(detector="marks", posterior__gte=terms.posterior)
    by_session: dict[int, Flag] = {}
    by_station: dict[int, Flag] = {}
    for flag in run.flags.filter(sure, kind__in=HOLDING).order_by("-flagged", "-posterior", "id"):
        if flag.session_id is not None:
            by_session.setdefault(flag.session_id, flag)
        elif flag.station_id is not None:
            by_station.setdefault(flag.station_id, flag)
    for session in waiting:
        causes = [f for f in (by_session.get(session.pk), by_station.get(session.station_id)) if f]
        cause = max(causes, key=lambda f: (f.flagged, f.posterior), default=None)
        if cause is not None:
            open_hold(
                session=session, cause="flag", reason=Wording(zh=cause.reason_zh, en=cause.reason_en), now=now,
                flag=cause,
            )  # fmt: skip
            held += 1
    return held


def _quiet(step: str, done: int = 0, total: int = 0) -> None:
    """Progress is of no use to a page."""


def _rows(region: str) -> Iterator[Row]:
    """Results by session, streamed: memory holds one session at a time."""
    sessions = Session.objects.filter(state__in=RESULTS_KNOWN, region__startswith=region).order_by("id")
    for session in sessions:
        leaders = dict(session.panel.values_list("assessor_id", "leader"))
        markers: dict[int, tuple[int, int | None]] = {}
        for registration, assessor, seconds in (
            AssessorMark.objects.filter(registration__session=session)
            .order_by("registration_id", "assessor_id")
            .values_list("registration_id", "assessor_id", "seconds")
        ):
            if registration not in markers or leaders.get(assessor):
                markers[registration] = assessor, seconds
        marks: dict[int, dict[str, str]] = defaultdict(dict)
        people: dict[int, tuple[str, str, str]] = {}
        for registration, part, score, where, employer, who in Mark.objects.filter(
            registration__session=session, registration__state="enrolled", state="scored"
        ).values_list(
            "registration_id", "part", "score", "registration__room", "registration__employer",
            "registration__person_id",
        ):  # fmt: skip
            marks[registration][part] = str(score)
            people[registration] = str(where or ""), employer, f"p{who}"
        for registration in sorted(marks):
            assessor, seconds = markers.get(registration, (0, None))
            room, school, person = people[registration]
            yield (
                f"s{session.station_id}", f"a{assessor}" if assessor else "", f"b{session.pk}",
                session.exam_date.isoformat(), f"r{registration}", marks[registration].get("theory", ""),
                marks[registration].get("practice", ""), session.occupation, str(session.level), room,
                session.region[:4], school, person, "" if seconds is None else str(seconds),
            )  # fmt: skip


def _papers(region: str) -> tuple[Papers, bytes]:
    """Stored answers of the region by paper, with a digest of them."""
    digest = hashlib.sha256()
    sheets = []
    known = AnswerSheet.objects.filter(
        registration__session__state__in=RESULTS_KNOWN, registration__session__region__startswith=region
    )
    for paper in Paper.objects.filter(pk__in=known.values("paper")).order_by("code"):
        items = list(paper.items.values_list("code", "key"))
        candidate, place, day, rows = [], [], [], []
        for pk, session, room, exam, chosen in (
            known.filter(paper=paper)
            .order_by("registration_id")
            .values_list(
                "registration_id", "registration__session_id", "registration__room",
                "registration__session__exam_date", "chosen",
            )
            .iterator(chunk_size=5000)
        ):  # fmt: skip
            candidate.append(f"r{pk}")
            place.append(f"b{session}/{room}" if room else f"b{session}")
            day.append(exam.toordinal())
            rows.append(chosen)
            digest.update(f"{pk}:{place[-1]}:{','.join(chosen)}\n".encode())
        answers = np.array(rows, dtype="U2")
        keys = {code: key for code, key in items}
        digest.update(repr(sorted(keys.items())).encode())
        sheets.append(coded(paper.code, [c for c, _ in items], answers, candidate, place, day, keys))
    return Papers(sheets, rooms=bool(sheets)), digest.digest()


def _write(path: Path, region: str, others: Iterable[Row], answers: bytes) -> tuple[int, str]:
    digest, count = hashlib.sha256(region.encode() + answers), 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = CsvWriter(out)
        writer.writerow(COLUMNS)
        for rows in (_rows(region), others):
            for row in rows:
                writer.writerow((*row, *[""] * (len(COLUMNS) - len(row))))
                digest.update("\x1f".join(row).encode() + b"\n")
                count += 1
    return count, digest.hexdigest()


def _histograms(table: Results, parameters: Parameters, found: list[Found]) -> dict[str, dict[str, Any]]:
    """Marks seen and expected by point for the stations a reviewer will look at."""
    stations = sorted(
        (f for f in found if f.kind == "station" and f.detector == "marks"),
        key=lambda f: (-f.flagged, -f.posterior),
    )
    populations = learn_populations(table.sample(parameters.sample_rows), parameters.policy)
    world = populations.practical.world
    codes = {label: code for code, label in enumerate(table.labels.station)}
    out = {}
    for flag in stations[:SHOWN]:
        marks, _ = table.station(codes[flag.unit])
        here = marks.take(np.flatnonzero(np.isfinite(marks.practical)))
        if not here.practical.size:
            continue
        records = practical_records(here, np.zeros(here.station.size, np.int64))
        expected = expected_counts(records, locate(world, records), world)
        seen = np.bincount(records.mark, minlength=TOP + 1)
        out[flag.unit] = {
            "cut": parameters.policy.cut, "seen": seen.tolist(), "expected": [round(float(e), 3) for e in expected],
        }  # fmt: skip
    return out


def _store(run: Run, found: list[Found], histograms: dict[str, dict[str, Any]]) -> None:
    keys = {
        "station": _known(Organisation, "s", found), "session": _known(Session, "b", found),
        "assessor": _known(Assessor, "a", found), "candidate": _known(Registration, "r", found),
    }  # fmt: skip
    session_station = dict(
        Session.objects.filter(pk__in=keys["session"].values()).values_list("pk", "station_id")
    )
    rows = []
    for f in found:
        pk = keys["session" if f.kind == "room" else f.kind].get(_label(f))
        session = pk if f.kind in ("session", "room") else None
        if f.kind == "station":
            station = pk
        else:
            station = session_station.get(session) if session is not None else None
        own = f.kind == "station" and f.detector == "marks"
        rows.append(
            Flag(
                run=run, detector=f.detector, kind=f.kind, unit=f.unit, statistic=f.statistic, posterior=f.posterior,
                flagged=f.flagged, mechanism=f.mechanism, strength_zh=f.strength.zh, strength_en=f.strength.en,
                reason_zh=f.reason.say("zh"), reason_en=f.reason.say("en"),
                cannot_show_zh=f.cannot_show.say("zh"), cannot_show_en=f.cannot_show.say("en"),
                evidence=dict(f.evidence), histogram=histograms.get(f.unit, {}) if own else {}, detail=dict(f.detail),
                station_id=station, session_id=session,
                assessor_id=pk if f.kind == "assessor" else None,
                registration_id=pk if f.kind == "candidate" else None,
            )
        )  # fmt: skip
    Flag.objects.bulk_create(rows, batch_size=1000)


def _label(flag: Found) -> str:
    """Label of the body a flag is stored with: of a room, its session's."""
    return flag.unit.split("/")[0] if flag.kind == "room" else flag.unit


def _known(model: Any, letter: str, found: list[Found]) -> dict[str, int]:
    """Unit label -> primary key, for the units that are kept here."""
    labels = {_label(f) for f in found}
    wanted = {u: int(u[1:]) for u in labels if u[:1] == letter and u[1:].isdigit()}
    there = set(model.objects.filter(pk__in=wanted.values()).values_list("pk", flat=True))
    return {unit: pk for unit, pk in wanted.items() if pk in there}
