"""`chizheng watch`: tell watchers what happened to their certificates, and people on a roster that they are on it."""

from __future__ import annotations

import argparse

SUMMARY = "发送通知：证书状态变更、考试名册核对 (notify watchers of changes and people on rosters)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["send", "tidy"])
    parser.add_argument(
        "--most", type=int, default=500, help="一次最多发送的条数 (at most this many notices)"
    )


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.certificates.usecases import tell_roster
    from chizheng.certificates.usecases.watch_status import make_notices, send_due
    from chizheng.platform.clock import now

    if args.action == "tidy":
        return _tidy()
    made = make_notices(now=now())
    sent, failed = send_due(now=now(), most=args.most)
    print(f"made {made}, sent {sent}, failed for now {failed}")
    told = tell_roster.make_notices(now=now())
    mailed, missed = tell_roster.send_due(now=now(), most=args.most)
    print(f"rosters: made {told}, sent {mailed}, failed for now {missed}")
    return 1 if failed or missed else 0


def _tidy() -> int:
    """Hand over patterns that were missed; remove failed checks and sheets that are kept no longer."""
    from chizheng.certificates.usecases.verify_sheet import forget_sheets
    from chizheng.certificates.usecases.watch_failures import forget_failures, tell_again
    from chizheng.platform.clock import now

    at = now()
    told, failures, sheets = tell_again(now=at), forget_failures(now=at), forget_sheets(now=at)
    print(f"patterns handed over again {told}, failed checks removed {failures}, sheets removed {sheets}")
    return 0
