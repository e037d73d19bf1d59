"""The `chizheng` command: one noun of the domain each, loaded only when it is asked for.

Result on stdout, progress on stderr, `--json` for machines; exit 0 done, 1 findings, 2 misuse.
A command is a module with `SUMMARY`, `configure(parser)` and `run(args) -> int`; it imports Django
only if it needs the database (`chizheng.platform.boot.boot()`), so that the others start fast.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from typing import TextIO

COMMANDS: dict[str, str] = {
    # noun -> module; kept in the order a newcomer meets them
    "gate": "chizheng.access.commands.gate",
    "verify": "chizheng.certificates.commands.verify",
    "log": "chizheng.certificates.commands.log",
    "keys": "chizheng.certificates.commands.keys",
    "issue": "chizheng.certificates.commands.issue",
    "ledger": "chizheng.certificates.commands.ledger",
    "watch": "chizheng.certificates.commands.watch",
    "ads": "chizheng.access.commands.ads",
    "access": "chizheng.access.commands.access",
    "screen": "chizheng.inspection.commands.screen",
    "inspect": "chizheng.inspection.commands.inspect",
    "calibrate": "chizheng.quality.commands.calibrate",
    "surveil": "chizheng.quality.commands.surveil",
    "quality": "chizheng.quality.commands.quality",
    "catalogue": "chizheng.catalogue.commands.catalogue",
    "simulate": "chizheng.portal.commands.simulate",
    "daily": "chizheng.portal.commands.daily",
    "demo": "chizheng.portal.commands.demo",
    "serve": "chizheng.portal.commands.serve",
    "db": "chizheng.platform.commands.db",
    "django": "chizheng.platform.commands.django",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if not argv or argv[0] in ("-h", "--help"):
        _usage(sys.stdout if argv else sys.stderr)
        return 0 if argv else 2
    before = os.environ.get("CHIZHENG_LANG")
    os.environ["CHIZHENG_LANG"] = _language(os.environ)
    try:
        return _run(argv[0], argv[1:])
    finally:  # whoever calls this more than once in a process keeps the language it had
        if before is None:
            del os.environ["CHIZHENG_LANG"]
        else:
            os.environ["CHIZHENG_LANG"] = before


def _run(noun: str, rest: list[str]) -> int:
    if noun not in COMMANDS or not _exists(COMMANDS[noun]):
        print(_sentence(_NO_COMMAND, noun=noun, near=_near(noun)), file=sys.stderr)
        return 2
    module = importlib.import_module(COMMANDS[noun])
    if noun == "django":  # everything after it is Django's, its --help too
        return int(module.run(argparse.Namespace(rest=rest)))
    # --lang may stand anywhere, behind a verb too; it is taken out before the command sees the rest
    spoken = argparse.ArgumentParser(prog=f"chizheng {noun}", add_help=False, allow_abbrev=False)
    spoken.add_argument("--lang", choices=("zh", "en"), help="语言 (language of messages and results)")
    parser = argparse.ArgumentParser(
        prog=f"chizheng {noun}", description=module.SUMMARY, parents=[spoken], allow_abbrev=False
    )
    module.configure(parser)
    try:
        language, rest = spoken.parse_known_args(rest)
        if language.lang:
            os.environ["CHIZHENG_LANG"] = language.lang
        args = parser.parse_args(rest)
    except SystemExit as stop:  # argparse exits 2 on misuse and 0 on --help
        return int(stop.code or 0)
    return _guarded(lambda: int(module.run(args)))


def _guarded(run: Callable[[], int]) -> int:
    """What may go wrong in any command, said in a line: no user reads a traceback."""
    from chizheng.kernel.errors import ChizhengError

    try:
        status = run()
        sys.stdout.flush()
    except ChizhengError as error:
        print(error.say(os.environ["CHIZHENG_LANG"]), file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has read enough; nothing more may be written, not at exit either
        _discard_stdout()
        return 0
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # rich leaves in this way
            return 0
        raise
    except KeyboardInterrupt:
        print(f"\n{_sentence(_INTERRUPTED)}", file=sys.stderr)
        return 130
    except _database_faults() as error:
        if getattr(error.__cause__, "sqlstate", None) not in _NOT_THERE:
            raise
        print(_sentence(_NO_TABLES, reason=str(error).splitlines()[0]), file=sys.stderr)
        return 2
    except OSError as error:
        if error.filename is None and error.errno not in _DISK:
            raise
        print(_sentence(_SYSTEM, path=error.filename or "", reason=error.strerror), file=sys.stderr)
        return 2
    return status


def _database_faults() -> tuple[type[BaseException], ...]:
    """What a database says of a statement it cannot follow; nothing where no database was asked."""
    faults = sys.modules.get("django.db.utils")
    return (faults.ProgrammingError,) if faults else ()


def _discard_stdout() -> None:
    with contextlib.suppress(OSError, ValueError):  # no descriptor: a test's stand-in for stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _language(environment: Mapping[str, str]) -> str:
    """CHIZHENG_LANG, else the locale: English where it says so, Chinese for all others (C and POSIX too)."""
    if environment.get("CHIZHENG_LANG"):
        return environment["CHIZHENG_LANG"]
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "en" if locale.lower().startswith("en") else "zh"


def _usage(out: TextIO) -> None:
    parser = argparse.ArgumentParser(prog="chizheng", description="持证 Chizheng")
    sub = parser.add_subparsers(metavar="COMMAND")
    for noun, module in COMMANDS.items():
        if _exists(module):
            sub.add_parser(noun, help=importlib.import_module(module).SUMMARY)
    parser.print_help(out)


def _near(noun: str) -> str:
    import difflib

    return "、".join(difflib.get_close_matches(noun, COMMANDS, n=3, cutoff=0.5) or COMMANDS)


def _sentence(sentence: tuple[str, str], **params: object) -> str:
    from chizheng.kernel.wording import Wording

    return Wording(*sentence).say(os.environ["CHIZHENG_LANG"], **params)


_NOT_THERE = ("42P01", "42703")  # undefined table, undefined column
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_NO_COMMAND = (
    "没有命令“{noun}”；可用：{near}（chizheng --help 列出全部）",
    "There is no command '{noun}'; there is: {near} (chizheng --help lists all)",
)
_INTERRUPTED = ("已中断，未完成的结果没有保存", "Interrupted; nothing unfinished was kept")
_NO_TABLES = (
    "数据库还没有建立或不是当前版本的表结构（{reason}）；请先运行 chizheng db migrate",
    "The database does not have the tables of this version ({reason}); run chizheng db migrate first",
)
_SYSTEM = ("不能读写 {path}：{reason}", "Cannot read or write {path}: {reason}")


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
