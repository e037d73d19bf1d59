"""Inspection documents and letters as PDF, one template for all; the same content gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

import orjson

from chizheng.certificates.io import fonts


@lru_cache(maxsize=1)
def _compiler() -> Any:
    import typst

    return typst.Compiler(font_paths=[str(fonts.directory())], ignore_system_fonts=True)


def typeset(
    *,
    title: str,
    number: str,
    addressee: str,
    paragraphs: Sequence[str],
    signatures: Sequence[str],
    at: datetime,
) -> bytes:
    """The PDF of a document; `at` is the instant it bears."""
    content = {
        "title": title, "number": number, "addressee": addressee, "paragraphs": list(paragraphs),
        "signatures": list(signatures),
    }  # fmt: skip
    template = (files("chizheng.inspection.io") / "document.typ").read_bytes()
    made: bytes = _compiler().compile(
        input=template, format="pdf", timestamp=at, sys_inputs={"document": orjson.dumps(content).decode()}
    )
    return made
