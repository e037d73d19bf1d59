"""The log on disk: growth in pieces, foreign logs, crashes at any moment, and repeats."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chizheng.certificates.core.merkle import Tree, leaf_hash
from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.core.proof import TlogProof
from chizheng.certificates.core.witness import Quorum
from chizheng.certificates.io import tilelog
from chizheng.certificates.io.tilelog import AppendDoor, TileReader, shard_of, shard_origin, shards
from chizheng.kernel.errors import BadInput, Conflict
from tests.certificates.log_house import key
from tests.shared_data import shared

LOG = key("log.example/2026")
ROOT = Path(__file__).resolve().parents[3]


def _door(folder: Path) -> AppendDoor:
    return AppendDoor(folder, LOG.name, LOG.signer)


def _entries(begin: int, count: int) -> list[bytes]:
    return [f"entry {n}".encode() for n in range(begin, begin + count)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 600), min_size=1, max_size=4), data=st.data())
def test_grows_in_any_pieces_to_the_same_log(tmp_path: Path, sizes: list[int], data: st.DataObject) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    total = 0
    with _door(folder) as door:
        for n, count in enumerate(sizes):
            receipt = door.append(f"b{n}", _entries(total, count))
            assert receipt.indices == range(total, total + count)
            total += count
        assert door.head().root == Tree([leaf_hash(e) for e in _entries(0, total)]).root()
    reader = TileReader(folder)
    assert reader.integrity([LOG.vkey]) == []
    index = data.draw(st.integers(0, total - 1))
    proof = TlogProof.parse(bytes(reader.prove(index)))
    proof.verify(reader.entry(index, total), [LOG.vkey], Quorum(), origin=LOG.name)
    older = reader.prove(0, size=sizes[0])
    assert older.verify(b"entry 0", [LOG.vkey], Quorum()).checkpoint.size == sizes[0]


def test_three_levels_of_tiles(tmp_path: Path) -> None:
    with _door(tmp_path) as door:
        door.append("first", _entries(0, 65_530))
        door.append("second", _entries(65_530, 20))
    reader = TileReader(tmp_path)
    assert (tmp_path / "tile/2/000.p/1").exists() and (tmp_path / "tile/0/256.p/14").exists()
    assert reader.integrity([LOG.vkey]) == []


def test_tessera_log_checks_and_a_flipped_bit_does_not(tmp_path: Path) -> None:
    meta = json.loads(shared("data/vectors/inline/tessera_testlog_key.json").read_text())
    source = shared("data/vectors/tessera-log/testdata/log")
    vkey = VerifierKey.parse(meta["vkey"])
    reader = TileReader(source)
    assert reader.integrity([vkey]) == []
    assert [size for size, _ in reader.heads()] == list(range(16))
    assert [e.decode() for e in reader.entries(0, 15)] == meta["entries"]
    copy = tmp_path / "copy"
    shutil.copytree(source, copy)
    tile = copy / "tile/entries/000.p/15"
    tile.chmod(0o644)
    raw = bytearray(tile.read_bytes())
    raw[2] ^= 1
    tile.write_bytes(raw)
    (finding,) = TileReader(copy).integrity([vkey])
    assert finding.path == "tile/entries/000.p/15" and "hash 0" in finding.what


def test_sunlight_tiles() -> None:
    """Real static-ct tiles hold; the decoy entries of the mirror's test data do not."""
    navigli = TileReader(shared("data/vectors/sunlight/testdata/navigli2025h2"))
    assert navigli.folder == "data"
    assert navigli.integrity([], unsigned_size=4 * 256) == []
    assert navigli.integrity([], unsigned_size=3 * 256 + 10) == []
    mirror = next(shared("data/vectors/sunlight/cmd/skylight/testdata/witness/mirror").glob("0*"))
    key4 = VerifierKey.parse("mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O")
    found = TileReader(mirror).integrity([key4])
    assert [f.path for f in found] == ["tile/entries/000", "tile/entries/001.p/44"]


def test_repeating_a_batch_changes_nothing_and_another_content_is_refused(tmp_path: Path) -> None:
    with _door(tmp_path) as door:
        first = door.append("sitting 1", _entries(0, 5))
        door.append("sitting 2", _entries(5, 5))
        before = _snapshot(tmp_path)
        assert door.append("sitting 1", _entries(0, 5)) == first
        assert _snapshot(tmp_path) == before
        with pytest.raises(Conflict, match="batch_conflict"):
            door.append("sitting 1", _entries(0, 6))


@pytest.mark.parametrize("entries", [[], [b"x" * 65536]])
def test_impossible_batches(tmp_path: Path, entries: list[bytes]) -> None:
    with _door(tmp_path) as door, pytest.raises(BadInput, match="batch_malformed"):
        door.append("b", entries)


