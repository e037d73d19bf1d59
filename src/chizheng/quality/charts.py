"""Pictures on quality's pages: specifications from `core.report` and of stored figures, drawn as SVG."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
from django.utils.safestring import SafeString, mark_safe

from chizheng.kernel.wording import Wording
from chizheng.platform.faults import language
from chizheng.platform.io.charts import svg
from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.items import ItemFigures, OptionTable
from chizheng.quality.core.report import (
    error_picture,
    items_picture,
    options_picture,
    scores_picture,
    severity_picture,
)
from chizheng.quality.models import (
    Calibration,
    CutPanel,
    Flag,
    ItemParameter,
    ItemReport,
    RaterRecord,
    SittingReport,
)
from chizheng.quality.usecases.calibrate_paper import stored_items
from chizheng.quality.usecases.raters import RaterReport

_WORDS = {
    "marks_title": Wording(zh="{part}成绩分布与合格线", en="{part}: marks and the cut"),
    "mark": Wording(zh="成绩", en="mark"),
    "people": Wording(zh="人数", en="candidates"),
    "seen_title": Wording(zh="合格线附近：实际与预期", en="Around the cut: seen and expected"),
    "seen": Wording(zh="实际", en="seen"),
    "expected": Wording(zh="预期（正常评分）", en="expected (honest marking)"),
    "what": Wording(zh="图例", en="legend"),
    "rank_title": Wording(zh="各鉴定站评分失真的后验概率", en="Probability that a station bends marks"),
    "posterior": Wording(zh="后验概率", en="posterior probability"),
    "station": Wording(zh="鉴定站", en="station"),
    "error_title": Wording(zh="各分数处的测量误差", en="Error of measurement along the scores"),
    "raw": Wording(zh="原始分（答对题数）", en="raw score (items right)"),
    "error": Wording(zh="标准误（题）", en="standard error (items)"),
    "leak_title": Wording(zh="泄露监测：累计证据", en="Leak watch: evidence added up"),
    "exposure": Wording(zh="标定之后的第几次使用", en="exposure after calibration"),
    "evidence": Wording(zh="累计和", en="running sum"),
    "dif_title": Wording(zh="男女差异（ETS Δ，95% 区间）", en="Women and men (ETS delta, 95 % interval)"),
    "drift_title": Wording(
        zh="与以往批次相比（ETS Δ，95% 区间）", en="Against earlier sittings (ETS delta, 95 %)"
    ),
    "delta": Wording(zh="Δ：负为更难", en="delta: negative is harder"),
    "history_title": Wording(zh="历次使用的得分率", en="Share right, sitting by sitting"),
    "parameters_title": Wording(
        zh="题目难度与区分度（95% 区间）", en="Difficulty and slope of the items (95 %)"
    ),
    "difficulty_b": Wording(zh="难度 b（右为难）", en="difficulty b (right is harder)"),
    "order": Wording(zh="由易到难的次序", en="place from easy to hard"),
    "order_title": Wording(zh="题目难度（95% 区间）", en="Difficulty of the items (95 %)"),
    "slope_a": Wording(zh="区分度 a", en="slope a"),
    "anchors_title": Wording(zh="锚题难度：两次标定比较", en="Anchors: difficulty in both calibrations"),
    "there": Wording(zh="基准标定的难度", en="difficulty in the base"),
    "here": Wording(zh="本次标定的难度（已换算）", en="difficulty here, on the base scale"),
    "cuts_title": Wording(zh="各位专家的合格线", en="Cuts of the judges"),
    "cut_items": Wording(zh="合格线（题数）", en="cut (items)"),
    "groups_title": Wording(zh="两组考生的得分", en="Scores of the two groups"),
    "masters": Wording(zh="评定达到", en="judged masters"),
    "others": Wording(zh="评定未达到", en="judged not masters"),
    "own_title": Wording(zh="您的严厉度（95% 区间）", en="Your severity (95 % interval)"),
    "month": Wording(zh="月份", en="month"),
    "severity": Wording(zh="严厉度（上为严，0 为平均）", en="severity (up is severe, 0 is average)"),
    "item_place": Wording(zh="题号", en="place in the paper"),
    "share": Wording(zh="得分率", en="share right"),
    "day": Wording(zh="考试日期", en="exam day"),
    "theory": Wording(zh="理论知识", en="Theory"),
    "practice": Wording(zh="操作技能", en="Practice"),
    "review": Wording(zh="综合评审", en="Review"),
}
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_CUT = {"type": "rule", "strokeDash": [4, 3], "color": "#c0392b"}
_ONCE: dict[str, Any] = {"values": [{}]}
BELOW, ABOVE = 20, 25
"""Points shown below and above the cut."""


def _said(code: str, **params: object) -> str:
    return _WORDS[code].say(language(), **params)


_STACK = "'Noto Sans SC', system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


@lru_cache(maxsize=256)
def _svg(text: str) -> str:
    """Drawn once a process; on a machine without the typeface the reader's own is taken."""
    return svg(json.loads(text)).replace('font-family="Noto Sans SC"', f'font-family="{_STACK}"')


