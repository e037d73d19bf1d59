"""`chizheng inspection`: what is due at the inspectors' desks without anybody asking."""

from __future__ import annotations

import argparse

SUMMARY = "监察到期事项：一证两用线索移交查处 (certificates claimed at two employers are handed to quality)"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.inspection.usecases.double_claims import announce_double_claims
    from chizheng.platform.clock import now

    print(f"double claims handed over: {announce_double_claims(now=now())}")
    return 0
