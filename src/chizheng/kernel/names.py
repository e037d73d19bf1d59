"""One spelling for names that people type: full-width forms, brackets and blanks do not make a new name."""

from __future__ import annotations

import unicodedata


def canonical(name: str) -> str:
    """The spelling two writings of one name share; printed names are never replaced by it.

    >>> canonical(" 建（构）筑物 消防员 ") == canonical("建(构)筑物消防员")
    True
    """
    return "".join(unicodedata.normalize("NFKC", name).split())
