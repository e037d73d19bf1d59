"""Writing files so that a crash leaves either the old or the new, never half of one."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write beside `path`, flush to the disk, rename over it; the folder entry is flushed by
    `flush_folder` (several files may share one flush)."""
    # one writer at a time holds the folder's lock, so a fixed name is enough and leaves no litter
    draft, how = f"{path}.tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        handle = os.open(draft, how, mode)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, how, mode)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
        # let a read-back come from the disk and not from the page we have just filled
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)
    os.replace(draft, path)


def flush_folder(folder: Path) -> None:
    """Make renames and new names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """`replace_file`, then flush its folder."""
    replace_file(path, content, mode=mode)
    flush_folder(path.parent)
