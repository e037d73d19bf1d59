"""Charts of inspection as Vega-Lite specifications: plain data, drawn elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def bars(rows: Sequence[tuple[str, int]], *, counted: str, width: int = 420) -> dict[str, Any]:
    """Horizontal bars, the longest first, with the number at the end of each."""
    encoding = {
        "y": {"field": "name", "type": "nominal", "sort": None, "title": None},
        "x": {"field": "count", "type": "quantitative", "title": counted, "axis": {"tickMinStep": 1}},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": {"step": 24},
        "data": {"values": [{"name": name, "count": count} for name, count in rows]},
        "layer": [
            {"mark": {"type": "bar", "height": 15}, "encoding": encoding},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 12},
                "encoding": {**encoding, "text": {"field": "count", "type": "quantitative"}},
            },
        ],
    }
