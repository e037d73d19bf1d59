"""`chizheng watch`: tell watchers what happened to the certificates they hold."""

from __future__ import annotations

import argparse

SUMMARY = "证书关注：发送状态变更通知 (notify watchers of status changes)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["send", "tidy"])
    parser.add_argument(
        "--most", type=int, default=500, help="一次最多发送的条数 (at most this many notices)"
    )


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.certificates.usecases.watch_status import make_notices, send_due
    from chizheng.platform.clock import now

    if args.action == "tidy":
        return _tidy()
    made = make_notices(now=now())
    sent, failed = send_due(now=now(), most=args.most)
    print(f"made {made}, sent {sent}, failed for now {failed}")
    return 1 if failed else 0


def _tidy() -> int:
    """Hand over patterns that were missed; remove failed checks and sheets that are kept no longer."""
    from chizheng.certificates.usecases.verify_sheet import forget_sheets
    from chizheng.certificates.usecases.watch_failures import forget_failures, tell_again
    from chizheng.platform.clock import now

    at = now()
    told, failures, sheets = tell_again(now=at), forget_failures(now=at), forget_sheets(now=at)
    print(f"patterns handed over again {told}, failed checks removed {failures}, sheets removed {sheets}")
    return 0
