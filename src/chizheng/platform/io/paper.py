"""Documents as PDF: a typst source and its values in, PDF/A bytes out. No Django.

The typst source reads its values with `json(bytes(sys.inputs.at("values")))`; the fonts are the house's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache(maxsize=2)
def _compiler(fonts: str) -> Any:
    import typst

    return typst.Compiler(font_paths=[fonts], ignore_system_fonts=True)


def render(source: bytes, values: Mapping[str, object], *, fonts: Path, at: datetime) -> bytes:
    """One PDF/A-2b document; `at` is the instant stamped into the file, so equal input gives equal bytes."""
    compiled: bytes = _compiler(str(fonts)).compile(
        input=source, format="pdf", pdf_standards="a-2b", timestamp=at, pdf_tags=False,
        sys_inputs={"values": json.dumps(values, ensure_ascii=False)},
    )  # fmt: skip
    return compiled