def drawn(spec: dict[str, Any]) -> SafeString:
    whole = json.dumps({"width": 520, "height": 260, **spec}, ensure_ascii=False, sort_keys=True)
    return mark_safe(_svg(whole))  # noqa: S308 - drawn by us from numbers; texts are escaped by the renderer


def part_marks(report: SittingReport, part: str) -> SafeString:
    """Distribution of one part's marks, the cut as a line."""
    figures = report.figures[part]
    values = np.repeat([int(m) for m in figures["counts"]], [int(n) for n in figures["counts"].values()])
    spec = scores_picture(values, report.figures["cut"], lang=language())
    return drawn({**spec, "title": _said("marks_title", part=_said(part)), "width": 420, "height": 200})


def paper_totals(report: SittingReport) -> SafeString:
    """Distribution of raw totals of the paper."""
    paper = report.figures["paper"]
    values = np.repeat([int(v) for v in paper["totals"]], [int(n) for n in paper["totals"].values()])
    return drawn({**scores_picture(values, paper["cut"], lang=language()), "width": 420, "height": 200})


def paper_items(rows: list[ItemReport]) -> SafeString:
    """Difficulty against discrimination, items that deserve a look named."""
    figures = ItemFigures(
        tuple(r.item.code for r in rows),
        np.array([r.answered for r in rows]),
        np.ones(len(rows), dtype=np.intp),
        np.array([np.nan if r.difficulty is None else r.difficulty for r in rows]),
        np.array([np.nan if r.discrimination is None else r.discrimination for r in rows]),
        np.zeros(len(rows)),
        np.zeros(len(rows)),
    )
    marked = [r.item.code for r in rows if any(f["flag"] != "few" for f in r.findings)]
    return drawn(items_picture(figures, flagged=marked, lang=language()))


def paper_errors(report: SittingReport) -> SafeString:
    """How far a raw score may lie from the true one, by score; the cut as a line."""
    paper = report.figures["paper"]
    rows = [{"s": n, "e": e} for n, e in enumerate(paper["csem"]) if e is not None]
    x = {"field": "s", "type": "quantitative", "title": _said("raw")}
    y = {"field": "e", "type": "quantitative", "title": _said("error"), "scale": {"zero": True}}
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said("error_title"), "data": {"values": rows}, "width": 420, "height": 200,
            "layer": [
                {"mark": {"type": "line", "color": "#2c6e9b"}, "encoding": {"x": x, "y": y}},
                {"mark": _CUT, "encoding": {"x": {"datum": paper["cut"] - 0.5}}},
            ],
        }
    )  # fmt: skip


def paper_deltas(rows: list[ItemReport], kind: str) -> SafeString:
    """`dif` or `drift` of every item with its interval; class C in red, and named."""
    values = [
        {
            "n": r.item.position, "c": r.item.code, "d": f["delta"], "l": f["delta"] - 1.96 * f["se"],
            "h": f["delta"] + 1.96 * f["se"], "e": f["effect"],
        }
        for r in rows
        if (f := r.watch.get(kind)) and f["delta"] is not None and f["se"] is not None
    ]  # fmt: skip
    if not values:
        return mark_safe("")
    x = {"field": "n", "type": "quantitative", "title": _said("item_place"), "scale": {"nice": False}}
    colour = {"condition": {"test": "datum.e === 'C'", "value": "#a8271d"}, "value": "#2c6e9b"}
    y = {"type": "quantitative", "title": _said("delta")}
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said(f"{kind}_title"), "data": {"values": values}, "height": 220,
            "layer": [
                {"mark": {"type": "rule", "color": "#b0b7bd"}, "encoding": {"y": {"datum": 0}}},
                {
                    "mark": "rule",
                    "encoding": {"x": x, "y": {"field": "l", **y}, "y2": {"field": "h"}, "color": colour},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 40},
                    "encoding": {"x": x, "y": {"field": "d", **y}, "color": colour},
                },
                {
                    "transform": [{"filter": "datum.e === 'C'"}],
                    "mark": {"type": "text", "dy": -12, "color": "#a8271d"},
                    "encoding": {"x": x, "y": {"field": "h", **y}, "text": {"field": "c"}},
                },
            ],
        }
    )  # fmt: skip


