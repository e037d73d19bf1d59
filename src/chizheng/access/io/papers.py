"""Letters and the poster of the published list as PDF, one warm compiler; the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import orjson

from chizheng.certificates.io import fonts


@dataclass(frozen=True, slots=True)
class Section:
    """A table: a title, column heads with their widths (0: as wide as needed, else shares), rows of texts."""

    title: str
    head: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is printed, already in the reader's language."""

    form: Literal["letter", "poster"]
    title: str
    subtitle: str = ""
    facts: Sequence[tuple[str, str]] = ()
    paragraphs: Sequence[str] = ()
    sections: Sequence[Section] = ()
    notes: Sequence[str] = ()
    signed: str = ""
    dated: str = ""
    foot: str = ""


def render(paper: Paper, *, at: datetime) -> bytes:
    """The PDF; `at` is the aware instant stamped into it. Raises Unavailable where no font is installed."""
    data: bytes = _compiler().compile(
        input=_template(), format="pdf", timestamp=at.astimezone(UTC).replace(microsecond=0), pdf_tags=False,
        sys_inputs={"data": orjson.dumps(_plain(paper)).decode()},
    )  # fmt: skip
    return data


def _plain(paper: Paper) -> dict[str, Any]:
    return {
        "form": paper.form, "title": paper.title, "subtitle": paper.subtitle,
        "facts": [list(f) for f in paper.facts], "paragraphs": list(paper.paragraphs),
        "sections": [
            {"title": s.title, "head": list(s.head), "widths": list(s.widths), "rows": [list(r) for r in s.rows]}
            for s in paper.sections
        ],
        "notes": list(paper.notes), "signed": paper.signed, "dated": paper.dated, "foot": paper.foot,
    }  # fmt: skip


@lru_cache(maxsize=1)
def _compiler() -> Any:
    import typst

    return typst.Compiler(font_paths=[str(fonts.directory())], ignore_system_fonts=True)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return Path(str(files("chizheng.access.io") / "papers.typ")).read_bytes()
