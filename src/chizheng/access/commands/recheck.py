"""`chizheng recheck`: ask held and provisional registration checks again, tell subscribers, note the law's edition."""

from __future__ import annotations

import argparse

SUMMARY = "复核暂缓的开业核验、通知目录订阅人 (recheck registrations, tell subscribers)"


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.access.usecases.check_registration import recheck_due
    from chizheng.access.usecases.keep_overlay import note_edition
    from chizheng.access.usecases.tell_subscribers import tell_changes
    from chizheng.platform.clock import now, today

    note_edition(now=now())
    print(f"released {recheck_due(now=now(), on=today())}, told {tell_changes(on=today())}")
    return 0
