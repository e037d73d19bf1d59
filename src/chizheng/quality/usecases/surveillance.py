"""A surveillance run: every result of a jurisdiction out to a table, weighed, flags stored, sittings held."""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from chizheng.assessment.core.states import RESULTS_KNOWN
from chizheng.assessment.models import Assessor, Mark, Registration, Session
from chizheng.kernel.errors import Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.quality.core.gate_terms import Terms
from chizheng.quality.core.surveillance.flags import Flag as Found
from chizheng.quality.core.surveillance.likelihood import TOP
from chizheng.quality.core.surveillance.remarks import expected_counts
from chizheng.quality.core.surveillance.report import Parameters, inspect
from chizheng.quality.core.surveillance.survey import learn_populations, practical_records
from chizheng.quality.core.surveillance.world import locate
from chizheng.quality.io.results import Results
from chizheng.quality.models import AssessorMark, Flag, Run
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
)
SHOWN = 12
"""Stations for which the histogram is drawn: the flagged, and the highest of the others."""

Row = tuple[str, str, str, str, str, str, str, str, str]


def run_surveillance(
    *, region: str, now: datetime, actor: Account | None = None, others: Iterable[Row] = ()
) -> Run:
    """Weigh all results of `region` that are known; the same results again give the same run.

    `others`: results of stations that are not kept here, in the columns of `docs/formats/results.md`, to
    learn the honest population from where the house has few stations of its own.
    """
    with tempfile.TemporaryDirectory(prefix="chizheng-run-") as folder:
        path = Path(folder) / "results.csv"
        count, digest = _write(path, region, others)
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
                    found, summary = inspect(table, parameters, _quiet)
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


def hold_flagged(*, run: Run, now: datetime) -> int:
    """Hold every sitting that a run's flags concern and that no list was issued for; returns how many wait."""
    terms = Terms.read(law(), on=day_of(run.at), place=run.region)
    held = 0
    waiting = Session.objects.filter(
        state__in=RESULTS_KNOWN - {"issued"}, region__startswith=run.region
    ).order_by("id")
    flags = list(run.flags.filter(kind__in=["station", "session"]).order_by("-posterior"))
    for session in waiting:
        cause = next(
            (
                f
                for f in flags
                if (
                    f.session_id == session.pk or (f.kind == "station" and f.station_id == session.station_id)
                )
                and (f.flagged or f.posterior >= terms.posterior)
            ),
            None,
        )
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
        markers: dict[int, int] = {}
        for registration, assessor in (
            AssessorMark.objects.filter(registration__session=session)
            .order_by("registration_id", "assessor_id")
            .values_list("registration_id", "assessor_id")
        ):
            if registration not in markers or leaders.get(assessor):
                markers[registration] = assessor
        marks: dict[int, dict[str, str]] = defaultdict(dict)
        for registration, part, score in Mark.objects.filter(
            registration__session=session, registration__state="enrolled", state="scored"
        ).values_list("registration_id", "part", "score"):
            marks[registration][part] = str(score)
        for registration in sorted(marks):
            yield (
                f"s{session.station_id}", f"a{markers[registration]}" if registration in markers else "",
                f"b{session.pk}", session.exam_date.isoformat(), f"r{registration}",
                marks[registration].get("theory", ""), marks[registration].get("practice", ""),
                session.occupation, str(session.level),
            )  # fmt: skip


def _write(path: Path, region: str, others: Iterable[Row]) -> tuple[int, str]:
    digest, count = hashlib.sha256(region.encode()), 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for rows in (_rows(region), others):
            for row in rows:
                writer.writerow(row)
                digest.update("\x1f".join(row).encode() + b"\n")
                count += 1
    return count, digest.hexdigest()


def _histograms(table: Results, parameters: Parameters, found: list[Found]) -> dict[str, dict[str, Any]]:
    """Marks seen and expected by point for the stations a reviewer will look at."""
    stations = sorted((f for f in found if f.kind == "station"), key=lambda f: (-f.flagged, -f.posterior))
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
        pk = keys.get(f.kind, {}).get(f.unit)
        rows.append(
            Flag(
                run=run, kind=f.kind, unit=f.unit, statistic=f.statistic, posterior=f.posterior, flagged=f.flagged,
                mechanism=f.mechanism, strength_zh=f.strength.zh, strength_en=f.strength.en,
                reason_zh=f.reason.say("zh"), reason_en=f.reason.say("en"),
                cannot_show_zh=f.cannot_show.say("zh"), cannot_show_en=f.cannot_show.say("en"),
                evidence=dict(f.evidence), histogram=histograms.get(f.unit, {}) if f.kind == "station" else {},
                station_id=pk if f.kind == "station" else session_station.get(pk or 0) if f.kind == "session" else None,
                session_id=pk if f.kind == "session" else None,
                assessor_id=pk if f.kind == "assessor" else None,
                registration_id=pk if f.kind == "candidate" else None,
            )
        )  # fmt: skip
    Flag.objects.bulk_create(rows, batch_size=1000)


def _known(model: Any, letter: str, found: list[Found]) -> dict[str, int]:
    """Unit label -> primary key, for the units that are kept here."""
    wanted = {f.unit: int(f.unit[1:]) for f in found if f.unit[:1] == letter and f.unit[1:].isdigit()}
    there = set(model.objects.filter(pk__in=wanted.values()).values_list("pk", flat=True))
    return {unit: pk for unit, pk in wanted.items() if pk in there}
