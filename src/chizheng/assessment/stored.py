"""Uploaded files under the data folder, each under a random name, readable by the owner only."""

from __future__ import annotations

import os
from uuid import uuid4

from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.platform.home import folder

_GONE = Wording(zh="原文件已按保存期限删除", en="the file was removed at the end of its retention period")


def keep(content: bytes) -> str:
    """Store bytes; returns the name to fetch them by."""
    name = uuid4().hex
    path = folder("files/uploads", 0o700) / name
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return name


def stored(name: str) -> bytes:
    """The bytes of a stored file; raises NotFound after it was removed."""
    if not name:
        raise NotFound("file_gone", _GONE)
    try:
        return (folder("files/uploads", 0o700) / name).read_bytes()
    except FileNotFoundError:
        raise NotFound("file_gone", _GONE) from None


def remove(name: str) -> None:
    """Remove a stored file; one that is gone already is no fault."""
    (folder("files/uploads", 0o700) / name).unlink(missing_ok=True)