def item_leak(row: ItemReport) -> SafeString:
    """The leak sum over exposures and its limit."""
    leak = row.watch.get("leak")
    if not leak:
        return mark_safe("")
    values = [{"n": n + 1, "v": v} for n, v in leak["path"]]
    x = {"field": "n", "type": "quantitative", "title": _said("exposure"), "scale": {"nice": False}}
    y = {"field": "v", "type": "quantitative", "title": _said("evidence"), "scale": {"zero": True}}
    colour = "#2c6e9b" if leak["alarm"] is None else "#a8271d"
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said("leak_title"), "data": {"values": values}, "width": 420, "height": 200,
            "layer": [
                {"mark": {"type": "line", "color": colour}, "encoding": {"x": x, "y": y}},
                {"mark": _CUT, "encoding": {"y": {"datum": leak["limit"]}}},
            ],
        }
    )  # fmt: skip


def item_history(rows: list[ItemReport]) -> SafeString:
    """Share right of an item over the sittings that used it, with its 95 % interval."""
    values = []
    for r in rows:
        if r.difficulty is not None and r.answered:
            reach = 1.96 * (r.difficulty * (1 - r.difficulty) / r.answered) ** 0.5
            values.append({
                "d": f"{r.report.session.exam_date:%Y-%m-%d}", "p": r.difficulty, "l": max(r.difficulty - reach, 0),
                "h": min(r.difficulty + reach, 1),
            })  # fmt: skip
    if len(values) < 2:
        return mark_safe("")
    x = {"field": "d", "type": "ordinal", "title": _said("day"), "axis": {"labelAngle": -40}}
    y = {
        "type": "quantitative",
        "title": _said("share"),
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%"},
    }
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said("history_title"), "data": {"values": values}, "width": 420, "height": 200,
            "layer": [
                {
                    "mark": {"type": "rule", "color": "#8fa9b8"},
                    "encoding": {"x": x, "y": {"field": "l", **y}, "y2": {"field": "h"}},
                },
                {"mark": {"type": "line", "point": True, "color": "#2c6e9b"}, "encoding": {"x": x, "y": {"field": "p", **y}}},
            ],
        }
    )  # fmt: skip


def parameters(rows: list[ItemParameter]) -> SafeString:
    """Slope (or, where all slopes are one, place in order) against difficulty; items that do not fit in red, named."""
    alike = len({p.slope for p in rows}) == 1
    order = {p.pk: n for n, p in enumerate(sorted(rows, key=lambda p: p.difficulty), 1)}
    values = [
        {
            "c": p.item.code, "b": p.difficulty, "a": order[p.pk] if alike else p.slope, "f": bool(p.fit.get("bad")),
            "l": p.difficulty - 1.96 * (p.se_difficulty or 0), "h": p.difficulty + 1.96 * (p.se_difficulty or 0),
        }
        for p in rows
        if abs(p.difficulty) < 6
    ]  # fmt: skip
    x = {"type": "quantitative", "title": _said("difficulty_b")}
    y = {"field": "a", "type": "quantitative", "title": _said("order" if alike else "slope_a")}
    colour = {"condition": {"test": "datum.f", "value": "#a8271d"}, "value": "#2c6e9b"}
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said("order_title" if alike else "parameters_title"), "data": {"values": values},
            "layer": [
                {"mark": {"type": "rule", "opacity": 0.4}, "encoding": {"x": {"field": "l", **x}, "x2": {"field": "h"}, "y": y, "color": colour}},
                {"mark": {"type": "point", "filled": True, "size": 45}, "encoding": {"x": {"field": "b", **x}, "y": y, "color": colour}},
                {
                    "transform": [{"filter": "datum.f"}], "mark": {"type": "text", "dy": -9},
                    "encoding": {"x": {"field": "b", **x}, "y": y, "text": {"field": "c"}},
                },
            ],
        }
    )  # fmt: skip


