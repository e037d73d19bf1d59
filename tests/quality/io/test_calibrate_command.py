"""`chizheng calibrate` and the files it reads and writes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizheng.cli import main
from chizheng.kernel.errors import BadInput
from chizheng.quality.io.responses import read_responses
from tests.quality.simulated import binary, graded, names


def write(path: Path, scores: np.ndarray, *, ids: bool = False, header: bool = True) -> Path:
    label = names(scores.shape[1])
    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        if header:
            out.writerow((["id"] if ids else []) + label)
        for k, row in enumerate(scores.tolist()):
            out.writerow(([f"c{k:05d}"] if ids else []) + ["" if v < 0 else v for v in row])
    return path


def calibrated(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_the_three_kinds_of_file_give_the_same_items(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import duckdb

    scores, _, _ = binary(500, 8, 1)
    scores[np.random.default_rng(0).random(scores.shape) < 0.05] = -1
    sheet = write(tmp_path / "r.csv", scores, ids=True)
    np.savez(tmp_path / "r.npz", responses=np.where(scores < 0, np.nan, scores), items=names(8))
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * FROM read_csv('{sheet}')) TO '{tmp_path}/r.parquet'")
    tables = []
    for kind in ("csv", "npz", "parquet"):
        out = tmp_path / f"{kind}.csv"
        assert main(["calibrate", str(tmp_path / f"r.{kind}"), "--model", "2pl", "--out", str(out)]) == 0
        tables.append(out.read_text())
    assert tables[0] == tables[1] == tables[2]
    assert tables[0].startswith("item,a,b,se_a,se_b\nitem1,")
    assert "log-likelihood -" in capsys.readouterr().err


def test_json_abilities_weights_and_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores, _, _ = binary(400, 6, 2)
    path = tmp_path / "r.csv"
    with path.open("w") as file:
        file.write("准考证号,地区,n," + ",".join(names(6)) + "\n")
        for k, row in enumerate(scores.tolist()):
            file.write(f"T{k},{'东' if k % 2 else '西'},{1 + k % 3}," + ",".join(map(str, row)) + "\n")
    out, abilities = tmp_path / "i.csv", tmp_path / "a.csv"
    code = main(
        ["calibrate", str(path), "--model", "2pl", "--out", str(out), "--abilities", str(abilities),
         "--weights", "n", "--group", "地区", "--json"]
    )  # fmt: skip
    assert code == 0
    said = json.loads(capsys.readouterr().out)
    assert said["converged"] and said["iterations"] > 1 and said["log_likelihood"] < 0
    assert [g["label"] for g in said["groups"]] == ["西", "东"]
    rows = calibrated(abilities)
    assert rows[0]["id"] == "T0" and float(rows[0]["se"]) > 0 and len(rows) == 400
    assert [float(r["a"]) for r in calibrated(out)] == pytest.approx(
        [i["a"] for i in said["items"]], rel=1e-9
    )


def test_anchors_from_an_earlier_table_stay(tmp_path: Path) -> None:
    scores, _, _ = binary(600, 8, 3)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    path = write(tmp_path / "r.csv", scores)
    assert main(["calibrate", str(path), "--out", str(first)]) == 0
    anchors = tmp_path / "anchors.csv"
    anchors.write_text("\n".join(first.read_text().splitlines()[:4]) + "\n")
    assert main(["calibrate", str(path), "--anchors", str(anchors), "--out", str(second)]) == 0
    for old, new in zip(calibrated(first)[:3], calibrated(second)[:3], strict=True):
        assert (old["a"], old["b"]) == (new["a"], new["b"]) and float(new["se_a"]) == 0


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        ("3pl", ["item", "a", "b", "c", "se_a", "se_b", "se_c"]),
        ("rasch", ["item", "a", "b", "se_a", "se_b"]),
        ("gpcm", ["item", "a", "step1", "step2", "se_a", "se_step1", "se_step2"]),
    ],
)
def test_columns_of_each_model(tmp_path: Path, model: str, columns: list[str]) -> None:
    scores = graded(500, 6, 2, 4)[0] if model == "gpcm" else binary(500, 6, 4)[0]
    out = tmp_path / "i.csv"
    assert (
        main(["calibrate", str(write(tmp_path / "r.csv", scores)), "--model", model, "--out", str(out)]) == 0
    )
    assert list(calibrated(out)[0]) == columns


CELLS = ["0", "1", "2", "9", "10", "", "-1", "NA", " 1", "1.0", '"1"']


@settings(max_examples=40, deadline=None)
@given(
    cells=st.lists(
        st.lists(st.sampled_from(CELLS), min_size=3, max_size=3),
        min_size=1, max_size=12,
    ),
    newline=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    bom=st.booleans(),
)  # fmt: skip
def test_the_fast_reader_reads_what_the_csv_module_reads(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]], newline: str, last: bool, bom: bool
) -> None:
    path = tmp_path_factory.mktemp("sheet") / "r.csv"
    body = newline.join(["a,b,c", *(",".join(row) for row in cells)]) + (newline if last else "")
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + body.encode())
    meaning = {"": -1, "-1": -1, "NA": -1, " 1": 1, "1.0": 1, '"1"': 1}
    expected = [[meaning.get(c, int(c) if c.isdigit() else -1) for c in row] for row in cells]
    found = read_responses(path)
    items = len(found.items)  # a first column holding "NA" or "1.0" may be taken for candidates' numbers
    assert found.scores.tolist() == [row[3 - items :] for row in expected]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("a,b,c\n1,0,1\n1,x,0\n", "score", ["3", "b", "x"]),
        ("a,b,c\n1,0,1\n1,0\n", "ragged", ["3", "2"]),
        ("a,b,a\n1,0,1\n", "twice", ["a"]),
        ("", "empty", []),
        ("a,b,c\n1,0,1\n1,0.5,0\n", "score", ["0.5"]),
        ("a,b,c\n1,0,1\n1,-2,0\n", "score", ["-2"]),
    ],
)
def test_bad_files_name_the_place(tmp_path: Path, text: str, code: str, words: list[str]) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(BadInput) as bad:
        read_responses(path)
    assert bad.value.code == code
    assert all(w in bad.value.say("zh") and w in bad.value.say("en") for w in words)


def test_misuse_exits_two_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "o.csv")
    assert main(["calibrate", str(tmp_path / "none.csv"), "--out", out]) == 2
    assert "找不到文件" in capsys.readouterr().err
    flat = write(tmp_path / "flat.csv", np.ones((60, 4), dtype=np.int8))
    assert main(["calibrate", str(flat), "--out", out]) == 2
    assert "试题" in capsys.readouterr().err
    np.savez(tmp_path / "r.npz", answers=np.ones((3, 3)))
    assert main(["calibrate", str(tmp_path / "r.npz"), "--out", out]) == 2
    assert "responses" in capsys.readouterr().err
    sheet = write(tmp_path / "ok.csv", binary(60, 4, 1)[0])
    assert main(["calibrate", str(sheet), "--out", out, "--group", "none"]) == 2
    assert "none" in capsys.readouterr().err


def test_a_sheet_without_a_header_is_read(tmp_path: Path) -> None:
    scores, _, _ = binary(50, 5, 5)
    found = read_responses(write(tmp_path / "r.csv", scores, header=False))
    assert found.items[0] == "item1" and (found.scores == scores).all()


def sheet(tmp_path: Path) -> tuple[Path, str]:
    """A sound sheet of 60 x 5 with candidates' numbers, and its text."""
    scores, _, _ = binary(60, 5, 9)
    path = write(tmp_path / "r.csv", scores, ids=True)
    return path, path.read_text()


