"""Targeting 风险评分: which employers to visit, with reasons a clerk can say and an employer can answer.

What the register says comes first: the expected number of uncertified workers, corrected for how much of
what exists the register of the place holds (a gap in the register is not the employer's fault). A
logistic scorecard then weighs that together with other signals. At least a tenth of the visits is drawn at
random by a published seed; only these visits tell how good the score is.

How well it does, and its limits: docs/inspection/model-card.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from chizheng.inspection.core import logistic, lottery
from chizheng.inspection.core.intervals import Interval, ratio, share
from chizheng.inspection.core.wording import WORDING
from chizheng.kernel.errors import BadInput, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.types import Law

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MOST_REASONS = 5
FEWEST_LABELS = 100
SMALLEST_REASON = 0.1
"""Contributions to the log odds below this are not worth a sentence."""

SIGNALS: dict[str, tuple[Wording, Wording]] = {
    # signal -> (said when it raises the score, said when it lowers it)
    "evidence": (
        Wording(
            zh="{unmatched} 人（共 {posts} 个准入岗位）在登记库中查不到有效证书；"
            "按当地入库率折算，若确有违法约 {expected:.0f} 人无证",
            en="{unmatched} of {posts} workers in gated posts have no valid certificate in the register; "
            "corrected for the coverage of the place, about {expected:.0f} uncertified if it violates at all",
        ),
        Wording(
            zh="准入岗位人员的证书大多可以查到（{posts} 人中 {unmatched} 人未查到）",
            en="most certificates are found ({unmatched} of {posts} not)",
        ),
    ),
    "posts": (
        Wording(zh="准入岗位较多（{posts} 个）", en="many gated posts ({posts})"),
        Wording(zh="准入岗位较少（{posts} 个）", en="few gated posts ({posts})"),
    ),
    "complaints": (
        Wording(zh="近一年有 {value:.0f} 次投诉举报", en="{value:.0f} complaints in the last year"),
        Wording(zh="近一年没有或少有投诉举报", en="few or no complaints in the last year"),
    ),
    "past_violations": (
        Wording(zh="近三年查处 {value:.0f} 起", en="{value:.0f} violations in three years"),
        Wording(zh="近三年没有或少有查处记录", en="few or no violations in three years"),
    ),
    "years_unvisited": (
        Wording(zh="已 {value:.1f} 年未检查", en="not visited for {value:.1f} years"),
        Wording(zh="近期检查过（{value:.1f} 年前）", en="visited {value:.1f} years ago"),
    ),
    "turnover": (
        Wording(zh="人员流动大（年 {value:.0%}）", en="high turnover ({value:.0%} a year)"),
        Wording(zh="人员稳定（年流动 {value:.0%}）", en="stable staff ({value:.0%} turnover a year)"),
    ),
    "late_filings": (
        Wording(zh="{value:.0%} 的用工备案逾期", en="{value:.0%} of filings were late"),
        Wording(zh="用工备案及时（逾期 {value:.0%}）", en="filings in time ({value:.0%} late)"),
    ),
    "silent_ads": (
        Wording(
            zh="{value:.0f} 则招聘信息未写明资格要求", en="{value:.0f} advertisements name no qualification"
        ),
        Wording(zh="招聘信息写明了资格要求", en="advertisements name the qualification"),
    ),
    "agency_share": (
        Wording(zh="派遣用工占 {value:.0%}", en="{value:.0%} agency workers"),
        Wording(zh="派遣用工少（{value:.0%}）", en="few agency workers ({value:.0%})"),
    ),
    "letter_ignored": (
        Wording(zh="收到告知函后没有改正", en="nothing changed after a letter"),
        Wording(zh="没有未答复的告知函", en="no letter is unanswered"),
    ),
    "young": (
        Wording(zh="成立不满两年", en="founded less than two years ago"),
        Wording(zh="成立两年以上", en="founded two years ago or more"),
    ),
    "accidents": (
        Wording(zh="近三年有 {value:.0f} 起工伤", en="{value:.0f} accidents at work in three years"),
        Wording(zh="近三年没有或少有工伤", en="few or no accidents in three years"),
    ),
}
"""Every signal with its sentences. None is about persons: no sex, age, origin or health."""

GIVEN = tuple(s for s in SIGNALS if s not in ("evidence", "posts"))
_COUNTS = frozenset({"complaints", "past_violations", "silent_ads", "accidents"})


@dataclass(frozen=True)
class Employers:
    """A snapshot of employers as known at decision time; all arrays of length n.

    `place`: small number of the place coverage is estimated for. `posts`: filings in gated posts,
    `unmatched`: of these, found uncovered by screening. `signals`: one array for each name of GIVEN.
    """

    employer: Ints
    place: Ints
    posts: Ints
    unmatched: Ints
    signals: dict[str, Floats]

    def take(self, rows: npt.NDArray[np.intp]) -> Employers:
        return Employers(
            self.employer[rows],
            self.place[rows],
            self.posts[rows],
            self.unmatched[rows],
            {name: values[rows] for name, values in self.signals.items()},
        )


@dataclass(frozen=True)
class Visits:
    """Results of past visits: employers as they were then, what inspectors counted in gated posts.

    `uncertified`: workers without a certificate on paper or in the register. `certified`: workers with
    one; `registered`: of these, found in the register. `random`: was the visit drawn at random?
    """

    employers: Employers
    uncertified: Ints
    certified: Ints
    registered: Ints
    random: Bools

    @property
    def violating(self) -> Bools:
        found: Bools = self.uncertified > 0
        return found


@dataclass(frozen=True)
class Coverage:
    """The share of existing certificates that the register holds, by place and in the country.

    `clustering`: correlation of being registered between two certificates of one employer. They come from
    the same stations, so a gap hides many at once, and twenty unmatched workers say less than twenty times
    what one says.
    """

    by_place: Floats
    national: float
    clustering: float = 0.0


def coverage(visits: Visits, places: int) -> Coverage:
    """Estimate coverage from the random visits only: targeted ones were chosen for what was not registered.

    Places are drawn towards the national share in the measure their own data are thin (beta-binomial with
    moments; the prior weighs as much as the spread between places says, from 4 to 400 certificates).
    """
    rows = visits.random
    place = visits.employers.place[rows]
    n = np.bincount(place, visits.certified[rows], minlength=places)
    x = np.bincount(place, visits.registered[rows], minlength=places)
    if n.sum() == 0:
        return Coverage(np.full(places, 0.9), 0.9)  # nothing known: hardly any correction
    national = float(np.clip(x.sum() / n.sum(), 0.05, 0.995))
    seen = n > 0
    noise = national * (1 - national) / n[seen]
    spread = max(1e-6, float(np.average((x[seen] / n[seen] - national) ** 2 - noise, weights=n[seen])))
    prior = float(np.clip(national * (1 - national) / spread - 1, 4, 400))
    by_place = np.clip((x + prior * national) / (n + prior), 0.05, 0.995)
    return Coverage(by_place, national, _clustering(visits, rows, by_place))


def _clustering(visits: Visits, rows: Bools, by_place: Floats) -> float:
    """Moments: pairs of certificates of one employer, registered or not, around the share of the place."""
    q = by_place[visits.employers.place[rows]]
    n, x = visits.certified[rows].astype(np.float64), visits.registered[rows].astype(np.float64)
    pairs = n * (n - 1)
    if not pairs.any():
        return 0.0
    together = (x - n * q) ** 2 - n * q * (1 - q) - (1 - 2 * q) * (x - n * q)
    weight = np.minimum(1.0, 20.0 / np.maximum(n, 1.0))  # no giant decides alone
    return float(np.clip((weight * together).sum() / (weight * pairs * q * (1 - q)).sum(), 0.0, 0.9))


@dataclass(frozen=True)
class Scorecard:
    """A fitted score: everything needed to repeat it, and its fingerprint."""

    fit: logistic.Fit
    coverage: Coverage
    rate: float
    """Share of uncertified workers in gated posts of violating employers."""
    base: float
    """Share of violating employers among random visits."""

    @property
    def fingerprint(self) -> str:
        parts = (
            self.fit.mean,
            self.fit.scale,
            self.fit.beta,
            self.coverage.by_place,
            np.array([self.rate, self.base]),
        )
        return hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest()[:16]


@dataclass(frozen=True)
class Scores:
    """Frozen at decision: probability of a violation with its interval, expected uncertified workers."""

    employer: Ints
    probability: Floats
    low: Floats
    high: Floats
    workers: Floats
    fingerprint: str

    def take(self, rows: npt.NDArray[np.intp]) -> Scores:
        return Scores(
            self.employer[rows],
            self.probability[rows],
            self.low[rows],
            self.high[rows],
            self.workers[rows],
            self.fingerprint,
        )

    def order(self) -> npt.NDArray[np.intp]:
        """Positions, most urgent first; equal probabilities by expected workers, then by number."""
        ranked: npt.NDArray[np.intp] = np.lexsort((self.employer, -self.workers, -self.probability))
        return ranked


def train(visits: Visits, places: int, *, ridge: float = 1.0) -> Scorecard:
    """Fit the scorecard on past visits; raises BadInput where they are too few or all of one kind.

    Ranking learns from all visits; coverage and base rate, which bias would spoil, from the random ones.
    """
    found = visits.violating
    if len(found) < FEWEST_LABELS or found.all() or not found.any():
        raise BadInput("too_few_labels", WORDING["too_few_labels"], count=len(found), needed=FEWEST_LABELS)
    covered = coverage(visits, places)
    posts = visits.employers.posts[found]
    rate = float(np.clip(visits.uncertified[found].sum() / max(1, posts.sum()), 0.02, 0.98))
    drawn = visits.random
    base = float(found[drawn].mean()) if drawn.any() else float(found.mean())
    fitted = logistic.fit(_features(visits.employers, covered, rate), found, ridge=ridge)
    return Scorecard(fitted, covered, rate, base)


def evidence(employers: Employers, covered: Coverage, rate: float) -> Floats:
    """How much likelier the register's answer is for a violator than for a clean employer, in log odds.

    For a clean employer an unmatched worker is a gap of the register, 1 - q of its place; for a violator
    a share `rate` has no certificate at all. Divided by the design effect of clustering (Kish 1965), and
    bounded, so that no count decides alone.
    """
    q = covered.by_place[employers.place]
    u, n = employers.unmatched, employers.posts
    likelier = u * np.log((rate + (1 - rate) * (1 - q)) / (1 - q)) + (n - u) * np.log1p(-rate)
    bounded: Floats = np.clip(likelier / (1 + (np.maximum(n, 1) - 1) * covered.clustering), -8.0, 8.0)
    return bounded


def expected_workers(employers: Employers, covered: Coverage, rate: float) -> Floats:
    """Expected uncertified workers if the employer violates: unmatched ones less the register's gaps."""
    q = covered.by_place[employers.place]
    expected: Floats = employers.unmatched * rate / (rate + (1 - rate) * (1 - q))
    return expected


