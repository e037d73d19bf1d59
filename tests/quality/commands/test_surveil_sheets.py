"""Results as clerks save them, read by `chizheng surveil`."""

from __future__ import annotations

from pathlib import Path

import pytest

from chizheng.cli import main
from tests.quality.commands.test_surveil import rows_of, write


@pytest.fixture(scope="module")
def sound() -> list[list[str]]:
    return rows_of()[0]


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    out = path.with_name("flags.csv")
    assert main(["surveil", str(path), "--out", str(out)]) == 2
    assert not out.exists()
    return capsys.readouterr().err


def test_sheets_as_clerks_save_them_give_the_same_flags(tmp_path: Path, sound: list[list[str]]) -> None:
    chinese = ["鉴定站", "考评员", "批次", "日期", "准考证号", "理论成绩", "实操成绩", "职业", "等级"]
    text = write(tmp_path / "r.csv", sound, chinese).read_text(encoding="utf-8")
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    days = [[*r[:3], ("2025/3/15", "20250315", "2025年3月15日")[i % 3], *r[4:]] for i, r in enumerate(sound)]
    typed = [[*r[:5], f" {r[5].translate(wide)} ", r[6].translate(wide), *r[7:]] for r in days]
    sheets = {
        "plain.csv": text.encode(),
        "gb.csv": text.encode("gb18030"),
        "utf16.csv": text.replace(",", "\t").encode("utf-16"),
        "semicolon.csv": text.replace(",", ";").encode(),
        "typed.csv": write(tmp_path / "t.csv", typed, chinese).read_bytes(),
    }
    found = []
    for name, raw in sheets.items():
        (tmp_path / name).write_bytes(raw)
        assert main(["surveil", str(tmp_path / name), "--out", str(tmp_path / "flags.csv")]) == 1
        found.append((tmp_path / "flags.csv").read_text(encoding="utf-8"))
    assert len(set(found)) == 1


def test_a_row_cut_short_is_no_absence(
    tmp_path: Path, sound: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*sound[:5], sound[5][:4], *sound[6:]]
    assert "第 7 行" in refused(write(tmp_path / "r.csv", rows), capsys)


def test_flags_never_overwrite_the_results(
    tmp_path: Path, sound: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "r.csv", sound)
    before = path.read_bytes()
    assert main(["surveil", str(path), "--out", str(path)]) == 2
    assert "就是输入文件" in capsys.readouterr().err
    assert path.read_bytes() == before
