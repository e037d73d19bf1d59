"""`chizheng watch`: tell watchers what happened to the certificates they hold."""

from __future__ import annotations

import argparse

SUMMARY = "证书关注：发送状态变更通知 (notify watchers of status changes)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["send"])
    parser.add_argument(
        "--most", type=int, default=500, help="一次最多发送的条数 (at most this many notices)"
    )


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.certificates.usecases.watch_status import make_notices, send_due
    from chizheng.platform.clock import now

    made = make_notices(now=now())
    sent, failed = send_due(now=now(), most=args.most)
    print(f"made {made}, sent {sent}, failed for now {failed}")
    return 1 if failed else 0
