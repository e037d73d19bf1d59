"""Results written beside their name and renamed when whole: an interrupt leaves the earlier file alone.

`-` is the standard output; a device or pipe that is there (`/dev/stdout`) is written as it is.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording

STDOUT = Path("-")


def check_outputs(outputs: Sequence[Path], *, inputs: Sequence[Path] = ()) -> None:
    """Refuse before any work what could not be written, or would overwrite what is read."""
    taken: set[Path] = set()
    for path in (p for p in outputs if p != STDOUT):
        where = path.resolve()
        if where.is_dir():
            raise BadInput("output_is_folder", _IS_FOLDER, path=path)
        if not where.parent.is_dir():
            raise BadInput("no_such_folder", _NO_FOLDER, path=path, folder=path.parent)
        if not os.access(where.parent if not where.exists() else where, os.W_OK):
            raise BadInput("cannot_write", _CANNOT_WRITE, path=path, reason=os.strerror(13))
        if where.exists() and any(given.exists() and where.samefile(given) for given in inputs):
            raise BadInput("output_is_input", _IS_INPUT, path=path)
        if where in taken:
            raise BadInput("output_twice", _TWICE, path=path)
        taken.add(where)


@contextmanager
def draft(path: Path) -> Iterator[BinaryIO]:
    """Bytes for `path`, under its name only once the block has ended without a fault."""
    if path == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    check_outputs([path])
    where = path.resolve()
    if where.exists() and not where.is_file():
        with where.open("wb") as device:
            yield device
        return
    beside = where.with_name(f".{where.name[:100]}.{secrets.token_hex(4)}.draft")
    try:
        out = beside.open("xb")
    except OSError as error:
        raise BadInput("cannot_write", _CANNOT_WRITE, path=path, reason=error.strerror) from error
    try:
        with out:
            yield out
        beside.replace(where)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


_IS_FOLDER = Wording(
    zh="“{path}”是目录；请写出结果文件的名称", en="'{path}' is a folder; name the file to write"
)
_NO_FOLDER = Wording(
    zh="不能写入“{path}”：没有目录“{folder}”；请先建立该目录",
    en="cannot write '{path}': there is no folder '{folder}'; make it first",
)
_CANNOT_WRITE = Wording(
    zh="不能写入“{path}”：{reason}；请检查目录与权限",
    en="cannot write '{path}': {reason}; look at the folder and its permissions",
)
_IS_INPUT = Wording(
    zh="结果文件“{path}”就是输入文件；请另写一个文件名",
    en="the output '{path}' is the input; give another name",
)
_TWICE = Wording(
    zh="“{path}”被写作两个结果的文件名；请各写一个", en="'{path}' is named for two results; name two files"
)
