"""`chizheng screen` as a user meets it: exit status, messages, files."""

from __future__ import annotations

import json
from datetime import date

import pytest

from chizheng.cli import main
from tests.inspection.tables_of import TYPES, read, read_file, write
from tests.inspection.worlds import world

FAR = date(9999, 12, 31)
NAMED = {
    "c": "person BIGINT, occupation VARCHAR, level INTEGER, valid_from DATE, valid_until DATE",
    "e": "filing BIGINT, person BIGINT, employer BIGINT, occupation VARCHAR, place VARCHAR, start_date DATE, "
    "end_date DATE",
}


@pytest.fixture
def files(tmp_path):
    held, jobs, bars = world(3, 300)
    write(
        tmp_path / "c.parquet",
        TYPES["certificates"],
        [(h.person, h.occupation, h.level, h.start, h.end) for h in held],
    )
    write(
        tmp_path / "e.parquet",
        TYPES["employment"],
        [(j.filing, j.person, j.employer, j.occupation, j.place, j.start, j.end, j.level) for j in jobs],
    )
    write(
        tmp_path / "g.parquet",
        TYPES["gates"],
        [
            (
                b.gate,
                b.occupation,
                b.place,
                b.level,
                b.start,
                b.end,
                b.in_post_before,
                b.in_post_from,
                "第一条",
            )
            for b in bars
        ],
    )
    return tmp_path


@pytest.fixture
def named(tmp_path):
    """焊工 without, 电工 with a certificate, both in post since 2010."""
    write(
        tmp_path / "c.parquet",
        NAMED["c"],
        [(2, "电工", 4, date(2009, 1, 1), None), (9, "车工", 5, date(2009, 1, 1), FAR)],
    )
    write(
        tmp_path / "e.parquet",
        NAMED["e"],
        [
            (1, 1, 7, "车工", "440103", date(2010, 1, 1), None),
            (2, 9, 7, "车 工", "110101", date(2010, 1, 1), None),
            (3, 3, 8, "占卜师", "110101", date(2010, 1, 1), None),
        ],
    )
    return tmp_path


def run(folder, *more, gates=True):
    args = ["screen", "--certificates", str(folder / "c.parquet"), "--employment", str(folder / "e.parquet")]
    if gates:
        args += ["--gates", str(folder / "g.parquet")]
    return main([*args, "--out", str(folder / "out"), *more])


def test_findings_exit_one_with_a_summary(files, capsys):
    assert run(files, "--on", "2026-01-15", "--json") == 1
    summary = json.loads(capsys.readouterr().out)
    assert summary["findings"] == len(read(files / "out/findings", "filing")) > 0
    assert summary == json.loads((files / "out/summary.json").read_text())


def test_nothing_found_exits_zero(files, capsys):
    assert run(files, "--on", "1980-01-01") == 0
    assert "0 项" in capsys.readouterr().out


def test_a_period_includes_its_last_day(files, capsys):
    run(files, "--from", "2026-01-15", "--to", "2026-01-15", "--json")
    period = json.loads(capsys.readouterr().out)
    assert run(files, "--on", "2026-01-15", "--json", "--out", str(files / "day")) == 1
    day = json.loads(capsys.readouterr().out)
    assert (period["findings"], period["from"], period["to"]) == (day["findings"], day["from"], day["to"])


def test_the_built_in_law_is_the_default(named, capsys):
    assert run(named, "--on", "2010-06-01", gates=False) == 1
    assert [row[0] for row in read(named / "out/findings", "filing, citation")] == [1]
    assert "招用技术工种从业人员规定" in read(named / "out/findings", "citation")[0][0]
    assert read(named / "out/findings", "occupation_name") == [("车工",)]
    capsys.readouterr()
    assert run(named, "--on", "2016-06-01", "--out", str(named / "later"), gates=False) == 0


def test_numbers_need_names_for_the_built_in_law(files, capsys):
    assert run(files, "--on", "2010-06-01", gates=False) == 2
    assert "--occupations" in capsys.readouterr().err


def test_numbers_with_a_register_of_occupations(tmp_path, capsys):
    write(tmp_path / "c.parquet", TYPES["certificates"], [])
    write(tmp_path / "e.parquet", TYPES["employment"], [(1, 1, 1, 42, 440103, date(2010, 1, 1), FAR, 9)])
    write(tmp_path / "o.parquet", "occupation INTEGER, name VARCHAR, graded BOOLEAN", [(42, "车工", True)])
    assert run(tmp_path, "--on", "2010-06-01", "--occupations", str(tmp_path / "o.parquet"), gates=False) == 1
    assert read(tmp_path / "out/findings", "occupation, occupation_name") == [(42, "车工")]


