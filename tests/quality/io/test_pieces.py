"""A run in pieces: the same flags however many work on it, and on from where it was stopped."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from chizheng.law.io.shelf import law
from chizheng.quality.core.surveillance import report
from chizheng.quality.core.surveillance.flags import Flag
from chizheng.quality.core.surveillance.report import Parameters, inspect
from chizheng.quality.io import pieces
from chizheng.quality.io.pieces import inspect_in_pieces, work_on
from chizheng.quality.io.results import Results
from tests.quality.commands.test_surveil import HEADER, write
from tests.quality.worlds import province


def table(path: Path, seed: int = 4, stations: int = 40) -> Path:
    """Stations in four occupations, one of them rare, six dated sessions each."""
    rng = np.random.default_rng(seed)
    p = province(rng, "near8", stations=stations, share=0.1, low=120, high=180)
    trades = rng.choice(["焊工", "电工", "车工"], p.station.size)
    trades[rng.choice(p.station.size, 40, replace=False)] = "钟表维修工"
    rows = [
        [
            f"S{s:02d}", f"A{rng.integers(0, 60):02d}", f"S{s:02d}-{i % 6}", f"2025-0{i % 6 + 1}-15", f"C{i:05d}",
            str(p.theory[i]), str(p.practical[i]), trades[i], "4",
        ]
        for i, s in enumerate(p.station)
    ]  # fmt: skip
    return write(path, rows, HEADER)


def said(flags: list[Flag]) -> list[tuple[object, ...]]:
    return [(f.kind, f.unit, f.detector, f.statistic, f.posterior, f.flagged, f.mechanism, f.reason.zh, repr(f.detail)) for f in flags]  # fmt: skip


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return Parameters.read(law(), on=date(2025, 6, 1))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "CHUNK", 1500)
    monkeypatch.setattr(report, "CHUNK", 1500)


def quiet(step: str, done: int = 0, total: int = 0) -> None:
    pass


@pytest.mark.usefixtures("small")
def test_the_flags_do_not_depend_on_the_pieces_nor_on_where_it_was_stopped(tmp_path: Path, parameters: Parameters) -> None:  # fmt: skip
    path, folder = table(tmp_path / "r.csv"), tmp_path / "work"
    folder.mkdir()
    with Results(path) as whole:
        expected = said(inspect(whole, parameters, quiet)[0])
    told: list[int] = []

    def stop(step: str, done: int = 0, total: int = 0) -> None:
        if step == "weigh":
            told.append(done)
            if len(told) == 2:
                raise KeyboardInterrupt

    with Results(path, folder) as kept, pytest.raises(KeyboardInterrupt):
        inspect_in_pieces(path, kept, parameters, stop, folder=folder)
    before = {f.name: f.stat().st_mtime_ns for f in folder.glob("*.bin")}
    assert len(before) == 3  # the populations and two pieces
    with Results(path, folder) as kept:
        found, _ = inspect_in_pieces(path, kept, parameters, quiet, folder=folder)
    assert said(found) == expected
    assert all((folder / name).stat().st_mtime_ns == at for name, at in before.items())


def test_two_workers_find_the_same_as_one(tmp_path: Path, parameters: Parameters) -> None:
    path = table(tmp_path / "r.csv")
    found = []
    for workers in (1, 2):
        with Results(path) as opened:
            found.append(said(inspect_in_pieces(path, opened, parameters, quiet, workers=workers)[0]))
    assert found[0] == found[1]


@pytest.mark.usefixtures("small")
def test_another_table_or_another_policy_starts_anew_and_other_files_stay(tmp_path: Path, parameters: Parameters) -> None:  # fmt: skip
    path, folder = table(tmp_path / "r.csv", stations=12), tmp_path / "work"
    folder.mkdir()
    (folder / "笔记.txt").write_text("mine", encoding="utf-8")
    with Results(path, folder) as kept:
        inspect_in_pieces(path, kept, parameters, quiet, folder=folder)
    first = (folder / "piece-00000.bin").read_bytes()
    stricter = Parameters.read(law(), on=date(2025, 6, 1), fdr=0.01)
    with Results(path, folder) as kept:
        flags, _ = inspect_in_pieces(path, kept, stricter, quiet, folder=folder)
    with Results(path) as whole:
        assert said(flags) == said(inspect(whole, stricter, quiet)[0])
    table(path, seed=5, stations=12)
    with Results(path, folder) as kept:
        inspect_in_pieces(path, kept, parameters, quiet, folder=folder)
    assert (folder / "piece-00000.bin").read_bytes() != first
    assert (folder / "笔记.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("small")
def test_a_piece_done_twice_is_done_once(tmp_path: Path, parameters: Parameters) -> None:
    path, folder = table(tmp_path / "r.csv", stations=12), tmp_path / "work"
    folder.mkdir()
    with Results(path, folder) as kept:
        inspect_in_pieces(path, kept, parameters, quiet, folder=folder)
    at = (folder / "piece-00001.bin").stat().st_mtime_ns
    assert work_on(path, folder, 1) == 1 and (folder / "piece-00001.bin").stat().st_mtime_ns == at


def test_a_rare_trade_is_in_the_sample_however_small_it_is(tmp_path: Path) -> None:
    with Results(table(tmp_path / "r.csv")) as opened:
        sample = opened.sample(1000)
        assert np.unique(sample.partition).size == 4
        counts = np.bincount(sample.station, minlength=40)
        whole = np.bincount(opened.sample(10**9).station, minlength=40)
        assert all(counts[s] in (0, whole[s]) for s in range(40))  # whole stations
