"""Where tests find the shared studies' data; a machine without them skips, with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(os.environ.get("CHIZHENG_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def shared(path: str) -> Path:
    """`shared/<path>`, or skip the calling test (module) where it is not on this machine."""
    found = _ROOT / path
    if not found.exists():
        pytest.skip(f"needs shared/{path}, which a user's machine does not have", allow_module_level=True)
    return found
