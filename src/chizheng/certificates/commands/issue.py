"""`chizheng issue`: what the issuing process does: commit steps, issue approved batches, publish status."""

from __future__ import annotations

import argparse
import sys

SUMMARY = "签发已批准的批次 (issue approved batches, publish status)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--status-only", action="store_true", help="只发布状态 (publish status only)")


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.assessment.models import Session
    from chizheng.certificates.usecases.commit_sitting import commit_due
    from chizheng.certificates.usecases.issue_batch import issue_due
    from chizheng.certificates.usecases.publish_trust import publish_status
    from chizheng.certificates.usecases.turn_status import log_turns_due
    from chizheng.platform.clock import now

    held = 0
    if not args.status_only:
        for session in Session.objects.exclude(state__in=["draft", "enrolling", "annulled"]).order_by(
            "exam_date"
        ):
            for step in commit_due(session=session, now=now()):
                print(f"{session.number}: {step}", file=sys.stderr)
        for batch in issue_due(now=now()):
            print(f"{batch.institution} {batch.occupation} {batch.level}: {batch.state} ({batch.count})")
            held += batch.state == "held"
        log_turns_due()
    publish_status(now=now())
    return 1 if held else 0
