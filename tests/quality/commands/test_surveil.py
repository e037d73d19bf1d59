"""`chizheng surveil` from file to flags: what it finds, what it refuses, what it says."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from chizheng.cli import main
from tests.quality.worlds import province

HEADER = [
    "station",
    "assessor",
    "session",
    "date",
    "candidate",
    "theory",
    "practical",
    "occupation",
    "level",
]


def rows_of(seed: int = 4, mode: str = "near8") -> tuple[list[list[str]], set[str]]:
    rng = np.random.default_rng(seed)
    p = province(rng, mode, stations=40, share=0.1, low=120, high=180)
    panel = rng.integers(0, 2, p.station.size)
    rows = [
        [
            f"S{s:02d}",
            f"A{s:02d}{panel[i]}",
            f"S{s:02d}-1",
            "2025-03-15",
            f"C{i:05d}",
            str(p.theory[i]),
            "" if i % 40 == 0 else str(p.practical[i]),
            "焊工",
            "4",
        ]
        for i, s in enumerate(p.station)
    ]
    return rows, {f"S{s:02d}" for s in np.flatnonzero(p.corrupt)}


def write(path: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def flags(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, str]], set[str]]:
    folder = tmp_path_factory.mktemp("surveil")
    rows, corrupt = rows_of()
    write(folder / "r.csv", rows)
    assert main(["surveil", str(folder / "r.csv"), "--out", str(folder / "f.csv")]) == 1
    return folder, flags(folder / "f.csv"), corrupt


def test_every_station_assessor_and_session_has_one_row(
    outcome: tuple[Path, list[dict[str, str]], set[str]],
) -> None:
    _, found, _ = outcome
    kinds = [f["kind"] for f in found]
    assert (kinds.count("station"), kinds.count("assessor"), kinds.count("session")) == (40, 80, 40)
    assert set(found[0]) == {"kind", "unit", "statistic", "posterior", "flagged", "mechanism", "reason"}
    assert all(0 <= float(f["posterior"]) <= 1 and f["reason"] for f in found)


def test_the_bent_stations_are_flagged_with_their_mechanism(
    outcome: tuple[Path, list[dict[str, str]], set[str]],
) -> None:
    _, found, corrupt = outcome
    flagged = {f["unit"]: f for f in found if f["kind"] == "station" and f["flagged"] == "true"}
    assert set(flagged) == corrupt
    assert all(f["mechanism"] == "push" for f in flagged.values())
    assert all("不是认定" in f["reason"] for f in flagged.values())


def test_rank_by_statistic_and_posterior_agree(
    outcome: tuple[Path, list[dict[str, str]], set[str]],
) -> None:
    _, found, _ = outcome
    stations = [f for f in found if f["kind"] == "station"]
    statistic = np.array([float(f["statistic"]) for f in stations])
    posterior = np.array([float(f["posterior"]) for f in stations])
    order = np.argsort(-statistic)
    assert (np.diff(posterior[order]) <= 2e-3).all()  # the prior differs a little: no unit votes for itself


def test_order_of_rows_and_parquet_give_the_same_table(
    outcome: tuple[Path, list[dict[str, str]], set[str]],
) -> None:
    folder, found, _ = outcome
    con = duckdb.connect()
    con.execute(
        "COPY (SELECT * FROM read_csv($1, all_varchar=false, nullstr='') ORDER BY hash(candidate))"
        " TO '" + str(folder / "r.parquet") + "' (FORMAT parquet)",
        [str(folder / "r.csv")],
    )
    assert main(["surveil", str(folder / "r.parquet"), "--out", str(folder / "g.csv")]) == 1
    assert [(f["kind"], f["unit"], f["flagged"]) for f in flags(folder / "g.csv")] == [
        (f["kind"], f["unit"], f["flagged"]) for f in found
    ]


def test_json_carries_the_evidence_and_its_limits(
    outcome: tuple[Path, list[dict[str, str]], set[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _, _ = outcome
    capsys.readouterr()
    main(["surveil", str(folder / "r.csv"), "--out", str(folder / "h.csv"), "--json", "--lang", "en"])
    said = json.loads(capsys.readouterr().out)
    station = next(f for f in said["flags"] if f["kind"] == "station")
    assert station["evidence"]["over_seen"] > station["evidence"]["over_expected"]
    assert "not a finding" in station["cannot_show"]
    assert said["absent"] > 0 and said["cut"] == 60


BAD = [
    (6, "160", "out_of_range", "0 至 100"),
    (5, "七十", "not_a_number", "不是数字"),
    (0, "", "blank", "不能为空"),
    (3, "2025-13-01", "not_a_date", "不是日期"),
]


@pytest.mark.parametrize(("column", "value", "fault", "said"), BAD)
def test_a_bad_row_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], column: int, value: str, fault: str, said: str
) -> None:
    rows, _ = rows_of()
    rows[10][column] = value
    path = write(tmp_path / "r.csv", rows)
    assert main(["surveil", str(path), "--out", str(tmp_path / "f.csv")]) == 2
    words = capsys.readouterr().err
    assert "第 12 行" in words and HEADER[column] in words and said in words, fault
    assert not (tmp_path / "f.csv").exists()


def test_the_same_candidate_twice_with_other_marks_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, _ = rows_of()
    twin = rows[3].copy()
    twin[6] = "99"
    path = write(tmp_path / "r.csv", [*rows, twin])
    assert main(["surveil", str(path), "--out", str(tmp_path / "f.csv")]) == 2
    assert rows[3][4] in capsys.readouterr().err


HOPELESS = [
    (lambda rows: [r for r in rows if r[0] < "S05"], "鉴定所站"),
    (lambda rows: rows[::30], "条实操成绩"),
    (lambda rows: [[*r[:6], "70", *r[7:]] for r in rows], "全部相同"),
    (lambda rows: [[*r[:6], "", *r[7:]] for r in rows], "鉴定所站"),
]


@pytest.mark.parametrize(("spoil", "said"), HOPELESS)
def test_data_that_support_no_claim_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil, said: str
) -> None:
    rows, _ = rows_of()
    path = write(tmp_path / "r.csv", spoil(rows))
    assert main(["surveil", str(path), "--out", str(tmp_path / "f.csv")]) == 2
    assert said in capsys.readouterr().err


def test_columns_may_be_chinese_and_must_be_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, _ = rows_of()
    path = write(tmp_path / "r.csv", [r[5:7] for r in rows], ["理论成绩", "实操成绩"])
    assert main(["surveil", str(path), "--out", str(tmp_path / "f.csv")]) == 2
    assert "station" in capsys.readouterr().err
    path = write(tmp_path / "s.csv", [[r[0], *r[5:7]] for r in rows], ["鉴定站", "理论成绩", "实操成绩"])
    assert main(["surveil", str(path), "--out", str(tmp_path / "f.csv")]) == 1
    assert {f["kind"] for f in flags(tmp_path / "f.csv")} == {"station"}


@pytest.mark.parametrize("name", ["none.csv", "r.xlsx"])
def test_a_file_that_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    if name.endswith("xlsx"):
        (tmp_path / name).write_bytes(b"PK")
    assert main(["surveil", str(tmp_path / name), "--out", str(tmp_path / "f.csv")]) == 2
    assert name in capsys.readouterr().err


def test_a_level_out_of_range_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["surveil", "x.csv", "--fdr", "1.5", "--out", str(tmp_path / "f.csv")]) == 2
    assert "1.5" in capsys.readouterr().err


def with_answers(folder: Path, *, wide: bool = False, room: bool = True) -> tuple[Path, Path, Path]:
    """Results in twelve sessions by date, answers to forty items with one pair copying, and the key."""
    from tests.quality.core.test_forensics import papers as draw

    rows, _ = rows_of()
    rng = np.random.default_rng(8)
    theta, choices = draw(rng, len(rows), 40)
    a, b = sorted((41, 42), key=lambda k: theta[k])
    taken = rng.random(40) < 0.75
    choices[a, taken] = choices[b, taken]
    for i, row in enumerate(rows):
        month = i % 6
        row[2], row[3] = f"{row[0]}-{month}", f"2025-0{month + 1}-15"
    seats = {i: f"考场{i // 4 % 2 + 1}" for i in range(len(rows))}
    for i in (41, 42):
        rows[i][2], rows[i][3], seats[i] = rows[41][2], rows[41][3], "考场1"
    items = [f"Q{j + 1}" for j in range(40)]
    letters = np.array(list("ABCD"))[choices]
    if wide:
        header = [*HEADER, *(["room"] if room else []), *items]
        full = [[*r, *([seats[i]] if room else []), *letters[i]] for i, r in enumerate(rows)]
        return write(folder / "r.csv", full, header), folder / "none", folder / "none"
    results = write(folder / "r.csv", rows)
    answers = write(
        folder / "answers.csv", [[r[4], seats[i], *letters[i]] for i, r in enumerate(rows)],
        ["准考证号", "考场", *items],
    )  # fmt: skip
    key = write(folder / "key.csv", [[i, "A"] for i in items], ["题目代码", "答案"])
    return results, answers, key


def test_answers_give_rooms_and_candidates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, answers, key = with_answers(tmp_path)
    asked = ["surveil", str(results), "--answers", str(answers), "--key", str(key), "--json"]
    assert main([*asked, "--leaked", "Q1,Q2,Q3,Q4", "--out", str(tmp_path / "f.csv")]) == 1
    captured = capsys.readouterr()
    found = flags(tmp_path / "f.csv")
    rooms = [f for f in found if f["kind"] == "room"]
    assert len(rooms) > 100 and all("/考场" in f["unit"] for f in rooms)
    listed = [f for f in rooms if f["flagged"] == "true"]
    assert [f["mechanism"] for f in listed] == ["copying"] and "C00041" in listed[0]["reason"]
    told = json.loads(captured.out)
    assert told["flagged"]["room"] == 1
    detail = next(f for f in told["flags"] if f["kind"] == "room")
    assert detail["detector"] == "copying" and {detail["detail"]["pairs"][0]["one"], detail["detail"]["pairs"][0]["two"]} == {"C00041", "C00042"}  # fmt: skip
    assert {u["detector"] for u in told["not_computed"]} == {"hasty", "ring"}
    assert "评分过快" in captured.err


def test_answers_may_be_columns_of_the_results_and_what_is_lacking_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, _, _ = with_answers(tmp_path, wide=True)
    assert main(["surveil", str(results), "--json", "--out", str(tmp_path / "f.csv")]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["flagged"]["room"] == 1
    assert {u["detector"] for u in told["not_computed"]} == {"hasty", "misfit", "preknowledge", "ring"}
    assert all(u["zh"] and u["en"] for u in told["not_computed"])


@pytest.mark.parametrize(
    ("cell", "column", "said"),
    [("ABCDE", 2, "ABCDE"), ("", 0, "准考证号")],
)
def test_faults_of_the_answers_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cell: str, column: int, said: str
) -> None:
    results, answers, _ = with_answers(tmp_path)
    lines = [line.split(",") for line in answers.read_text(encoding="utf-8").splitlines()]
    if cell:
        lines[5][column] = cell
    else:
        lines[0][column] = "号码"
    write(answers, lines[1:], lines[0])
    assert main(["surveil", str(results), "--answers", str(answers), "--out", str(tmp_path / "f.csv")]) == 2
    assert said in capsys.readouterr().err
