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
from chizheng.quality.core.items import ItemFigures, OptionTable
from chizheng.quality.core.report import items_picture, options_picture, scores_picture, severity_picture
from chizheng.quality.models import Flag, ItemReport, SittingReport
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
    "theory": Wording(zh="理论知识", en="Theory"),
    "practice": Wording(zh="操作技能", en="Practice"),
    "review": Wording(zh="综合评审", en="Review"),
}
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
