"""What quality hears: a sitting moves, its statistics are made; a roster came late, the sitting waits."""

from __future__ import annotations

from datetime import datetime

from chizheng.assessment.models import Session
from chizheng.platform.happenings import listen


@listen("session_moved")
def after_results(*, session: int, state: str, at: datetime) -> None:
    """Statistics when results are published or submitted; `chizheng quality run` finds what was missed."""
    if state in ("published", "submitted"):
        from chizheng.quality.usecases.gate import hold_if_late
        from chizheng.quality.usecases.statistics import make_report

        row = Session.objects.get(pk=session)
        make_report(session=row, now=at)
        hold_if_late(session=row, now=at)


@listen("roster_late")
def after_late_roster(*, session: int, at: datetime) -> None:
    """The log saw the roster only after the exam had begun: the sitting waits for a reviewer."""
    from chizheng.quality.usecases.gate import LATE, open_hold

    open_hold(session=Session.objects.get(pk=session), cause="late", reason=LATE, now=at)


@listen("certificate_suspicious")
def open_case(*, source: str, certificate_number: str, region: str, summary: str, at: datetime) -> None:
    """Somebody downstream noticed a pattern about a certificate: `source` is 'verification' (asked for under
    many names, failed again and again) or 'employers' (one certificate used in two places at once)."""
    from chizheng.quality.usecases.cases import receive_case

    receive_case(source=source, summary=summary, region=region, certificate_number=certificate_number, now=at)