def measurement(row: Calibration, cut: int | None) -> SafeString:
    """How precise the paper is at each score; the adopted cut, or the share the pass mark asks for."""
    items = stored_items(row)
    if not items:
        return mark_safe("")
    at = cut if cut is not None else len(items) * 0.6
    return drawn({**error_picture(ItemBank.of(items), at, lang=language()), "width": 420, "height": 200})


def anchors(row: Calibration) -> SafeString:
    """Anchors in both calibrations; those that left are red and named."""
    values = [{**a, "out": bool(a["why"])} for a in row.link["anchors"]]
    ends = [a[k] for a in values for k in ("here", "there")]
    line = [{"here": v, "there": v} for v in (min(ends), max(ends))]
    x = {"field": "there", "type": "quantitative", "title": _said("there")}
    y = {"field": "here", "type": "quantitative", "title": _said("here")}
    colour = {"condition": {"test": "datum.out", "value": "#a8271d"}, "value": "#2c6e9b"}
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said("anchors_title"), "width": 340, "height": 300,
            "layer": [
                {"data": {"values": line}, "mark": {"type": "line", "color": "#b0b7bd"}, "encoding": {"x": x, "y": y}},
                {"data": {"values": values}, "mark": {"type": "point", "filled": True, "size": 50}, "encoding": {"x": x, "y": y, "color": colour}},
                {
                    "data": {"values": [v for v in values if v["out"]]}, "mark": {"type": "text", "dy": 14, "color": "#a8271d"},
                    "encoding": {"x": x, "y": y, "text": {"field": "item"}},
                },
            ],
        }
    )  # fmt: skip


def panel_cuts(row: CutPanel) -> SafeString:
    """Each judge's cut, the mean with its interval as a band, the proposed or adopted cut as a line."""
    r = row.result
    x = {"type": "quantitative", "title": _said("cut_items"), "scale": {"zero": False}}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"l": r["low"], "h": r["high"]}]}, "mark": {"type": "rect", "color": "#dce8ee"},
            "encoding": {"x": {"field": "l", **x}, "x2": {"field": "h"}},
        },
        {
            "data": {"values": r["judges"]}, "mark": {"type": "point", "filled": True, "size": 60, "color": "#2c6e9b"},
            "encoding": {"x": {"field": "cut", **x}, "y": {"field": "name", "type": "nominal", "title": None, "sort": None}},
        },
        {"data": _ONCE, "mark": {"type": "rule", "color": "#2c6e9b"}, "encoding": {"x": {"datum": r["cut"]}}},
    ]  # fmt: skip
    if row.cut is not None:
        layers.append({"data": _ONCE, "mark": _CUT, "encoding": {"x": {"datum": row.cut}}})
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said("cuts_title"), "width": 420, "height": {"step": 22}, "layer": layers,
        }
    )  # fmt: skip


def panel_groups(row: CutPanel) -> SafeString:
    """Scores of those judged masters and of the others, the cut between them."""
    values = [
        {"s": score, "n": n, "g": _said(group)}
        for group, counts in row.result["groups"].items()
        for score, n in enumerate(counts)
        if n
    ]
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said("groups_title"), "width": 420, "height": 200,
            "layer": [
                {
                    "data": {"values": values}, "mark": {"type": "bar", "opacity": 0.65},
                    "encoding": {
                        "x": {"field": "s", "type": "quantitative", "title": _said("raw")},
                        "y": {"field": "n", "type": "quantitative", "title": _said("people"), "stack": None},
                        "color": {"field": "g", "type": "nominal", "title": None, "scale": {"range": ["#2c6e9b", "#c67c00"]}},
                    },
                },
                {"data": _ONCE, "mark": _CUT, "encoding": {"x": {"datum": row.result["cut"]}}},
            ],
        }
    )  # fmt: skip


def item_options(row: ItemReport) -> SafeString:
    """Who chose what, by fifth of ability."""
    o = row.options
    shares = np.array([[np.nan if v is None else v for v in line] for line in o["shares"]])
    table = OptionTable(
        row.item.code,
        tuple(o["options"]),
        o["key"],
        shares,
        np.zeros(len(shares)),
        np.zeros(len(shares)),
        0.0,
    )
    return drawn({**options_picture(table, lang=language()), "width": 420})


