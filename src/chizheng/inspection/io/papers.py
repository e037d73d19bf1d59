"""Papers of inspection as PDF: case documents and letters, one template.

The same content and instant give the same bytes. A character the typeface lacks is refused, because the
typesetter would leave it out without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from chizheng.certificates.io import fonts
from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording
from chizheng.platform.io.paper import render

NO_GLYPH = Wording(
    zh="字库中没有这些字：{letters}；请改用规范汉字或拼音",
    en="the typeface has no glyph for: {letters}; write them another way",
)
_LATIN = 126
"""Up to here the typesetter's own typeface helps out."""


def check_letters(*texts: str) -> None:
    """Raises BadInput naming the characters that could not be printed."""
    missing = sorted({c for text in texts for c in text if ord(c) > _LATIN and ord(c) not in fonts.glyphs()})
    if missing:
        raise BadInput("no_glyph", NO_GLYPH, letters="".join(missing[:20]))


def to_pdf(paper: Mapping[str, object], *, at: datetime) -> bytes:
    """`paper`: title, number, addressee, paragraphs, signatures; for a list also columns and rows."""
    check_letters(*_texts(paper))
    return render(_template(), paper, fonts=fonts.directory(), at=at.replace(microsecond=0))


def _texts(thing: object) -> Iterator[str]:
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from _texts(value)
    elif isinstance(thing, (list, tuple)):
        for value in thing:
            yield from _texts(value)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("chizheng.inspection.io").joinpath("paper.typ").read_bytes()
