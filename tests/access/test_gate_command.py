"""`chizheng gate` as a clerk and a program use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from chizheng.cli import main

ASK = ["gate", "--act", "recruit", "--occupation", "焊工", "--place", "44", "--on", "2005-06-01"]


def test_the_question_of_the_issue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ASK) == 1
    out = capsys.readouterr().out
    assert "缺少证书" in out and "广东省" in out
    assert main([*ASK, "--level", "4", "--held", "焊工:4"]) == 0


@pytest.mark.parametrize(
    ("more", "verdict", "status"),
    [
        ([], "missing", 1),
        (["--held", "焊工:5"], "clear", 0),
        (["--held", "焊工：5", "--level", "4"], "missing", 1),
        (["--exempt", "order6-apprentice"], "exempt", 0),
        (["--demanded"], "clear", 0),
        (["--on", "2020-06-01", "--demanded"], "over_gated", 1),
        (["--on", "2020-06-01"], "clear", 0),
        (["--act", "register", "--on", "2012-06-01"], "advice", 0),
        (["--place", "广东省"], "missing", 1),
        (["--place", ""], "missing", 1),
        (["--place", "440103"], "missing", 1),
    ],
)
def test_json(more: list[str], verdict: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASK, *more, "--json"]) == status
    answer = json.loads(capsys.readouterr().out)
    assert answer["verdict"] == verdict
    assert set(answer) == {"verdict", "reasons", "citations"}
    assert all(set(r) == {"code", "message", "citation"} for r in answer["reasons"])
    cited = [r["citation"] for r in answer["reasons"] if r["citation"]]
    assert answer["citations"] == list(dict.fromkeys(cited))


def test_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASK, "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "certificate missing" in out and "Guangdong" in out
    assert "缺少" not in out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--place", "99"], "4401 广州"),
        (["--place", "火星"], "火星"),
        (["--act", "marry"], "recruit 招用"),
        (["--on", "2005-13-01"], "2005-06-01"),
        (["--on", "20050601"], "2005-06-01"),
        (["--level", "6"], "高级技师"),
        (["--level", "四"], "高级技师"),
        (["--held", "焊工:"], "焊工:4"),
        (["--held", "焊工:9"], "高级技师"),
        (["--exempt", "holiday"], "order6-apprentice"),
        (["--occupation", " "], "职业"),
    ],
)
def test_misuse_says_what_to_write(more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASK, *more]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_missing_option_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "--act", "recruit"]) == 2


def test_it_starts_without_django() -> None:
    code = (
        "import sys; from chizheng.cli import main; "
        f"main({ASK!r} + ['--json']); sys.exit('django' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=os.environ | {"PYTHONPATH": "src"}
    )
    assert done.returncode == 0, done.stderr