def _features(employers: Employers, covered: Coverage, rate: float) -> Floats:
    columns = [evidence(employers, covered, rate), np.log1p(employers.posts)]
    for name in GIVEN:
        values = employers.signals[name]
        columns.append(np.log1p(values) if name in _COUNTS else values)
    return np.column_stack(columns)


def score(card: Scorecard, employers: Employers) -> Scores:
    """Score a snapshot; 95 % intervals are those of the model, not of the world."""
    x = _features(employers, card.coverage, card.rate)
    eta, spread = card.fit.predict(x)
    probability, low, high = (1 / (1 + np.exp(-(eta + z * spread))) for z in (0.0, -1.96, 1.96))
    workers = probability * expected_workers(employers, card.coverage, card.rate)
    return Scores(employers.employer, probability, low, high, workers, card.fingerprint)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a signal, what it adds to the log odds (below 0: for the employer), its sentence's values."""

    signal: str
    weight: float
    params: dict[str, object]

    def say(self, lang: str = "zh") -> str:
        raising, lowering = SIGNALS[self.signal]
        return (raising if self.weight > 0 else lowering).say(lang, **self.params)


def reasons(card: Scorecard, employers: Employers, row: int) -> list[Reason]:
    """At most five reasons for one employer, the weightiest first."""
    one = employers.take(np.array([row], dtype=np.intp))
    weights = card.fit.contributions(_features(one, card.coverage, card.rate))[0]
    found = []
    for name, weight in zip(SIGNALS, weights, strict=True):
        if abs(weight) < SMALLEST_REASON:
            continue
        values: dict[str, object] = {
            "posts": int(one.posts[0]),
            "unmatched": int(one.unmatched[0]),
            "expected": float(expected_workers(one, card.coverage, card.rate)[0]),
        }
        if name in one.signals:
            values["value"] = float(one.signals[name][0])
        found.append(Reason(name, float(weight), values))
    return sorted(found, key=lambda r: -abs(r.weight))[:MOST_REASONS]


