"""Where the product keeps what it makes: `CHIZHENG_HOME`, by default `./var`."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The data folder, made on first use, readable by its owner only."""
    path = Path(os.environ.get("CHIZHENG_HOME") or "var").expanduser().resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def folder(name: str, mode: int = 0o755) -> Path:
    """A folder under the data folder, e.g. `folder("log")`."""
    path = home() / name
    path.mkdir(parents=True, exist_ok=True, mode=mode)
    return path
