"""Items of a paper over all its sittings: differential functioning, drift, leak. Part of a sitting's report."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chizheng.assessment.models import Session
from chizheng.kernel.errors import ChizhengError
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.quality.core.items import Effect, MantelHaenszel, logistic_dif, mantel_haenszel
from chizheng.quality.core.items.exposure import ItemPath, drifted, exposure
from chizheng.quality.models import AnswerSheet, Item, Paper

POINTS = 120
"""Points of a leak sum that are kept for the picture."""

SAID: dict[str, Wording] = {
    "dif": Wording(
        zh="“{item}”：水平相同时，{group}明显更难（差异 {value:+.1f}，C 级），请检查题干和情境是否偏向一方",
        en="'{item}': clearly harder for {group} of the same ability (delta {value:+.1f}, class C); look for bias",
    ),
    "drift": Wording(
        zh="“{item}”：与以往批次相比，同等水平的考生明显{way}（差异 {value:+.1f}，C 级），请核对题目、答案和教学变化",
        en="'{item}': clearly {way} than in earlier sittings at equal ability (delta {value:+.1f}, class C)",
    ),
    "leak": Wording(
        zh="“{item}”：疑似泄露，从监测的第 {at} 次使用起，答对的人（{seen:.0%}）多于其余题目所预期的（{expected:.0%}）；"
        "请暂停使用并核查考场和考生",
        en="'{item}': looks leaked from watched exposure {at} on: {seen:.0%} right where the other items let expect "
        "{expected:.0%}; stop using it and look at rooms and candidates",
    ),
}
_GROUPS = {"F": ("女性考生", "women"), "M": ("男性考生", "men")}
_WAYS = {True: ("更容易", "easier"), False: ("更难", "harder")}


@dataclass
class Watch:
    """Per item code what was found, findings to be told, and why a question could not be answered."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Answers:
    scores: NDArray[np.int8]
    sessions: NDArray[np.intp]
    sex: NDArray[np.str_]


def watch_paper(paper: Paper, session: Session) -> Watch:
    """Everything that can be said of a paper's items up to a sitting; what cannot is said with its reason."""
    items = list(Item.objects.filter(paper=paper))
    names = [i.code for i in items]
    on, place = session.exam_date, session.region
    answers = _answers(paper, session, [i.key for i in items])
    least = int(law().number("quality.item.least_group", on=on, place=place))
    out = Watch(items={n: {} for n in names}, findings={n: [] for n in names})
    out.summary["candidates"] = int(answers.scores.shape[0])
    _dif(out, answers, names, least)
    _drift(out, answers, names, least)
    _leak(out, answers, names, on, place, paper.pk)
    return out


def _answers(paper: Paper, session: Session, keys: list[str]) -> _Answers:
    """Answers to the paper in order of exam days, this sitting's last of its day; a blank counts as wrong."""
    on = session.exam_date
    most = int(law().number("quality.answers_most", on=on, place=session.region))
    rows = (
        AnswerSheet.objects.filter(paper=paper, registration__session__exam_date__lte=on)
        .order_by("-registration__session__exam_date", "-registration__session_id", "-registration_id")
        .values_list("chosen", "registration__session_id", "registration__person__sex")[:most]
    )
    found = list(rows)[::-1]
    chosen = np.array([r[0] for r in found], dtype="U2").reshape(len(found), len(keys))
    return _Answers(
        (chosen == np.asarray(keys, dtype="U2")).astype(np.int8),
        np.array([r[1] for r in found], dtype=np.intp),
        np.array([r[2] for r in found], dtype="U1"),
    )


def _dif(out: Watch, answers: _Answers, names: list[str], least: int) -> None:
    known = np.isin(answers.sex, ["M", "F"])
    focal = answers.sex[known] == "F"
    try:
        found = mantel_haenszel(answers.scores[known], names, focal, least_group=least)
        crossing = {r.item: r for r in logistic_dif(answers.scores[known], names, focal, least_group=least)}
    except ChizhengError as error:
        out.summary["dif"] = _refused(error)
        return
    out.summary["dif"] = {"women": int(focal.sum()), "men": int((~focal).sum())}
    for row in found:
        other = crossing[row.item]
        out.items[row.item]["dif"] = _figures(row) | {
            "logistic": other.effect.value, "gain": _number(other.gain), "p_both": _number(other.p),
        }  # fmt: skip
        if row.effect is Effect.C:
            group = _GROUPS["F" if row.delta < 0 else "M"]
            _tell(out, row.item, "dif", group, value=row.delta)


def _drift(out: Watch, answers: _Answers, names: list[str], least: int) -> None:
    try:
        recent, found = drifted(answers.scores, names, answers.sessions, least=least)
    except ChizhengError as error:
        out.summary["drift"] = _refused(error)
        return
    out.summary["drift"] = {"recent": recent, "earlier": int(answers.sessions.size) - recent}
    for row in found:
        out.items[row.item]["drift"] = _figures(row)
        if row.effect is Effect.C:
            _tell(out, row.item, "drift", _WAYS[row.delta > 0], value=row.delta)


def _leak(out: Watch, answers: _Answers, names: list[str], on: date, place: str, seed: int) -> None:
    def number(name: str) -> float:
        return float(law().value(name, on=on, place=place).value)  # type: ignore[arg-type]

    try:
        found = exposure(
            answers.scores, names, first=int(number("quality.leak.first")), most=int(number("quality.leak.most")),
            least_watched=int(number("quality.leak.least_watched")), false_alarm=number("quality.leak.false_alarm"),
            rng=np.random.default_rng(seed),
        )  # fmt: skip
    except ChizhengError as error:
        out.summary["leak"] = _refused(error)
        return
    out.summary["leak"] = {
        "baseline": found.baseline, "watched": found.watched, "false_alarm": number("quality.leak.false_alarm"),
    }  # fmt: skip
    for path in found.paths:
        out.items[path.item]["leak"] = _path(path, found.baseline)
        if path.alarm is not None:
            out.findings[path.item].append({
                "flag": "leak",
                **{
                    lang: SAID["leak"].say(
                        lang, item=path.item, at=path.alarm + 1, seen=path.seen, expected=path.expected
                    )
                    for lang in ("zh", "en")
                },
            })  # fmt: skip


def _path(path: ItemPath, baseline: int) -> dict[str, Any]:
    """The sum thinned for a picture; the highest point of each stretch is kept, so that no peak is lost."""
    edges = np.unique(np.linspace(0, path.path.size, POINTS + 1).astype(int))
    peaks = [a + int(np.argmax(path.path[a:b])) for a, b in pairwise(edges)]
    return {
        "limit": _number(path.limit), "alarm": path.alarm, "baseline": baseline,
        "expected": _number(path.expected), "seen": _number(path.seen),
        "path": [[int(n), round(float(path.path[n]), 3)] for n in peaks],
    }  # fmt: skip


def _figures(row: MantelHaenszel) -> dict[str, Any]:
    return {
        "delta": _number(row.delta), "se": _number(row.se_delta), "p": _number(row.p), "effect": row.effect.value,
    }  # fmt: skip


def _tell(out: Watch, item: str, flag: str, words: tuple[str, str], *, value: float) -> None:
    group = {"zh": words[0], "en": words[1]}
    out.findings[item].append({
        "flag": flag,
        **{
            lang: SAID[flag].say(lang, item=item, group=group[lang], way=group[lang], value=value)
            for lang in ("zh", "en")
        },
    })  # fmt: skip


def _refused(error: ChizhengError) -> dict[str, str]:
    return {"refused_zh": error.say("zh"), "refused_en": error.say("en")}


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
