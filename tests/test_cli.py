"""The command line's frame: language, unknown commands, closed pipes, interrupts, system faults."""

from __future__ import annotations

import argparse
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from chizheng import cli

GATE = ["gate", "--act", "recruit", "--occupation", "焊工", "--on"]


def command(monkeypatch: pytest.MonkeyPatch, run: Callable[[argparse.Namespace], int]) -> None:
    """`chizheng probe` does `run`."""
    module = SimpleNamespace(SUMMARY="probe", configure=lambda parser: None, run=run)
    monkeypatch.setitem(sys.modules, "chizheng_probe", module)
    monkeypatch.setitem(cli.COMMANDS, "probe", "chizheng_probe")
    monkeypatch.setattr(cli, "_exists", lambda module: True)


def test_a_command_that_is_not_there_is_named_with_those_near_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calibrat"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "没有命令“calibrat”" in err
    assert "calibrate" in err


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "CHIZHENG_LANG": "zh"}, True),
    ],
)
def test_messages_follow_the_locale_unless_told(
    environment: dict[str, str],
    chinese: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("LANG", "LC_ALL", "LC_MESSAGES", "CHIZHENG_LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cli.main([*GATE, "soon"]) == 2
    assert ("日期" in capsys.readouterr().err) is chinese


@pytest.mark.parametrize("where", ["before", "after"])
def test_lang_may_stand_anywhere_in_any_command_and_ends_with_it(
    where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    vet = ["vet", "no.csv", "--on", "2010-06-01"]
    lang = ["--lang", "en"]
    assert cli.main(["ads", *(lang + vet if where == "before" else vet + lang)]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert cli.main(["ads", *vet]) == 2
    assert "找不到" in capsys.readouterr().err


def test_an_interrupt_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(args: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    command(monkeypatch, interrupted)
    assert cli.main(["probe"]) == 130
    assert "已中断" in capsys.readouterr().err


def test_a_full_disk_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(args: argparse.Namespace) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    command(monkeypatch, full)
    assert cli.main(["probe"]) == 2
    assert os.strerror(errno.ENOSPC) in capsys.readouterr().err


def test_a_closed_pipe_makes_no_noise() -> None:
    code = "import sys; from chizheng.cli import main; sys.exit(main(sys.argv[1:]))"
    run = subprocess.Popen(
        [sys.executable, "-c", code, *GATE, "2010-06-01"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()
    assert run.stderr.read() == b""
    assert run.wait(30) == 0
    run.stderr.close()


@pytest.mark.django_db
def test_a_database_without_tables_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unmade(args: argparse.Namespace) -> int:
        with connection.cursor() as cursor:
            cursor.execute("select 1 from certificates_never")
        return 0

    command(monkeypatch, unmade)
    with transaction.atomic():
        assert cli.main(["probe"]) == 2
        transaction.set_rollback(True)
    assert "chizheng db migrate" in capsys.readouterr().err


@pytest.mark.django_db
def test_another_fault_of_a_statement_is_not_called_missing_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(args: argparse.Namespace) -> int:
        with connection.cursor() as cursor:
            cursor.execute("select from where")
        return 0

    command(monkeypatch, wrong)
    with pytest.raises(ProgrammingError), transaction.atomic():
        cli.main(["probe"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--port", "99999"],
        ["serve", "--workers", "0"],
        ["demo", "--port", "0"],
        ["simulate", "--out", "never", "--sittings", "-1"],
        ["simulate", "--out", "never", "--stations", "0"],
    ],
)
def test_numbers_out_of_bounds_are_misuse(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    assert arguments[-2] in capsys.readouterr().err
