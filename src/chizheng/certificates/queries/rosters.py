"""Notices of rosters: a person's own, and the one a token opens."""

from __future__ import annotations

from django.db.models import QuerySet

from chizheng.certificates.models import RosterNotice
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account

_NONE = Wording(zh="链接不完整或已失效；请从邮件里重新打开", en="the link is not whole or no longer valid")


def notices_of(account: Account) -> QuerySet[RosterNotice]:
    """The notices of the account's person, the latest exam first."""
    if account.person_id is None:
        return RosterNotice.objects.none()
    rows = RosterNotice.objects.filter(registration__person=account.person_id)
    return _whole(rows).order_by("-registration__session__exam_date", "-pk")


def notice_by_token(token: str) -> RosterNotice:
    """The notice whose link this is; raises NotFound."""
    found = _whole(RosterNotice.objects.filter(token=token)).first()
    if found is None:
        raise NotFound("no_notice", _NONE)
    return found


def _whole(rows: QuerySet[RosterNotice]) -> QuerySet[RosterNotice]:
    return rows.select_related("registration__session__station", "case", "commitment")
