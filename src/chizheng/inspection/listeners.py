"""What inspection hears: posts were claimed, so a certificate may now be claimed twice."""

from __future__ import annotations

from datetime import datetime

from chizheng.inspection.usecases.double_claims import announce_double_claims
from chizheng.platform.happenings import listen


@listen("posts_claimed")
def look_for_double_claims(*, persons: list[int], at: datetime) -> None:
    """An employer filed or listed people; `chizheng inspect daily` finds what was missed."""
    announce_double_claims(now=at, persons=persons)
