"""The `chizheng` command: one noun of the domain each, loaded only when it is asked for.

Result on stdout, progress on stderr, `--json` for machines; exit 0 done, 1 findings, 2 misuse.
A command is a module with `SUMMARY`, `configure(parser)` and `run(args) -> int`; it imports Django
only if it needs the database (`chizheng.platform.boot.boot()`), so that the others start fast.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys

COMMANDS: dict[str, str] = {
    # noun -> module; kept in the order a newcomer meets them
    "gate": "chizheng.access.commands.gate",
    "verify": "chizheng.certificates.commands.verify",
    "log": "chizheng.certificates.commands.log",
    "keys": "chizheng.certificates.commands.keys",
    "issue": "chizheng.certificates.commands.issue",
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
    "demo": "chizheng.portal.commands.demo",
    "serve": "chizheng.portal.commands.serve",
    "db": "chizheng.platform.commands.db",
    "django": "chizheng.platform.commands.django",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    from chizheng.kernel.errors import ChizhengError

    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="chizheng", description="持证 Chizheng")
    known = [n for n, m in COMMANDS.items() if _exists(m)]
    if not argv or argv[0] not in known:
        sub = parser.add_subparsers(metavar="COMMAND")
        for noun in known:
            sub.add_parser(noun, help=importlib.import_module(COMMANDS[noun]).SUMMARY)
        if argv and argv[0] in ("-h", "--help"):
            parser.print_help()
            return 0
        parser.print_help(sys.stderr)
        return 2
    module = importlib.import_module(COMMANDS[argv[0]])
    parser = argparse.ArgumentParser(prog=f"chizheng {argv[0]}", description=module.SUMMARY)
    module.configure(parser)
    if argv[0] == "django":  # everything after it is Django's, its --help too
        return int(module.run(argparse.Namespace(rest=argv[1:])))
    try:
        args = parser.parse_args(argv[1:])
    except SystemExit as stop:  # argparse exits 2 on misuse and 0 on --help
        return int(stop.code or 0)
    try:
        return int(module.run(args))
    except ChizhengError as error:
        print(error.say(os.environ.get("CHIZHENG_LANG", "zh")), file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
