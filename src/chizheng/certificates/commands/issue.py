"""`chizheng issue`: what the issuing process does: commit steps, issue approved batches, publish what verifiers hold."""

from __future__ import annotations

import argparse
import sys

SUMMARY = "签发已批准的批次，公布状态 (issue approved batches, publish status)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, default=1, help="签发进程数 (processes that sign)")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--status-only", action="store_true", help="只发布状态 (publish status only)")
    only.add_argument("--check-status", action="store_true",
                      help="由事件重建状态并与已公布文件比对 (rebuild status from events and compare)")  # fmt: skip
    only.add_argument("--register", action="store_true", help="生成查询快照 (write the register snapshot)")
    only.add_argument(
        "--buckets", action="store_true", help="生成私密查询分桶 (write the range-query buckets)"
    )


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.certificates.usecases.publish_status import check_status, publish_status
    from chizheng.platform.clock import now

    if args.check_status:
        findings = check_status()
        for finding in findings:
            print(f"{finding.file}: {finding.what}")
        print("status: agrees with the events" if not findings else f"status: {len(findings)} findings")
        return 1 if findings else 0
    if args.register or args.buckets:
        from chizheng.certificates.usecases.publish_register import publish_buckets, publish_register

        if args.register:
            print(f"register: {publish_register(now=now())} bytes")
        else:
            print(f"buckets: {publish_buckets(now=now()).name}")
        return 0
    held = 0 if args.status_only else _issue(args.workers)
    publish_status(now=now())
    from chizheng.certificates.usecases.publish_register import refresh_register

    for what in refresh_register(now=now()):
        print(f"{what}: up to date", file=sys.stderr)
    return 1 if held else 0


def _issue(workers: int) -> int:
    """Commit what is due, issue, log the turns a crash left; returns how many batches lint held."""
    from chizheng.certificates.usecases.annul_session import log_annulments_due
    from chizheng.certificates.usecases.commit_sitting import commit_all_due
    from chizheng.certificates.usecases.issue_batch import issue_due
    from chizheng.certificates.usecases.issue_many import issue_with_workers
    from chizheng.certificates.usecases.turn_status import log_turns_due
    from chizheng.platform.clock import now

    for session, step in commit_all_due(now=now()):
        print(f"{session.number}: {step}", file=sys.stderr)
    if workers > 1:
        issue_with_workers(workers=workers)
    held = 0
    for batch in issue_due(now=now()):
        print(f"{batch.institution} {batch.occupation} {batch.level or ''}: {batch.state} ({batch.count})")
        held += batch.state == "held"
    log_annulments_due()
    log_turns_due()
    return held