def test_head_moved_by_somebody_else_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compare-and-swap: a writer that evaded the lock (another machine) is noticed before the rename."""
    with _door(tmp_path) as door:
        door.append("b0", _entries(0, 3))
        elsewhere = tmp_path.parent / "elsewhere"
        shutil.copytree(tmp_path, elsewhere)
        with _door(elsewhere) as other:
            other.append("b1", _entries(3, 1))
        read_back = AppendDoor._read_back

        def moved(self: AppendDoor, *args: object) -> None:
            read_back(self, *args)  # type: ignore[arg-type]
            shutil.copy(elsewhere / "checkpoint", tmp_path / "checkpoint")

        monkeypatch.setattr(AppendDoor, "_read_back", moved)
        with pytest.raises(Conflict, match="checkpoint_moved"):
            door.append("b2", _entries(3, 2))
        assert TileReader(tmp_path).checkpoint() == TileReader(elsewhere).checkpoint()


def test_what_the_disk_does_not_hold_is_not_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _door(tmp_path) as door:
        door.append("b0", _entries(0, 3))
        before = TileReader(tmp_path).checkpoint()
        honest = tilelog.replace_file

        def failing(path: Path, content: bytes, **kw: int) -> None:
            if "entries" in path.parts:
                content = content[:-1] + bytes([content[-1] ^ 1])
            honest(path, content, **kw)

        monkeypatch.setattr(tilelog, "replace_file", failing)
        with pytest.raises(BadInput, match="log_broken"):
            door.append("b1", _entries(3, 3))
        assert TileReader(tmp_path).checkpoint() == before
    monkeypatch.setattr(tilelog, "replace_file", honest)
    with _door(tmp_path) as door:  # the disk is sound again: the pending batch is finished
        assert door.append("b1", _entries(3, 3)).indices == range(3, 6)
    assert TileReader(tmp_path).integrity([LOG.vkey]) == []


# -- kill -9 ------------------------------------------------------------------------------------------

STEPS = ("replace_file", "flush_folder", "write_durably")


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not p.name.endswith(".tmp")
    }


def _run(folder: Path, die_at: int) -> None:
    """Append two batches, dying (as by kill -9) before the `die_at`-th durable step."""
    left = die_at
    saved = {name: getattr(tilelog, name) for name in STEPS}

    class Killed(BaseException):
        pass

    def step(name: str):  # type: ignore[no-untyped-def]
        def call(*args: object, **kw: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            saved[name](*args, **kw)

        return call

    try:
        for name in STEPS:
            setattr(tilelog, name, step(name))
        with _door(folder) as door:
            door.append("b0", _entries(0, 250))
            door.append("b1", _entries(250, 20))
    except Killed:
        return
    finally:
        for name in STEPS:
            setattr(tilelog, name, saved[name])


def test_dying_before_every_single_step_leads_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # the order of steps is tested, not the disk
    _run(tmp_path / "whole", 10_000)
    wanted = _snapshot(tmp_path / "whole")
    for die_at in range(200):
        folder = tmp_path / f"d{die_at}"
        _run(folder, die_at)
        finished = _snapshot(folder) == wanted
        _run(folder, 10_000)
        assert _snapshot(folder) == wanted, die_at
        shutil.rmtree(folder)
        if finished:
            break
    assert finished and die_at > 20


CHILD = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from tests.certificates.io.test_tilelog import _door, _entries
with _door(Path(sys.argv[1])) as door:
    for n in range(int(sys.argv[4])):
        door.append(f"b{n}", _entries(n * 30, 30))
        print(n, flush=True)
"""


def test_kill_9_in_the_middle_of_appending(tmp_path: Path) -> None:
    """A real process, really killed, at three moments; then run to the end."""
    command = [sys.executable, "-c", CHILD, str(tmp_path / "log"), str(ROOT / "src"), str(ROOT), "25"]
    acknowledged = -1
    for wait in (0.0, 0.03, 0.08):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()  # it has started appending
        time.sleep(wait)
        os.kill(child.pid, signal.SIGKILL)
        told = [int(line) for line in child.stdout.read().split()]
        child.wait()
        child.stdout.close()
        acknowledged = max([acknowledged, *told])
    with _door(tmp_path / "log") as door:
        # what was acknowledged is there
        assert door.head().size >= 30 * (acknowledged + 1)
        for n in range(25):
            assert door.append(f"b{n}", _entries(n * 30, 30)).indices == range(n * 30, n * 30 + 30)
    _whole = tmp_path / "whole"
    with _door(_whole) as door:
        for n in range(25):
            door.append(f"b{n}", _entries(n * 30, 30))
    assert _snapshot(tmp_path / "log") == _snapshot(_whole)
    assert TileReader(tmp_path / "log").integrity([LOG.vkey]) == []


def test_yearly_shards(tmp_path: Path) -> None:
    for year in (2025, 2026):
        with AppendDoor(shard_of(tmp_path, year), shard_origin("log.example", year), LOG.signer) as door:
            door.append("b", [b"x"])
            assert door.head().origin == f"log.example/{year}"
    assert [p.name for p in shards(tmp_path)] == ["2025", "2026"]
    assert shards(tmp_path / "2025") == [tmp_path / "2025"]
