"""`chizheng django …`: Django's own commands (makemigrations, check, shell) for developers."""

from __future__ import annotations

import argparse

SUMMARY = "Django's own commands, for developers  开发用"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rest", nargs=argparse.REMAINDER)


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["chizheng django", *args.rest])
    return 0
