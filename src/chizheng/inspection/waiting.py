"""What waits for an account in inspection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from chizheng.inspection import queries
from chizheng.inspection.usecases.receive_complaint import accept_by
from chizheng.people.models import Account
from chizheng.platform.menu import Waiting


def waiting(account: Account, on: date) -> Iterator[Waiting]:
    if account.role in queries.EMPLOYERS:
        letters = queries.access_letters(account).order_by()
        unread = letters.filter(read_at__isnull=True).count()
        yield Waiting(_("未读的监察告知函"), unread, "inspection:letters", pressing=True)
        open_ones = letters.filter(
            read_at__isnull=False, answers__isnull=True, campaign__answer_by__gte=on
        ).count()
        yield Waiting(_("待答复的监察告知函"), open_ones, "inspection:letters")
    elif account.role in queries.OFFICERS:
        yield from _of_the_desk(account, on)


def _of_the_desk(account: Account, on: date) -> Iterator[Waiting]:
    due = queries.due_list(account, today=on)
    late = len({case.pk for case, clock in due if clock.overdue(on)})
    yield Waiting(_("有期限超期的案件"), late, "inspection:cases", pressing=True)
    received = list(queries.access_complaints(account).filter(case=None, refused_on=None))
    terms = [accept_by(complaint) for complaint in received]
    pressing = any(term is not None and term.overdue(on) for term in terms)
    yield Waiting(_("等待受理的投诉举报"), len(received), "inspection:complaints", pressing=pressing)
    if account.role == "authority":
        for_leader = queries.waiting_for_leader(account).count()
        yield Waiting(_("等待批准或决定的案件"), for_leader, "inspection:cases", pressing=True)
        yield Waiting(
            _("信用修复申请"), queries.access_repairs(account).order_by().count(), "inspection:grades"
        )
    else:
        mine = queries.access_cases(account).order_by().exclude(state__in=queries.OVER)
        acts = mine.filter(team__officer=account, team__until__isnull=True).distinct().count()
        yield Waiting(_("您办理的案件"), acts, "inspection:cases")
        yield Waiting(
            _("待核对的纸质证书"), queries.papers_to_check(account).order_by().count(), "inspection:campaigns"
        )
        open_visits = queries.access_visits(account).order_by().filter(visited_on__isnull=True).count()
        yield Waiting(_("待登记结果的检查"), open_visits, "inspection:plans")
    matchable = queries.access_campaigns(account).order_by().filter(rematch__isnull=True, answer_by__lt=on)
    yield Waiting(_("答复期满、待重新比对的告知函"), matchable.count(), "inspection:campaigns")