def test_unicode_text_as_excel_saves_it_is_read(tmp_path: Path) -> None:
    path, text = sheet(tmp_path)
    plain = read_responses(path)
    path.write_bytes(text.replace(",", "\t").encode("utf-16"))
    assert np.array_equal(read_responses(path).scores, plain.scores)


@pytest.mark.parametrize(("cell", "code"), [("inf", "score"), ("nan?", "score"), ("1" * 200_000, "score")])
def test_no_cell_is_a_traceback(cell: str, code: str, tmp_path: Path) -> None:
    path, text = sheet(tmp_path)
    first, second, rest = text.split("\n", 2)
    path.write_text(f"{first}\n{second.rsplit(',', 1)[0]},{cell}\n{rest}")
    with pytest.raises(BadInput) as refused:
        read_responses(path)
    assert refused.value.code == code
    assert refused.value.params["row"] == 2
    path.write_text(f'{first}\n{second.rsplit(",", 1)[0]},"{cell}"\n{rest}')
    with pytest.raises(BadInput) as refused:
        read_responses(path)
    assert refused.value.params["row"] == 2


def test_a_cut_off_npz_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "whole.npz", responses=binary(60, 5, 9)[0])
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:150])
    with pytest.raises(BadInput) as refused:
        read_responses(tmp_path / "cut.npz")
    assert refused.value.code == "unreadable"


def test_anchors_in_gb18030_and_an_anchor_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, text = sheet(tmp_path)
    path.write_bytes(text.replace("item1", "题一").encode("gb18030"))
    anchors, out = tmp_path / "a.csv", tmp_path / "i.csv"
    anchors.write_bytes("item,a,b\n题一,1,0.25\n".encode("gb18030"))
    run = ["calibrate", str(path), "--model", "rasch", "--anchors", str(anchors), "--out", str(out)]
    assert main(run) == 0
    assert calibrated(out)[0]["b"] == "0.25"
    anchors.write_text("item,a,b\n题一,1,0.25\n题一,1,0.5\n")
    assert main(run) == 2
    assert "第 3 行" in capsys.readouterr().err


def test_outputs_that_cannot_be_are_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, text = sheet(tmp_path)
    out = tmp_path / "i.csv"
    for arguments in (
        ["--out", str(path)],
        ["--out", str(out), "--abilities", str(out)],
        ["--out", str(out), "--abilities", str(tmp_path / "none" / "a.csv")],
    ):
        assert main(["calibrate", str(path), *arguments]) == 2
        assert capsys.readouterr().err
    assert not out.exists()
    assert path.read_text() == text


def test_a_dash_reads_and_writes_the_standard_streams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _, text = sheet(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["calibrate", "-", "--out", "-"]) == 0
    assert capfd.readouterr().out.startswith("item,a,b,se_a,se_b\nitem1,")


def test_candidates_who_stand_twice_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, text = sheet(tmp_path)
    path.write_text(text + text.splitlines()[1] + "\n")
    assert main(["calibrate", str(path), "--out", str(tmp_path / "i.csv")]) == 0
    assert "c00000" in capsys.readouterr().err
