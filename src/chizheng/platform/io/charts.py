"""Charts as SVG, set on the server from Vega-Lite, in the typeface the house prints with."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

FAMILY = "Noto Sans SC"
HOUSE: dict[str, Any] = {
    "font": FAMILY,
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "labelColor": "#1f2a33", "gridColor": "#e8e5dd",
        "domainColor": "#d8d4ca", "tickColor": "#d8d4ca", "titleFontWeight": "normal", "labelLimit": 220,
    },
    "bar": {"color": "#14506e"},
    "range": {"category": ["#14506e", "#a8271d", "#8a5200", "#1c6b3c", "#4a5863"]},
}  # fmt: skip
"""The look of the house, put under whatever a chart asks for itself."""


@lru_cache(maxsize=1)
def _ready() -> None:
    """Make the typeface known to the renderer, once; without it the renderer takes what it has."""
    import vl_convert

    try:
        folder = Path(str(files("justmytype_intl_cjk"))) / "fonts" / "ofl" / "notosanssc"
    except ModuleNotFoundError:
        return
    if folder.is_dir():
        vl_convert.register_font_directory(str(folder))


def svg(spec: dict[str, Any]) -> str:
    """The chart of a Vega-Lite specification (data inline) as one SVG element."""
    import vl_convert

    _ready()
    drawn: str = vl_convert.vegalite_to_svg(
        {**spec, "config": {**HOUSE, **spec.get("config", {})}}, allowed_base_urls=[]
    )
    return drawn
