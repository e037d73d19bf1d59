"""Pictures of a paper and its items as Vega-Lite specifications: plain dictionaries with their numbers.

The portal renders them; nothing here draws. Each picture answers one question of an author or a centre.
Labels are Wordings said in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chizheng.kernel.wording import Wording
from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.items import ItemFigures, OptionTable
from chizheng.quality.core.raters import FacetFit

Spec = dict[str, Any]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"

LABELS: Mapping[str, Wording] = {
    "items_title": Wording(zh="试题难度与区分度", en="Difficulty and discrimination of the items"),
    "difficulty": Wording(zh="得分率（越大越易）", en="share of points (larger is easier)"),
    "discrimination": Wording(
        zh="区分度（与其余题目的相关）", en="discrimination (correlation with the rest)"
    ),
    "options_title": Wording(
        zh="“{item}”各选项随水平的变化（答案 {key}）", en="'{item}': choices by ability (key {key})"
    ),
    "fifth": Wording(zh="水平五等分（1 最低）", en="fifth of ability (1 lowest)"),
    "share": Wording(zh="选择比例", en="share choosing it"),
    "option": Wording(zh="选项", en="option"),
    "scores_title": Wording(zh="总分分布与合格线", en="Scores and the cut"),
    "score": Wording(zh="总分", en="score"),
    "candidates": Wording(zh="人数", en="candidates"),
    "error_title": Wording(zh="各分数处的测量误差", en="Error of measurement along the scores"),
    "error": Wording(zh="标准误（分）", en="standard error (points)"),
    "curve_title": Wording(zh="“{item}”：模型与实际", en="'{item}': model and observed"),
    "ability": Wording(zh="能力", en="ability"),
    "expected": Wording(zh="期望得分率", en="expected share of points"),
    "severity_title": Wording(zh="考评员严厉度（95% 区间）", en="Severity of assessors (95 % interval)"),
    "severity": Wording(zh="严厉度（logit，右为严）", en="severity (logit, right is severe)"),
    "set": Wording(zh="互通组", en="linked set"),
}


def _label(code: str, lang: str, **params: object) -> str:
    return LABELS[code].say(lang, **params)


def _spec(title: str, rows: Sequence[Mapping[str, object]], **rest: object) -> Spec:
    return {"$schema": _SCHEMA, "title": title, "data": {"values": list(rows)}, **rest}


def _axis(field: str, kind: str, title: str, **rest: object) -> Spec:
    return {"field": field, "type": kind, "title": title, **rest}


def items_picture(figures: ItemFigures, *, flagged: Sequence[str] = (), lang: str = "zh") -> Spec:
    """Which items are too easy, too hard or weak: one point an item, flagged ones marked and named."""
    marked = set(flagged)
    rows = [
        {"item": n, "p": round(float(p), 4), "r": round(float(r), 4), "flagged": n in marked}
        for n, p, r in zip(figures.names, figures.difficulty, figures.discrimination, strict=True)
        if np.isfinite(p) and np.isfinite(r)
    ]
    x = _axis("p", "quantitative", _label("difficulty", lang), scale={"domain": [0, 1]})
    y = _axis("r", "quantitative", _label("discrimination", lang))
    colour = {"condition": {"test": "datum.flagged", "value": "#c0392b"}, "value": "#2c6e9b"}
    return _spec(
        _label("items_title", lang),
        rows,
        layer=[
            {
                "mark": {"type": "point", "filled": True, "size": 50, "tooltip": True},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "transform": [{"filter": "datum.flagged"}],
                "mark": {"type": "text", "dy": -9},
                "encoding": {"x": x, "y": y, "text": {"field": "item"}},
            },
        ],
    )


def options_picture(table: OptionTable, *, lang: str = "zh") -> Spec:
    """Do abler candidates choose the key more, and every distractor less? The key is drawn solid."""
    rows = [
        {
            "option": option, "fifth": fifth + 1, "share": round(float(table.shares[k, fifth]), 4),
            "key": option == table.key,
        }
        for k, option in enumerate(table.options)
        for fifth in range(table.shares.shape[1])
        if np.isfinite(table.shares[k, fifth])
    ]  # fmt: skip
    return _spec(
        _label("options_title", lang, item=table.item, key=table.key),
        rows,
        width=260,
        mark={"type": "line", "point": True, "tooltip": True},
        encoding={
            "x": _axis("fifth", "ordinal", _label("fifth", lang), axis={"labelAngle": 0}),
            "y": _axis("share", "quantitative", _label("share", lang), axis={"format": "%"}),
            "color": _axis("option", "nominal", _label("option", lang)),
            "strokeDash": {
                "condition": {"test": "datum.key", "value": [1, 0]},
                "value": [4, 3],
            },
        },
    )


def scores_picture(totals: NDArray[np.number[Any]], cut: float, *, lang: str = "zh") -> Spec:
    """Where the candidates are about the cut: a bar a score, the cut as a line just below it."""
    values, counts = np.unique(np.asarray(totals), return_counts=True)
    rows = [{"score": float(v), "n": int(n)} for v, n in zip(values, counts, strict=True)]
    return _spec(
        _label("scores_title", lang),
        rows,
        layer=[
            {
                "mark": {"type": "bar", "tooltip": True},
                "encoding": {
                    "x": _axis("score", "quantitative", _label("score", lang)),
                    "y": _axis("n", "quantitative", _label("candidates", lang)),
                    "color": {
                        "condition": {"test": f"datum.score >= {float(cut)}", "value": "#2c6e9b"},
                        "value": "#b0b7bd",
                    },
                },
            },
            {
                "mark": {"type": "rule", "color": "#c0392b", "strokeDash": [4, 3]},
                "encoding": {"x": {"datum": float(cut) - 0.5}},
            },
        ],
    )


def error_picture(bank: ItemBank, cut: float, *, lang: str = "zh") -> Spec:
    """How precise the paper is at each score, above all at the cut."""
    theta = np.linspace(-4, 4, 81)
    rows = [
        {"score": round(float(s), 3), "error": round(float(e), 4)}
        for s, e in zip(bank.expected_score(theta), bank.score_deviation(theta), strict=True)
    ]
    return _spec(
        _label("error_title", lang),
        rows,
        layer=[
            {
                "mark": {"type": "line", "tooltip": True},
                "encoding": {
                    "x": _axis("score", "quantitative", _label("score", lang)),
                    "y": _axis("error", "quantitative", _label("error", lang), scale={"zero": True}),
                },
            },
            {
                "mark": {"type": "rule", "color": "#c0392b", "strokeDash": [4, 3]},
                "encoding": {"x": {"datum": float(cut)}},
            },
        ],
    )


def curve_picture(
    bank: ItemBank, item: str, scores: NDArray[np.int8], theta: NDArray[np.float64], *, lang: str = "zh"
) -> Spec:
    """Does the model describe the item? Its curve, and the mean score of candidates grouped by ability.

    `scores` of this item (persons,), -1 missing; `theta` the candidates' abilities.
    """
    j = bank.names.index(item)
    top = int(bank.top[j])
    at = np.linspace(-3.5, 3.5, 71)
    model = bank.chosen(np.array([j])).expected_score(at) / top
    rows: list[dict[str, object]] = [
        {"theta": round(float(t), 3), "share": round(float(m), 4), "kind": "model"}
        for t, m in zip(at, model, strict=True)
    ]
    use = (scores >= 0) & np.isfinite(theta)
    if use.any():
        edges = np.unique(np.quantile(theta[use], np.linspace(0, 1, 11)))
        place = np.clip(np.searchsorted(edges, theta[use], side="right") - 1, 0, max(edges.size - 2, 0))
        for k in np.unique(place):
            inside = place == k
            rows.append(
                {
                    "theta": round(float(theta[use][inside].mean()), 3),
                    "share": round(float(scores[use][inside].mean()) / top, 4),
                    "kind": "seen",
                    "n": int(inside.sum()),
                }
            )
    x = _axis("theta", "quantitative", _label("ability", lang))
    y = _axis("share", "quantitative", _label("expected", lang), scale={"domain": [0, 1]})
    return _spec(
        _label("curve_title", lang, item=item),
        rows,
        layer=[
            {
                "transform": [{"filter": f"datum.kind == '{kind}'"}],
                "mark": mark,
                "encoding": {"x": x, "y": y},
            }
            for kind, mark in (
                ("model", {"type": "line"}),
                ("seen", {"type": "point", "filled": True, "tooltip": True}),
            )
        ],
    )


def severity_picture(fit: FacetFit, *, lang: str = "zh", most: int = 60) -> Spec:
    """Who marks severely or leniently, beyond chance; the `most` furthest from average, most severe first.

    Assessors of different linked sets carry different colours: they cannot be compared.
    """
    far = np.argsort(-np.abs(fit.severity), kind="stable")[:most]
    order = far[np.argsort(-fit.severity[far], kind="stable")]
    rows = [
        {
            "assessor": fit.ratings.assessors[r],
            "severity": round(float(fit.severity[r]), 4),
            "low": round(float(fit.severity[r] - 1.96 * fit.se_severity[r]), 4),
            "high": round(float(fit.severity[r] + 1.96 * fit.se_severity[r]), 4),
            "set": int(fit.sets[r]) + 1,
        }
        for r in order
    ]
    y: Spec = {"field": "assessor", "type": "nominal", "title": None, "sort": None}
    colour = _axis("set", "nominal", _label("set", lang))
    return _spec(
        _label("severity_title", lang),
        rows,
        layer=[
            {
                "mark": {"type": "rule"},
                "encoding": {
                    "y": y,
                    "x": _axis("low", "quantitative", _label("severity", lang)),
                    "x2": {"field": "high"},
                    "color": colour,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "tooltip": True},
                "encoding": {
                    "y": y,
                    "x": _axis("severity", "quantitative", _label("severity", lang)),
                    "color": colour,
                },
            },
        ],
    )
