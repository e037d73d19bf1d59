"""Copy a public log into a folder: what an auditor without our disks reads. Nothing is judged here.

    GET {base}/checkpoint, {base}/tile/entries/…, {base}/tile/<level>/…     -> the same paths under <folder>/<year>
    GET {base}/heads/index, {base}/heads/<size>                             the heads signed before, where served

The year is what the log's origin ends in: entries refer to each other by it. The checkpoint is asked for
first and written last, under `heads/` too: `log audit` compares every head that was ever fetched. What was
fetched before is not asked for again.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from chizheng.certificates.core import tiles
from chizheng.certificates.core.log_wording import bad
from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import BadInput, Unavailable

SECONDS: Final = 30.0
MOST_BYTES: Final = tiles.WIDTH * (tiles.ENTRY_LIMIT + 2)
"""No file of a log is longer than a full bundle of the longest entries."""


def mirror(
    base: str, folder: Path, *, tell: Callable[[int, int], None] = lambda done, of: None
) -> tuple[Path, int]:
    """Bring the copy to the log's newest head; returns its folder and size. `tell` hears files done, and of how many.

    Raises BadInput for an address that is not https (http on this machine) or a checkpoint that is none,
    Unavailable (`log_fetch_failed`) where a file cannot be had.
    """
    parts = urlsplit(base)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    ):
        raise BadInput("remote_address", FAULTS["remote_address"], address=base)
    head = _get(base, "checkpoint")
    size = _size(head)
    year = head.partition(b"\n")[0].rpartition(b"/")[2].decode("ascii", "replace")
    folder = folder / year if year.isdecimal() and len(year) == 4 else folder
    old = [n for n in _heads(base) if n < size]
    paths = list(
        dict.fromkeys([*_paths(size), *(f"heads/{n}" for n in old), *(p for n in old for p in _edge(n))])
    )
    for done, path in enumerate(paths, 1):
        target = folder / path
        if not target.exists():
            _write(target, _get(base, path))
        tell(done, len(paths))
    _write(folder / "heads" / str(size), head)
    _write(folder / "checkpoint", head)
    return folder, size


def _heads(base: str) -> list[int]:
    """Sizes of the heads signed so far, none where the server lists none."""
    try:
        listed = _get(base, "heads/index").split()
    except Unavailable:
        return []
    return [int(n) for n in listed if n.isdigit() and len(n) <= 18]


def _paths(size: int) -> Iterator[str]:
    for tile in tiles.tiles_of(size):
        yield tile.path
        if tile.level == 0:
            yield tiles.bundle_path(tile.index, tile.width)


def _edge(size: int) -> Iterator[str]:
    """The incomplete tiles at the right edge of an older head: what proves it a part of the newest one."""
    level = 0
    while nodes := tiles.nodes_at(level, size):
        if nodes % tiles.WIDTH:
            yield tiles.Tile(level, nodes // tiles.WIDTH, nodes % tiles.WIDTH).path
        level += 1


def _size(head: bytes) -> int:
    lines = head.split(b"\n", 2)
    if len(lines) < 3 or not lines[1].isdigit() or len(lines[1]) > 18:
        raise bad("checkpoint_malformed", what="size")
    return int(lines[1])


def _get(base: str, path: str) -> bytes:
    try:
        with urlopen(f"{base.rstrip('/')}/{path}", timeout=SECONDS) as answer:  # noqa: S310 - scheme checked above
            content: bytes = answer.read(MOST_BYTES + 1)
    except (URLError, OSError, http.client.HTTPException) as fault:
        raise _failed(path, str(getattr(fault, "reason", fault))) from None
    if len(content) > MOST_BYTES:
        raise _failed(path, f"> {MOST_BYTES} bytes")
    return content


def _failed(path: str, what: str) -> Unavailable:
    return Unavailable("log_fetch_failed", FAULTS["log_fetch_failed"], path=path, what=what[:80])


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    part.replace(target)
