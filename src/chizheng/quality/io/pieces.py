"""A large run in pieces: several processes, memory that does not grow with the table, and a folder to go on from.

The honest populations are learned once, from a sample with enough of every occupation and level, whose marks are placed
by occupation and level. The weighing is then cut into pieces of whole stations (a station's evidence is joined over its
occupations and levels, so a piece must hold all of it), each written to the folder as it is done; whoever runs the
same table again with the same folder finds them. Pieces depend on the table alone, and are joined in their order:
the flags are the same with any number of workers. A cluster can share the pieces the same way: `work_on` takes the
folder and a number.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from chizheng.quality.core.surveillance.flags import Flag
from chizheng.quality.core.surveillance.report import (
    CHUNK,
    Gathered,
    Papers,
    Parameters,
    Piece,
    Tell,
    conclude,
    gather,
    learn_from,
)
from chizheng.quality.core.surveillance.survey import Policy, Populations
from chizheng.quality.io.results import Results

WORKER_MEMORY = "400MB"


def inspect_in_pieces(
    path: Path,
    table: Results,
    parameters: Parameters,
    tell: Tell,
    papers: Papers | None = None,
    *,
    folder: Path | None = None,
    workers: int = 1,
) -> tuple[list[Flag], dict[str, object]]:
    """As `core.surveillance.report.inspect`, by several processes and resumable.

    `table` is `path` opened with the same `folder`; without a folder a temporary one is used, and nothing to go on
    from remains.
    """
    if folder is None:
        with (
            tempfile.TemporaryDirectory(prefix="chizheng-pieces-") as name,
            Results(path, Path(name)) as kept,
        ):
            return inspect_in_pieces(path, kept, parameters, tell, papers, folder=Path(name), workers=workers)
    _forget_others(folder, parameters)
    learned = folder / "populations.bin"
    if not learned.is_file():
        _write(learned, (learn_from(table, parameters, tell), parameters.policy))
    populations, _ = _read_learned(folder)
    shards = table.shards(CHUNK)
    sizes = table.shard_sizes(CHUNK)
    done = 0
    for n in _work(path, table, folder, len(shards), workers):
        done += sizes[n]
        tell("weigh", done, table.total)
    found = Gathered.empty(table.labels, timed="seconds" in table.has)
    for n in range(len(shards)):
        found.merge(_read_piece(folder, n))
    return conclude(table, parameters, populations, found, tell, papers)


def work_on(path: Path, folder: Path, number: int) -> int:
    """Weigh piece `number` of a table whose populations are learned; returns it when its file is there."""
    if not _piece(folder, number).is_file():
        with Results(path, folder, memory=WORKER_MEMORY, threads=1) as table:
            _weigh(table, folder, number)
    return number


def _weigh(table: Results, folder: Path, number: int) -> int:
    populations, policy = _read_learned(folder)
    found = Gathered.empty(table.labels, timed="seconds" in table.has)
    gather(populations, table.shard(*table.shards(CHUNK)[number]), found, policy)
    _write(_piece(folder, number), found.packed())
    return number


def _work(path: Path, table: Results, folder: Path, pieces: int, workers: int) -> Iterator[int]:
    """Numbers of pieces as they are done, those of an earlier run first."""
    open_ones = [n for n in range(pieces) if not _piece(folder, n).is_file()]
    yield from sorted(set(range(pieces)) - set(open_ones))
    if workers == 1:
        for n in open_ones:
            yield _weigh(table, folder, n)
        return
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the processes are the threads
    try:
        with ProcessPoolExecutor(
            min(workers, max(len(open_ones), 1)), mp_context=get_context("spawn")
        ) as pool:
            for future in as_completed([pool.submit(work_on, path, folder, n) for n in open_ones]):
                yield future.result()
    finally:
        if before is None:
            del os.environ["OPENBLAS_NUM_THREADS"]
        else:
            os.environ["OPENBLAS_NUM_THREADS"] = before


def _forget_others(folder: Path, parameters: Parameters) -> None:
    """Drop what was computed under other parameters or of another table (whose database was made anew)."""
    source = (folder / "source.txt").read_text(encoding="utf-8")
    basis = hashlib.sha256(f"{parameters!r}\n{source}".encode()).hexdigest()
    stamp = folder / "basis.txt"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != basis:
        for old in (folder / "populations.bin", *folder.glob("piece-*.bin")):
            old.unlink(missing_ok=True)
        stamp.write_text(basis, encoding="utf-8")


def _piece(folder: Path, number: int) -> Path:
    return folder / f"piece-{number:05d}.bin"


def _write(path: Path, value: object) -> None:
    """Whole or not at all: a run that is stopped leaves no half file."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(pickle.dumps(value, protocol=5))
    part.replace(path)


def _read_learned(folder: Path) -> tuple[Populations, Policy]:
    value: tuple[Populations, Policy] = pickle.loads((folder / "populations.bin").read_bytes())  # noqa: S301 - our own
    return value


def _read_piece(folder: Path, number: int) -> Piece:
    value: Piece = pickle.loads(_piece(folder, number).read_bytes())  # noqa: S301 - written by `work_on`
    return value
