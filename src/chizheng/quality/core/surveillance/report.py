"""From a table of results to flags: learn, weigh, judge, and say why.

The table comes through `Table`, so that this stays thought: `chizheng.quality.io.results.Results` is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
from scipy import special

from chizheng.kernel.errors import Refused
from chizheng.law.types import Law
from chizheng.quality.core.surveillance import power as powers
from chizheng.quality.core.surveillance.circles import Meetings, judge_rings
from chizheng.quality.core.surveillance.detectors import Rule, Unable
from chizheng.quality.core.surveillance.evidence import Floats, local_fdr_cut
from chizheng.quality.core.surveillance.flags import Flag, around_the_cut, filled, strength
from chizheng.quality.core.surveillance.likelihood import TOP, Ints
from chizheng.quality.core.surveillance.markers import Markers, Packed, judge_markers
from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism
from chizheng.quality.core.surveillance.onsets import judge_onsets, watch_station
from chizheng.quality.core.surveillance.remarks import choose, expected_counts, lifted
from chizheng.quality.core.surveillance.rooms import Sheets, judge_rooms
from chizheng.quality.core.surveillance.sheets import judge_sheets
from chizheng.quality.core.surveillance.survey import (
    Marks,
    Policy,
    Populations,
    Tally,
    Verdicts,
    empty_tally,
    family_of,
    judge,
    learn_populations,
    practical_records,
    tally,
    theory_records,
    whole_points,
)
from chizheng.quality.core.surveillance.world import locate
from chizheng.quality.core.wording import WORDING

SIZES = (30, 60, 125, 250, 500, 1000, 2000)
SOLD = Mechanism(Family.SOLD, 0.4, width=3)
CHUNK = 200_000


class Labels(Protocol):
    """Names behind codes; '' is a blank field."""

    @property
    def station(self) -> Sequence[str]: ...
    @property
    def assessor(self) -> Sequence[str]: ...
    @property
    def session(self) -> Sequence[str]: ...


class Table(Protocol):
    """A readable table of results; see `docs/formats/results.md`."""

    @property
    def total(self) -> int: ...
    @property
    def absent(self) -> int: ...
    @property
    def labels(self) -> Labels: ...
    @property
    def has(self) -> frozenset[str]: ...
    def sample(self, rows: int) -> Marks: ...
    def chunks(self, rows: int) -> Iterator[Marks]: ...
    def station(self, code: int) -> tuple[Marks, list[str]]: ...
    def meetings(self) -> list[Meetings]: ...


class Tell(Protocol):
    """Progress: the step, how far, of how much."""

    def __call__(self, step: str, done: int = 0, total: int = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class Parameters:
    """House parameters of surveillance, dated data in `law/data/values/quality.yaml`."""

    policy: Policy
    power_floor: float
    remark_share: float
    sample_rows: int
    strength: tuple[float, ...]
    room_least: int
    room_largest: int
    sheets_least: int
    leak_false_alarm: float
    marks_least: int
    watched: int

    @property
    def rule(self) -> Rule:
        """How the lists of the other detectors are drawn up."""
        return Rule(self.policy.fdr, self.policy.prior_bent, self.policy.prior_honest, self.strength)

    @classmethod
    def read(cls, law: Law, *, on: date, place: str = "", fdr: float | None = None) -> Parameters:
        """The parameters in force; `fdr` overrides the listed one."""

        def number(name: str) -> float:
            value = law.value(name, on=on, place=place).value
            if not isinstance(value, (int, float)):
                raise TypeError(f"{name} is not a number: {value!r}")
            return float(value)

        steps = law.value("quality.surveillance.strength", on=on, place=place).value
        if not isinstance(steps, (list, tuple)):
            raise TypeError("quality.surveillance.strength is not a list")
        head = "quality.surveillance."
        policy = Policy(
            cut=int(number("assessment.pass_mark")),
            fdr=number(head + "fdr") if fdr is None else fdr,
            prior_bent=number(head + "prior_bent"),
            prior_honest=number(head + "prior_honest"),
            min_stations=int(number(head + "min_stations")),
            min_candidates=int(number(head + "min_candidates")),
            min_cell=int(number(head + "min_cell")),
        )
        return cls(
            policy,
            number(head + "power_floor"),
            number(head + "remark_share"),
            int(number(head + "sample_rows")),
            tuple(float(s) for s in steps),
            int(number("quality.copying.min_candidates")),
            int(number("quality.copying.room_largest")),
            int(number("quality.sheets.min_candidates")),
            number("quality.leak.false_alarm"),
            int(number("quality.marks.min_marks")),
            int(number("quality.watch.max_stations")),
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """What one piece of the stations left behind."""

    tally: Tally
    assessors: Packed
    sessions: Packed


@dataclass(slots=True)
class Gathered:
    """What passes over the table leave behind: log factors by unit, sums by marker."""

    tally: Tally
    assessors: Markers
    sessions: Markers

    @classmethod
    def empty(cls, labels: Labels, timed: bool) -> Gathered:
        return cls(
            empty_tally(),
            Markers.empty("assessor", len(labels.assessor), timed),
            Markers.empty("session", len(labels.session), timed),
        )

    def packed(self) -> Piece:
        """What one piece of the work hands on."""
        return Piece(self.tally, self.assessors.packed(), self.sessions.packed())

    def merge(self, other: Piece) -> None:
        """Add what another piece, of other stations, has gathered."""
        self.tally.whole |= other.tally.whole
        self.tally.theory |= other.tally.theory
        self.tally.assessor_cells |= other.tally.assessor_cells
        self.tally.session_cells |= other.tally.session_cells
        for key, size in other.tally.size.items():
            self.tally.size[key] = self.tally.size.get(key, 0) + size
        self.assessors.merge(other.assessors)
        self.sessions.merge(other.sessions)


@dataclass(frozen=True, slots=True)
class Papers:
    """Answer sheets that came with the results; `rooms`: are rooms (or sessions) known; items known to have leaked."""

    sheets: Sequence[Sheets] = ()
    rooms: bool = False
    leaked: frozenset[str] = frozenset()


def gather(populations: Populations, chunk: Marks, into: Gathered, policy: Policy) -> None:
    """Weigh the stations of `chunk` (each complete) and add what is found to `into`."""
    tally(populations, chunk, into.tally, policy)
    marked = chunk.take(np.flatnonzero(np.isfinite(chunk.practical)))
    if not marked.practical.size:
        return
    location, _ = populations.practical.world.placement.at(marked.partition, marked.theory)
    mark = whole_points(marked.practical)
    for markers, code in ((into.assessors, marked.assessor), (into.sessions, marked.session)):
        markers.add(code, mark, mark - location, marked.seconds)


def refuse_hopeless(sample: Marks, policy: Policy) -> None:
    """Raise Refused where no comparison can be supported: too few stations or marks, no variance."""
    marked = np.isfinite(sample.practical)
    stations = np.unique(sample.station[marked]).size
    if stations < policy.min_stations:
        raise Refused(
            "too_few_stations", WORDING["too_few_stations"], found=stations, needed=policy.min_stations
        )
    if marked.sum() < policy.min_candidates:
        raise Refused(
            "too_few_candidates",
            WORDING["too_few_candidates"],
            found=int(marked.sum()),
            needed=policy.min_candidates,
        )
    sd = float(np.std(sample.practical[marked]))
    if sd < 1.0 or np.unique(sample.practical[marked]).size < 10:
        raise Refused("no_variance", WORDING["no_variance"], sd=sd)


def inspect(
    table: Table, parameters: Parameters, tell: Tell, papers: Papers | None = None
) -> tuple[list[Flag], dict[str, object]]:
    """All rows of the outcome, and a summary of the run (learned population, shares, power, what was not computed)."""
    populations = learn_from(table, parameters, tell)
    found = Gathered.empty(table.labels, timed="seconds" in table.has)
    done = 0
    for chunk in table.chunks(CHUNK):
        gather(populations, chunk, found, parameters.policy)
        done += chunk.station.size
        tell("weigh", done, table.total)
    return conclude(table, parameters, populations, found, tell, papers)


def learn_from(table: Table, parameters: Parameters, tell: Tell) -> Populations:
    """The honest populations from a sample of the table; raises Refused where no comparison can be supported."""
    sample = table.sample(parameters.sample_rows)
    refuse_hopeless(sample, parameters.policy)
    return learn_populations(sample, parameters.policy, tell)


def conclude(
    table: Table,
    parameters: Parameters,
    populations: Populations,
    found: Gathered,
    tell: Tell,
    papers: Papers | None = None,
) -> tuple[list[Flag], dict[str, object]]:
    """From what was gathered to flags; see `inspect`."""
    policy, labels = parameters.policy, table.labels
    names = {"station": labels.station, "assessor": labels.assessor, "session": labels.session}
    verdicts = judge(found.tally, policy, len(labels.station), len(labels.assessor), len(labels.session))
    can = _power_by_size(table.sample(parameters.sample_rows), populations, verdicts[0], policy)
    flags: list[Flag] = []
    for v in verdicts:
        for code, unit in enumerate(names[v.kind]):
            if unit:
                flags.append(_flag(v, code, unit, can, parameters, table, populations))
    flags += _remarks(table, populations, verdicts[0], parameters)
    unable: list[Unable] = []
    leaked = _of_papers(papers or Papers(), parameters, flags, unable, tell)
    _of_markers(table, parameters, found, flags, unable)
    tell("rings")
    meetings = table.meetings()
    if meetings:
        rings, why = judge_rings(meetings, labels.assessor, parameters.rule)
        flags += rings
        unable += why
    else:
        unable.append(Unable("ring", WORDING["rings_no_meetings"]))
    _of_time(table, parameters, populations, verdicts[0], flags, unable, tell)
    world = populations.practical.world
    summary: dict[str, object] = {
        "rows": table.total,
        "absent": table.absent,
        "fdr": policy.fdr,
        "cut": policy.cut,
        "station_effect_sd": round(world.effect_sd, 3),
        "digit_preference": round(world.heap[0] / sum(world.heap), 4),
        "compassion": round(world.mercy[0] / sum(world.mercy), 4),
        "power_sold40": {str(n): round(float(p), 3) for n, p in zip(SIZES, can, strict=True)},
        "leaked": leaked,
        "not_computed": [
            {"detector": u.detector, "zh": u.why.say("zh"), "en": u.why.say("en")} for u in dict.fromkeys(unable)
        ],
    }  # fmt: skip
    return flags, summary


SEED = 258
"""Of the draws behind reference distributions: the same answers give the same flags."""


def _of_papers(
    papers: Papers, parameters: Parameters, flags: list[Flag], unable: list[Unable], tell: Tell
) -> dict[str, list[str]]:
    """Rooms and candidates, from the answers; returns the items that alarmed by paper."""
    if not papers.sheets:
        unable += [Unable(d, WORDING["copying_no_answers"]) for d in ("copying", "misfit", "preknowledge")]
        return {}
    rng = np.random.default_rng(SEED)
    if papers.rooms:
        tell("rooms")
        rows, why = judge_rooms(
            papers.sheets, parameters.rule, rng, least=parameters.room_least, largest=parameters.room_largest
        )
        flags += rows
        unable += why
    else:
        unable.append(Unable("copying", WORDING["copying_no_rooms"]))
    tell("sheets")
    judged = judge_sheets(
        papers.sheets, parameters.rule, rng, least=parameters.sheets_least,
        leak_false_alarm=parameters.leak_false_alarm, suspects=papers.leaked,
    )  # fmt: skip
    flags += judged.flags
    unable += judged.unable
    return judged.leaked


def _of_markers(
    table: Table, parameters: Parameters, found: Gathered, flags: list[Flag], unable: list[Unable]
) -> None:
    """Habits of assessors and sessions."""
    labels = table.labels
    for markers, names, lacking in (
        (found.assessors, labels.assessor, "marks_no_assessor"),
        (found.sessions, labels.session, "marks_no_session"),
    ):
        if not any(names):
            unable += [Unable(d, WORDING[lacking]) for d in ("heaping", "identical", "hasty")]
            continue
        rows, why = judge_markers(
            markers, names, parameters.rule, cut=parameters.policy.cut, least=parameters.marks_least
        )
        flags += rows
        unable += why


def _of_time(
    table: Table,
    parameters: Parameters,
    populations: Populations,
    stations: Verdicts,
    flags: list[Flag],
    unable: list[Unable],
    tell: Tell,
) -> None:
    """Stations over their sittings; the most suspect ones are watched, the rest say nothing."""
    labels, lines = table.labels, []
    order = np.argsort(-stations.log_factor, kind="stable")[: parameters.watched]
    dated = False
    for done, code in enumerate(order):
        marks, _ = table.station(int(code))
        if marks.day is None:
            break
        dated = dated or bool((marks.day > 0).any())
        line = watch_station(labels.station[code], marks, labels.session, populations.practical.world)
        if line is not None:
            lines.append(line)
        tell("watch", done + 1, order.size)
    if not lines:
        unable.append(Unable("watch", WORDING["watch_too_short" if dated else "watch_no_dates"]))
        return
    flags += judge_onsets(lines, int((stations.size > 0).sum()), parameters.rule)


def _power_by_size(sample: Marks, populations: Populations, verdicts: Verdicts, policy: Policy) -> Floats:
    """Power against 40 % sold by size of station, at the threshold the list ended with."""
    marked = sample.take(np.flatnonzero(np.isfinite(sample.practical)))
    world = populations.practical.world
    location, scale = world.placement.at(marked.partition, marked.theory)
    grid = np.quantile(location, np.linspace(0.02, 0.98, 25))
    typical = np.full(grid.size, float(np.median(scale)))
    listed = verdicts.log_factor[verdicts.flagged]
    total = float(verdicts.weight.sum())
    prior = np.log(max(total, 1e-6)) - np.log1p(-min(total, 0.99))
    threshold = float(listed.min()) if listed.size else np.log(1 / policy.fdr) - prior
    return powers.power(world, grid, typical, np.ones(grid.size), SOLD, SIZES, threshold)


def _flag(
    v: Verdicts,
    code: int,
    unit: str,
    can: Floats,
    parameters: Parameters,
    table: Table,
    populations: Populations,
) -> Flag:
    size = int(v.size[code])
    column = v.columns[int(v.mechanism[code])]
    log_factor, posterior, flagged = (
        float(v.log_factor[code]),
        float(v.posterior[code]),
        bool(v.flagged[code]),
    )
    words = strength(log_factor, parameters.strength)
    if size == 0 and not flagged:
        return Flag(v.kind, unit, 0.0, posterior, False, "honest", words, filled("reason_no_marks"))
    family = family_of(column)
    mechanism = WORDING[f"mechanism_{family.value}"]
    part = WORDING[f"part_{column[0]}"]
    shown = family.value if flagged or log_factor > np.log(parameters.strength[0]) else "honest"
    if flagged and v.kind == "station":
        evidence = _evidence(table, populations, code, parameters.policy, column[0] == "theory")
        reason = filled(
            "reason_flagged",
            strength=words,
            mechanism=mechanism,
            part=part,
            n=size,
            cut=parameters.policy.cut,
            limit=WORDING["limit_station"],
            seen=int(evidence["over_seen"]),
            expected=evidence["over_expected"],
            below=int(evidence["under_seen"]),
            below_expected=evidence["under_expected"],
        )
        return Flag(v.kind, unit, log_factor, posterior, True, shown, words, reason, evidence)
    chance = float(np.interp(np.log(max(size, 1)), np.log(SIZES), can))
    if flagged or shown != "honest":
        reason = filled("reason_plain", strength=words, mechanism=mechanism, part=part, n=size)
    elif chance < parameters.power_floor:
        reason = filled("reason_cannot_tell", n=size, power=chance)
    else:
        reason = filled("reason_clear", n=size, power=chance)
    return Flag(v.kind, unit, log_factor, posterior, flagged, shown, words, reason)


def _evidence(
    table: Table, populations: Populations, code: int, policy: Policy, theory: bool
) -> dict[str, float]:
    marks, _ = table.station(code)
    here = marks.take(
        np.flatnonzero(np.isfinite(marks.practical) & (np.isfinite(marks.theory) | (not theory)))
    )
    unit: Ints = np.zeros(here.station.size, np.int64)
    if theory and populations.theory is not None:
        records, world = theory_records(here, unit), populations.theory.world
    else:
        records, world = practical_records(here, unit), populations.practical.world
    expected = expected_counts(records, locate(world, records), world)
    seen = np.bincount(records.mark, minlength=TOP + 1)
    return dict(around_the_cut(seen.tolist(), expected.tolist(), policy.cut))


def _remarks(table: Table, populations: Populations, v: Verdicts, parameters: Parameters) -> list[Flag]:
    """Candidates advised for a blind re-mark: likely lifted, in stations suspect and not yet certain."""
    policy = parameters.policy
    budget = int(parameters.remark_share * (table.total - table.absent))
    log_odds = special.logit(np.clip(v.posterior, 1e-12, 1 - 1e-9))
    suspects = np.flatnonzero(v.posterior > 0.1)
    suspects = suspects[np.argsort(-log_odds[suspects], kind="stable")][:40]
    mechanisms = populations.practical.mechanisms
    national = np.array([populations.practical.weight[j] for j in range(len(mechanisms))], dtype=np.float64)
    out: list[Flag] = []
    for code in suspects:
        if v.columns[int(v.mechanism[code])][0] == "theory":
            continue
        marks, names = table.station(int(code))
        rows = np.flatnonzero(np.isfinite(marks.practical))
        records = practical_records(marks.take(rows), np.zeros(rows.size, np.int64))
        world = populations.practical.world
        here = locate(world, records)
        chance = lifted(records, here, world, mechanisms)
        likely = np.array([m.family is v.columns[int(v.mechanism[code])][1].family for m in mechanisms])
        share = np.where(likely, national, 0.0)
        mean = chance @ (share / share.sum())
        chosen, baseline = choose(
            records.unit,
            log_odds[[code]],
            mean,
            records.mark,
            policy.cut,
            max(budget // max(suspects.size, 1), 1),
        )
        for row in np.flatnonzero(chosen & ~baseline & (mean > 0.3)):
            if names[rows[row]]:
                posterior = float(mean[row] * v.posterior[code])
                theory = float(np.nan_to_num(marks.theory[rows[row]]))
                reason = filled(
                    "reason_remark",
                    theory=theory,
                    practical=float(marks.practical[rows[row]]),
                    posterior=posterior,
                )
                out.append(
                    Flag(
                        "candidate",
                        names[rows[row]],
                        float(special.logit(np.clip(mean[row], 1e-9, 1 - 1e-9))),
                        posterior,
                        False,
                        "remark",
                        strength(float(v.log_factor[code]), parameters.strength),
                        reason,
                    )
                )
    listed = local_fdr_cut(np.array([1 - f.posterior for f in out]), policy.fdr) if out else ()
    return [replace(f, flagged=bool(sure)) for f, sure in zip(out, listed, strict=True)]
