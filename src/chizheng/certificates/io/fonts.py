"""The typeface certificates are printed in, by pip alone: Noto Sans SC (OFL 1.1) from `justmytype-intl-cjk`.

The only place that knows the package. `glyphs()` are the code points it can print; lint refuses a text
with any other, because the typesetter would leave the character out without a word.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import Unavailable

FAMILY = "Noto Sans SC"


@lru_cache(maxsize=1)
def directory() -> Path:
    """The folder that holds the font file and its licence; raises Unavailable (`no_font`)."""
    try:
        found = Path(str(files("justmytype_intl_cjk"))) / "fonts" / "ofl" / "notosanssc"
    except ModuleNotFoundError:
        raise Unavailable("no_font", FAULTS["no_font"]) from None
    if not any(found.glob("*.ttf")):
        raise Unavailable("no_font", FAULTS["no_font"])
    return found


@lru_cache(maxsize=1)
def glyphs() -> AbstractSet[int]:
    """Code points with a glyph (read once)."""
    from fontTools.ttLib import TTFont

    (path,) = directory().glob("*.ttf")
    with TTFont(path, lazy=True) as font:
        font.setGlyphOrder(
            ["-"] * font["maxp"].numGlyphs
        )  # their names are not asked for, and costly to make
        return frozenset(font.getBestCmap())