@dataclass(frozen=True)
class Plan:
    """Visits decided: positions in the snapshot, random ones apart, and what makes the list repeatable."""

    random: npt.NDArray[np.intp]
    targeted: npt.NDArray[np.intp]
    seed: str
    fingerprint: str


def coverage_groups(card: Scorecard, employers: Employers) -> Ints:
    """Each employer's third by coverage of its place: 0 the worst covered, 2 the best."""
    covered = card.coverage.by_place[employers.place]
    low, high = np.quantile(covered, [1 / 3, 2 / 3])
    third: Ints = (covered > low).astype(np.int64) + (covered > high)
    return third


def even_handed(scores: Scores, visits: int, groups: Ints) -> npt.NDArray[np.intp]:
    """Positions of the `visits` most urgent employers, most urgent first, under one condition: a clean
    employer has the same expected chance of a visit in every group. So each group has its own threshold.
    """
    ranked = scores.order()
    visits = min(visits, len(ranked))
    if visits == 0:  # nobody is asked for, or the random arm has taken everybody
        return ranked[:0]
    share_so_far = np.empty(len(ranked))
    for group in np.unique(groups):
        inside = ranked[groups[ranked] == group]
        clean = np.cumsum(1.0 - scores.probability[inside])
        share_so_far[inside] = clean / clean[-1]
    level = np.lexsort((scores.employer, share_so_far))[:visits]
    chosen = np.zeros(len(ranked), dtype=bool)
    chosen[level] = True
    return ranked[chosen[ranked]]