@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        (TYPES["certificates"].replace("person BIGINT, ", ""), (1, 5, FAR, FAR), "缺少列“person”"),
        (TYPES["certificates"].replace("person BIGINT", "person UBIGINT"), (1, 1, 5, FAR, FAR), "UBIGINT"),
        (
            TYPES["certificates"].replace("valid_from DATE", "valid_from TIMESTAMP"),
            (1, 1, 5, FAR, FAR),
            "TIMESTAMP",
        ),
        (TYPES["certificates"], (None, 1, 5, FAR, FAR), "列“person”有 1 行为空，例如第 1 行"),
        (TYPES["certificates"], (1, 1, 12, FAR, FAR), "第 1 行为 12"),
        (
            TYPES["certificates"].replace("occupation INTEGER", "occupation VARCHAR"),
            (1, "车工", 5, FAR, FAR),
            "职业的写法不一致",
        ),
    ],
)
def test_misuse_says_what_to_change(files, capsys, columns, row, said):
    write(files / "c.parquet", columns, [row])
    assert run(files, "--on", "2026-01-15") == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "--on"),
        (("--on", "2026-01-15", "--from", "2026-01-01"), "--on"),
        (("--from", "2026-01-01"), "--to"),
        (("--on", "15.1.2026"), "YYYY-MM-DD"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "期间为空"),
        (("--on", "2026-01-15", "--place", "4"), "地区代码"),
        (("--on", "2026-01-15", "--certificates", "nowhere.parquet"), "找不到文件"),
        (("--on", "2026-01-15", "--memory", "1"), "--memory"),
    ],
)
def test_misuse_of_options(files, capsys, more, said):
    assert run(files, *more) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_parquet(files, capsys):
    (files / "c.parquet").write_text("person,occupation\n")
    assert run(files, "--on", "2026-01-15") == 2
    assert "Parquet" in capsys.readouterr().err


def test_a_place_out_of_range_names_the_row(files, capsys):
    write(files / "e.parquet", TYPES["employment"], [(1, 1, 1, 1, 44010300, FAR, FAR, 9)])
    assert run(files, "--on", "2026-01-15") == 2
    assert "44010300" in capsys.readouterr().err


def test_a_delta_says_the_hash_of_the_whole(files, capsys):
    assert run(files, "--on", "2026-01-15", "--json") == 1
    capsys.readouterr()
    rows = read(files / "out/findings", "person")
    write(files / "p.parquet", "person BIGINT", rows[:5])
    kept = "filing, person, employer, occupation, place, start_date, end_date, level"
    with_five_gone = [r for r in read_file(files / "e.parquet", kept) if (r[1],) not in rows[:5]]
    write(files / "e.parquet", TYPES["employment"], with_five_gone)
    more = ("--on", "2026-01-15", "--json")
    delta = (
        "--changed",
        str(files / "p.parquet"),
        "--previous",
        str(files / "out"),
        "--out",
        str(files / "delta"),
    )
    assert run(files, *more, *delta) == 0
    told = json.loads(capsys.readouterr().out)
    run(files, *more, "--out", str(files / "full"))
    full = json.loads(capsys.readouterr().out)
    assert told["row_hash_now"] == full["row_hash"]
    assert told["removed"] == len(rows) - full["findings"] > 0


def test_a_delta_needs_an_answer_to_replace(files, capsys):
    write(files / "p.parquet", "person BIGINT", [(1,)])
    assert run(files, "--on", "2026-01-15", "--changed", str(files / "p.parquet")) == 2
    assert "--previous" in capsys.readouterr().err
    (files / "empty").mkdir()
    more = ("--changed", str(files / "p.parquet"), "--previous", str(files / "empty"))
    assert run(files, "--on", "2026-01-15", *more) == 2
    assert "summary.json" in capsys.readouterr().err


def test_demands_without_a_gate(named, capsys):
    columns = (
        "demand BIGINT, employer BIGINT, occupation VARCHAR, place VARCHAR, start_date DATE, end_date DATE"
    )
    rows = [
        (1, 7, "车工", "44", date(2016, 1, 1), None),
        (2, 7, "消防设施操作员", "44", date(2016, 1, 1), None),
    ]
    write(named / "d.parquet", columns, rows)
    assert run(named, "--on", "2016-06-01", "--demands", str(named / "d.parquet"), "--json", gates=False) == 1
    assert json.loads(capsys.readouterr().out)["overgating"] == 1
    assert read(named / "out/overgating", "demand") == [(1,)]


def test_filings_without_a_day_are_pointed_out(files, capsys):
    write(
        files / "e.parquet",
        TYPES["employment"],
        [(77, 1, 1, 1, 440103, date(2026, 1, 2), date(2026, 1, 2), 9)],
    )
    assert run(files, "--on", "2026-01-15") == 0
    assert "备案 77" in capsys.readouterr().err


@pytest.mark.parametrize("period", [["--on", "9999-12-31"], ["--from", "2010-01-01", "--to", "9999-12-31"]])
def test_the_day_that_stands_for_no_end_is_no_day_to_ask_for(period, named, capsys):
    asked = ["--certificates", str(named / "c.parquet"), "--employment", str(named / "e.parquet")]
    assert main(["screen", *asked, *period, "--out", str(named / "out")]) == 2
    assert "9999-12-31" in capsys.readouterr().err
    assert not (named / "out").exists()