def severities(report: RaterReport) -> SafeString:
    """Severity of assessors with intervals; names are card numbers."""
    if report.fit is None:
        return mark_safe("")
    spec = severity_picture(report.fit, lang=language())
    cards = {f"{r.assessor.pk:012d}": r.assessor.card_number for r in report.rows}
    for row in spec["data"]["values"]:
        row["assessor"] = cards.get(row["assessor"], row["assessor"])
    return drawn({**spec, "height": {"step": 22}})


def own_severity(records: list[RaterRecord]) -> SafeString:
    """An assessor's own severity month by month."""
    values = [
        {"m": f"{r.month:%Y-%m}", "v": r.figures["severity"], "l": r.figures["low"], "h": r.figures["high"]}
        for r in records
    ]
    x = {"field": "m", "type": "ordinal", "title": _said("month"), "axis": {"labelAngle": -40}}
    y = {"type": "quantitative", "title": _said("severity")}
    return drawn(
        {
            "$schema": _SCHEMA, "title": _said("own_title"), "data": {"values": values}, "width": 420, "height": 200,
            "layer": [
                {"mark": {"type": "rule", "color": "#b0b7bd"}, "encoding": {"y": {"datum": 0}}},
                {"mark": {"type": "rule", "color": "#8fa9b8"}, "encoding": {"x": x, "y": {"field": "l", **y}, "y2": {"field": "h"}}},
                {"mark": {"type": "line", "point": True, "color": "#2c6e9b"}, "encoding": {"x": x, "y": {"field": "v", **y}}},
            ],
        }
    )  # fmt: skip


def around_the_cut(flag: Flag) -> SafeString:
    """Marks seen as bars, marks expected of honest marking as a line, around the cut."""
    h = flag.histogram
    if not h:
        return mark_safe("")
    cut = int(h["cut"])
    points = range(max(0, cut - BELOW), min(100, cut + ABOVE) + 1)
    seen, expected, what = _said("seen"), _said("expected"), _said("what")
    rows = [{"mark": m, "n": h["seen"][m], "e": h["expected"][m]} for m in points]
    colour = {
        "type": "nominal", "scale": {"domain": [seen, expected], "range": ["#2c6e9b", "#c0392b"]},
        "legend": {"title": what, "orient": "top"},
    }  # fmt: skip
    x = {
        "field": "mark",
        "type": "quantitative",
        "title": _said("mark"),
        "scale": {"zero": False, "nice": False},
    }
    return drawn(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "title": _said("seen_title"),
            "data": {"values": rows},
            "layer": [
                {
                    "mark": {"type": "bar", "width": 8},
                    "encoding": {
                        "x": x,
                        "y": {"field": "n", "type": "quantitative", "title": _said("people")},
                        "color": {"datum": seen, **colour},
                    },
                },
                {
                    "mark": {"type": "line", "interpolate": "step", "strokeWidth": 2},
                    "encoding": {
                        "x": x,
                        "y": {"field": "e", "type": "quantitative"},
                        "color": {"datum": expected, **colour},
                    },
                },
                {
                    "mark": {"type": "rule", "strokeDash": [4, 3], "color": "#4a5863"},
                    "encoding": {"x": {"datum": cut - 0.5}},
                },
            ],
        }
    )


def ranking(rows: list[tuple[str, Flag]]) -> SafeString:
    """Stations by posterior, flagged ones in red."""
    values = [{"s": name, "p": round(f.posterior, 4), "f": f.flagged} for name, f in rows]
    return drawn(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "title": _said("rank_title"),
            "data": {"values": values},
            "height": {"step": 22},
            "mark": {"type": "bar", "height": 14},
            "encoding": {
                "y": {
                    "field": "s",
                    "type": "nominal",
                    "sort": None,
                    "title": None,
                    "axis": {"labelLimit": 260},
                },
                "x": {
                    "field": "p",
                    "type": "quantitative",
                    "title": _said("posterior"),
                    "scale": {"domain": [0, 1]},
                },
                "color": {"condition": {"test": "datum.f", "value": "#a8271d"}, "value": "#8fa9b8"},
            },
        }
    )
