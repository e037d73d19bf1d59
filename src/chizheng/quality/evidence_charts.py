"""Pictures beside a flag, one form each: pairs of a room, a sheet, marks, pace, a ring, a line over sittings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from chizheng.kernel.wording import Wording
from chizheng.platform.faults import language
from chizheng.quality.charts import around_the_cut, drawn
from chizheng.quality.models import Flag

BLUE, RED, GREY = "#2c6e9b", "#a8271d", "#8fa9b8"
_WORDS = {
    "pairs_title": Wording(zh="本考场各对考生的雷同证据", en="Evidence of likeness, pairs of this room"),
    "log_e": Wording(zh="证据（对数，越右越雷同）", en="evidence (log; more alike to the right)"),
    "pairs": Wording(zh="对数", en="pairs"),
    "listed_pairs": Wording(zh="列入名单的一对", en="pair on the list"),
    "all_pairs": Wording(zh="本考场各对", en="pairs of this room"),
    "listed": Wording(zh="名单线", en="line of the list"),
    "sheet_title": Wording(zh="逐题作答：由易到难", en="Item by item, easiest first"),
    "item": Wording(zh="试题（由易到难）", en="items, easiest first"),
    "chance": Wording(zh="按本人水平的答对概率", en="chance at this person's level"),
    "right": Wording(zh="答对", en="right"),
    "wrong": Wording(zh="答错", en="wrong"),
    "leaked": Wording(zh="疑似泄露题", en="item thought to have leaked"),
    "what": Wording(zh="图例", en="legend"),
    "marks_title": Wording(zh="给出的成绩与一般分布", en="Marks given, and the usual distribution"),
    "mark": Wording(zh="成绩", en="mark"),
    "people": Wording(zh="人数", en="candidates"),
    "own": Wording(zh="实际", en="seen"),
    "usual": Wording(zh="一般（同样人数）", en="usual (same number)"),
    "pace_title": Wording(zh="每名考生的评分用时（中位数）", en="Median time for a candidate"),
    "seconds": Wording(zh="秒（对数刻度）", en="seconds (log scale)"),
    "others": Wording(zh="其他评分人", en="other markers"),
    "this": Wording(zh="本项", en="this one"),
    "graph_title": Wording(zh="共事次数：实际／预期", en="Times together: seen / expected"),
    "line_title": Wording(zh="按批次先后累积的证据", en="Evidence over sittings"),
    "day": Wording(zh="考试日期", en="exam day"),
    "evidence": Wording(zh="证据（对数）", en="evidence (log)"),
    "e_line": Wording(zh="任何时候都可查看的证据", en="evidence, valid at any look"),
    "cusum": Wording(zh="累积和（自最可能起点）", en="cumulative sum from the likeliest onset"),
    "history_title": Wording(zh="历次监测的后验概率", en="Posterior probability, run by run"),
    "posterior": Wording(zh="后验概率", en="posterior probability"),
    "run_at": Wording(zh="监测时间", en="run"),
    "sittings_title": Wording(zh="各批次合格率与人数", en="Pass rate and candidates by sitting"),
    "rate": Wording(zh="合格率", en="pass rate"),
    "flagged": Wording(zh="有提示", en="flagged"),
    "plain": Wording(zh="无提示", en="not flagged"),
    "kind_assessor": Wording(zh="考评员", en="assessor"),
    "kind_station": Wording(zh="鉴定站", en="station"),
    "kind_school": Wording(zh="培训机构或单位", en="school or employer"),
    "kind_candidate": Wording(zh="考生", en="candidate"),
}
Names = Mapping[str, str]
LABEL = 0.28
"""Where on an edge its figures stand: nearer the assessor, where edges are apart."""


def _said(code: str) -> str:
    return _WORDS[code].say(language())


def _axis(field: str, title: str, **more: Any) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, **more}


def _time(field: str, title: str, days: Sequence[str]) -> dict[str, Any]:
    """An axis of days, labelled by day or by month as the span asks for."""
    span = (date.fromisoformat(max(days)[:10]) - date.fromisoformat(min(days)[:10])).days
    axis = {"format": "%m-%d" if span < 120 else "%Y-%m", "tickCount": min(4, max(span, 1))}
    return {"field": field, "type": "temporal", "title": title, "axis": axis}


def _key(*pairs: tuple[str, str]) -> dict[str, Any]:
    """A colour legend by datum."""
    return {
        "type": "nominal", "scale": {"domain": [p[0] for p in pairs], "range": [p[1] for p in pairs]},
        "legend": {"title": None, "orient": "top"},
    }  # fmt: skip


def _chart(title: str, values: Sequence[Mapping[str, Any]], **more: Any) -> SafeString:
    return drawn(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "title": title,
            "data": {"values": list(values)},
            **more,
        }
    )


def evidence(flag: Flag, names: Names) -> SafeString:
    """The picture of a flag, empty where it has none; `names`: what units are called."""
    form = flag.detail.get("form")
    if form in _FORMS:
        return _FORMS[form](flag.detail, names)
    return around_the_cut(flag)


def _pairs(d: Mapping[str, Any], names: Names) -> SafeString:
    """Histogram of all pairs; the listed ones, often far to the right, as points of their own."""
    listed, others = _said("listed_pairs"), _said("all_pairs")
    rows = [{"x": d["first"] + i, "x2": d["first"] + i + 1, "n": n} for i, n in enumerate(d["bins"]) if n]
    points = [{"x": p["log_e"], "n": 1} for p in d["pairs"][: d["likely"]]]
    key = _key((others, BLUE), (listed, RED))
    x = {"field": "x", "bin": {"binned": True, "step": 1}, "title": _said("log_e"), "axis": {"format": "d"}}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar"},
            "encoding": {
                "x": x, "x2": {"field": "x2"}, "y": _axis("n", _said("pairs"), scale={"type": "sqrt"}, stack=None),
                "color": {"datum": others, **key},
            },
        },
        {
            "data": {"values": points}, "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
            "encoding": {"x": _axis("x", _said("log_e")), "y": _axis("n", _said("pairs")), "color": {"datum": listed, **key}},
        },
        {
            "mark": {"type": "rule", "strokeDash": [4, 3], "strokeWidth": 2, "color": RED},
            "encoding": {"x": {"datum": d["limit"]}},
        },
    ]  # fmt: skip
    return _chart(_said("pairs_title"), rows, layer=layers)


def _sheet(d: Mapping[str, Any], names: Names) -> SafeString:
    right, wrong, leaked = _said("right"), _said("wrong"), _said("leaked")
    rows = [
        {"i": i + 1, "p": r["chance"], "a": r["right"], "w": right if r["right"] == 1 else wrong, "s": r["suspect"]}
        for i, r in enumerate(d["items"])
    ]  # fmt: skip
    x = _axis("i", _said("item"), scale={"nice": False})
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "color": GREY, "strokeWidth": 2},
            "encoding": {"x": x, "y": _axis("p", _said("chance"), scale={"domain": [-0.08, 1.08]}, axis={"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]})},
        },
        {
            "transform": [{"filter": "datum.a >= 0"}],
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 0.9},
            "encoding": {"x": x, "y": {"field": "a", "type": "quantitative"}, "color": {"field": "w", **_key((right, BLUE), (wrong, RED))}},
        },
    ]  # fmt: skip
    if any(r["s"] for r in rows):
        layers.append(
            {
                "transform": [{"filter": "datum.s"}],
                "mark": {
                    "type": "tick",
                    "color": "#8a5200",
                    "thickness": 3,
                    "size": 12,
                    "orient": "vertical",
                },
                "encoding": {"x": x, "y": {"datum": 1.06}, "description": {"value": leaked}},
            }
        )
    return _chart(_said("sheet_title"), rows, layer=layers)


def _marks(d: Mapping[str, Any], names: Names) -> SafeString:
    seen, usual = d["seen"], d["usual"]
    used = [i for i, n in enumerate(seen) if n or usual[i] >= 0.5]
    low, high = (min(used), max(used)) if used else (0, 100)
    rows = [{"m": i, "n": seen[i], "u": usual[i]} for i in range(low, high + 1)]
    own, other = _said("own"), _said("usual")
    key, x = _key((own, BLUE), (other, RED)), _axis("m", _said("mark"), scale={"zero": False, "nice": False})
    return _chart(
        _said("marks_title"), rows,
        layer=[
            {
                "mark": {"type": "bar", "width": 6},
                "encoding": {"x": x, "y": _axis("n", _said("people")), "color": {"datum": own, **key}},
            },
            {
                "mark": {"type": "line", "interpolate": "step", "strokeWidth": 2},
                "encoding": {"x": x, "y": _axis("u", _said("people")), "color": {"datum": other, **key}},
            },
        ],
    )  # fmt: skip


def _pace(d: Mapping[str, Any], names: Names) -> SafeString:
    others, this = _said("others"), _said("this")
    rows = [{"s": s, "w": this if s == d["own"] else others} for s in d["all"]]
    return _chart(
        _said("pace_title"), rows, height=90, mark={"type": "tick", "thickness": 2, "size": 40},
        encoding={
            "x": _axis("s", _said("seconds"), scale={"type": "log", "nice": False}),
            "color": {"field": "w", **_key((others, GREY), (this, RED))},
        },
    )  # fmt: skip


def _graph(d: Mapping[str, Any], names: Names) -> SafeString:
    """Assessors on the left, whom they met on the right, an edge as wide as the excess."""
    place: dict[int, tuple[float, float]] = {}
    for side, across in (("assessor", 0.0), ("", 1.0)):
        mine = [i for i, n in enumerate(d["nodes"]) if (n["kind"] == "assessor") == (side == "assessor")]
        for k, i in enumerate(mine):
            place[i] = (across, (k + 0.5) / len(mine))
    nodes = [
        {
            "x": place[i][0], "y": place[i][1], "t": names.get(n["unit"], n["unit"])[:18], "k": _said(f"kind_{n['kind']}"),
            "l": n["kind"] == "assessor",
        }
        for i, n in enumerate(d["nodes"])
    ]  # fmt: skip
    edges = [
        {
            "x": place[e["from"]][0], "y": place[e["from"]][1], "x2": place[e["to"]][0], "y2": place[e["to"]][1],
            "mx": LABEL, "my": (1 - LABEL) * place[e["from"]][1] + LABEL * place[e["to"]][1],
            "w": min(1.5 + (e["together"] - e["expected"]) / 4, 9), "t": f"{e['together']} / {e['expected']:.1f}",
        }
        for e in d["edges"]
    ]  # fmt: skip
    kinds = [("assessor", BLUE), ("station", "#8a5200"), ("school", "#1c6b3c"), ("candidate", "#4a5863")]
    used = {n["kind"] for n in d["nodes"]}
    key = _key(*[(_said(f"kind_{k}"), c) for k, c in kinds if k in used])
    x: dict[str, Any] = {
        "field": "x",
        "type": "quantitative",
        "scale": {"domain": [-0.55, 1.55]},
        "axis": None,
    }
    y: dict[str, Any] = {"field": "y", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": None}
    size = max(len([n for n in nodes if n["l"]]), len([n for n in nodes if not n["l"]]))
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": edges}, "mark": {"type": "rule", "color": RED, "opacity": 0.55},
            "encoding": {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}, "size": {"field": "w", "type": "quantitative", "scale": None}},
        },
        {
            "data": {"values": edges}, "mark": {"type": "text", "dy": -6, "fontSize": 12},
            "encoding": {"x": {**x, "field": "mx"}, "y": {**y, "field": "my"}, "text": {"field": "t"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 140, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": {"field": "k", **key}},
        },
    ]  # fmt: skip
    for left, align, dx in ((True, "right", -11), (False, "left", 11)):
        layers.append(
            {
                "transform": [{"filter": f"datum.l == {str(left).lower()}"}],
                "mark": {"type": "text", "align": align, "dx": dx, "fontSize": 12},
                "encoding": {"x": x, "y": y, "text": {"field": "t"}},
            }
        )
    return _chart(_said("graph_title"), nodes, height=max(140, 60 * size), layer=layers)


def _line(d: Mapping[str, Any], names: Names) -> SafeString:
    e, c, limit = _said("e_line"), _said("cusum"), _said("listed")
    rows = [{"d": s["day"], "e": s["evidence"], "c": s["cusum"]} for s in d["sittings"]]
    key = _key((e, BLUE), (c, GREY), (limit, RED))
    x = _time("d", _said("day"), [r["d"] for r in rows])
    return _chart(
        _said("line_title"), rows,
        layer=[
            {
                "mark": {"type": "line", "point": True, "strokeDash": [3, 3]},
                "encoding": {"x": x, "y": _axis("c", _said("evidence")), "color": {"datum": c, **key}},
            },
            {
                "mark": {"type": "line", "point": True, "strokeWidth": 2.5},
                "encoding": {"x": x, "y": _axis("e", _said("evidence")), "color": {"datum": e, **key}},
            },
            {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": {"y": {"datum": d["limit"]}, "color": {"datum": limit, **key}}},
            {
                "data": {"values": [{"d": d["sittings"][d["onset"]]["day"]}]},
                "mark": {"type": "rule", "strokeDash": [5, 4], "color": "#4a5863"}, "encoding": {"x": x},
            },
        ],
    )  # fmt: skip


_FORMS: dict[str, Callable[[Mapping[str, Any], Names], SafeString]] = {
    "pairs": _pairs, "sheet": _sheet, "marks": _marks, "pace": _pace, "graph": _graph, "line": _line,
}  # fmt: skip


def station_history(flags: Sequence[Flag]) -> SafeString:
    """A station's posterior over the runs, oldest first; empty where there was one run only."""
    if len(flags) < 2:
        return mark_safe("")
    rows = [
        {
            "at": f.run.at.isoformat(),
            "p": round(f.posterior, 4),
            "w": _said("flagged" if f.flagged else "plain"),
        }
        for f in flags
    ]
    return _chart(
        _said("history_title"), rows, height=160,
        layer=[
            {
                "mark": {"type": "line", "color": GREY},
                "encoding": {
                    "x": _time("at", _said("run_at"), [str(r["at"]) for r in rows]),
                    "y": _axis("p", _said("posterior"), scale={"domain": [0, 1]}, axis={"format": "%"}),
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {
                    "x": {"field": "at", "type": "temporal"}, "y": {"field": "p", "type": "quantitative"},
                    "color": {"field": "w", **_key((_said("plain"), BLUE), (_said("flagged"), RED))},
                },
            },
        ],
    )  # fmt: skip


def sittings(rows: Sequence[Mapping[str, Any]]) -> SafeString:
    """Pass rate of each sitting as a point as large as its candidates, flagged ones red."""
    values = [
        {
            "d": r["day"].isoformat(),
            "p": r["rate"],
            "n": r["n"],
            "w": _said("flagged" if r["flagged"] else "plain"),
        }
        for r in rows
        if r["n"]
    ]
    if len(values) < 2:
        return mark_safe("")
    return _chart(
        _said("sittings_title"), values, height=190,
        mark={"type": "point", "filled": True, "opacity": 0.85},
        encoding={
            "x": _time("d", _said("day"), [str(v["d"]) for v in values]),
            "y": _axis("p", _said("rate"), scale={"domain": [0, 1]}, axis={"format": "%"}),
            "size": {"field": "n", "type": "quantitative", "title": _said("people"), "scale": {"range": [40, 400]}, "legend": None},
            "color": {"field": "w", **_key((_said("plain"), BLUE), (_said("flagged"), RED))},
        },
    )  # fmt: skip
