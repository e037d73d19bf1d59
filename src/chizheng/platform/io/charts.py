"""Pictures on the server: a Vega-Lite specification becomes an SVG text, Chinese labels included."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from chizheng.kernel.errors import Unavailable
from chizheng.kernel.wording import Wording

FAMILY = "Noto Sans SC"
_FONTS = f"'{FAMILY}', system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
_NO_CHART = Wording(
    zh="无法绘图：未安装 vl-convert-python 或中文字体；请重新安装依赖",
    en="cannot draw: vl-convert-python or the Chinese typeface is missing; install the dependencies again",
)
_CONFIG: dict[str, Any] = {
    "font": FAMILY, "background": "transparent", "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "gridColor": "#e8e5dd"},
    "title": {"fontSize": 13, "anchor": "start"},
}  # fmt: skip


@lru_cache(maxsize=1)
def _ready() -> Any:
    try:
        import vl_convert

        folder = Path(str(files("justmytype_intl_cjk"))) / "fonts" / "ofl" / "notosanssc"
    except ModuleNotFoundError:
        raise Unavailable("no_chart", _NO_CHART) from None
    vl_convert.register_font_directory(str(folder))
    return vl_convert


@lru_cache(maxsize=256)
def _drawn(text: str) -> str:
    drawn: str = _ready().vegalite_to_svg(text)
    return drawn.replace(f'font-family="{FAMILY}"', f'font-family="{_FONTS}"')


def svg(spec: dict[str, Any]) -> str:
    """The picture as SVG, ready to stand in a page; the same specification is drawn once a process."""
    import json

    whole = {"width": 520, "height": 260, **spec, "config": {**_CONFIG, **spec.get("config", {})}}
    return _drawn(json.dumps(whole, ensure_ascii=False, sort_keys=True))