def plan(
    scores: Scores,
    groups: Ints,
    visits: int,
    *,
    seed: str,
    random_share: float,
    law: Law,
    on: date,
    place: str = "",
) -> Plan:
    """Choose `visits` employers: a random share of all by the published seed, the others by score.

    The random arm is drawn from all employers, before and without regard to the score. The others are the
    most urgent, even-handed between `groups` (see `coverage_groups`). Raises Refused if the random share
    is below the law's, BadInput for no visits.
    """
    if visits < 1:
        raise BadInput("no_visits", WORDING["no_visits"], visits=visits)
    least = law.value("inspection.random_share_min", on=on, place=place)
    if random_share < float(str(least.value)):
        raise Refused(
            "too_few_random",
            WORDING["too_few_random"],
            share=random_share,
            least=least.value,
            clause=least.citation.say(),
        )
    drawn = lottery.lowest(f"visits:{seed}", scores.employer, int(np.ceil(random_share * visits)))
    taken = np.zeros(len(scores.employer), dtype=bool)
    taken[drawn] = True
    left = np.flatnonzero(~taken)
    targeted = left[even_handed(scores.take(left), max(0, visits - len(drawn)), groups)]
    seal = hashlib.sha256()
    for part in (scores.employer, scores.probability, scores.employer[drawn], scores.employer[targeted]):
        seal.update(np.ascontiguousarray(part).tobytes())
    seal.update(f"{seed} {scores.fingerprint}".encode())
    return Plan(drawn, targeted, seed, seal.hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class Lift:
    """How much more often targeted visits find something than random ones, with intervals."""

    targeted: Interval
    random: Interval
    lift: Interval


def lift(found: Bools, random: Bools) -> Lift:
    """Lift of the targeted visits over the random arm of the same round."""
    counts = (int(found[~random].sum()), int((~random).sum()), int(found[random].sum()), int(random.sum()))
    return Lift(share(*counts[:2]), share(*counts[2:]), ratio(*counts))


def fairness(chosen: Bools, clean: Bools, covered: Floats) -> Interval:
    """Visits to clean employers: their share in the worst covered third of employers over that in the best.

    `covered`: coverage of each employer's place. 1 is even-handed; the house accepts up to 1.5.
    """
    low, high = np.quantile(covered, [1 / 3, 2 / 3])
    worst, best = clean & (covered <= low), clean & (covered >= high)
    return ratio(int(chosen[worst].sum()), int(worst.sum()), int(chosen[best].sum()), int(best.sum()))
