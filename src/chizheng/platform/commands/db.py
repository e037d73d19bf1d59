"""`chizheng db`: bring the schema up to date, say where the database is, stop the embedded server."""

from __future__ import annotations

import argparse

SUMMARY = "database: migrate, status, stop  数据库"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["migrate", "status", "stop", "shell-url"])


def run(args: argparse.Namespace) -> int:
    from chizheng.platform import postgres

    if args.action == "stop":
        print("stopped" if postgres.stop() else "not running")
        return 0
    if args.action == "status":
        print("running" if postgres.is_running() else "not running")
        return 0
    if args.action == "shell-url":
        print(postgres.database_url())
        return 0
    from chizheng.platform.boot import boot

    boot()
    from django.core.management import call_command

    call_command("migrate", verbosity=1, interactive=False)
    return 0
