"""What waits for an account in the assessment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext as _

from chizheng.assessment.core.states import OPEN_FOR_ENROLMENT, State
from chizheng.assessment.models import Registration
from chizheng.assessment.queries import access_own_registrations, access_sessions
from chizheng.people.models import Account
from chizheng.platform.menu import Waiting

_BEFORE_THE_EXAM = frozenset({State.ENROLLING, State.CLOSED, State.SEATED})


def waiting(account: Account, on: date) -> Iterator[Waiting]:
    if account.role == "station":
        yield from _of_a_station(account, on)
    elif account.role == "assessor":
        mine = access_sessions(account).order_by()
        marking = mine.filter(state__in=[State.HELD, State.MARKING]).count()
        yield Waiting(_("待评分的批次"), marking, "assessment:sessions", pressing=True)
        coming = mine.filter(state__in=_BEFORE_THE_EXAM, exam_date__gte=on).count()
        yield Waiting(_("即将施考的批次"), coming, "assessment:sessions")
    elif account.role == "candidate":
        own = access_own_registrations(account).order_by().filter(state="enrolled")
        coming = own.filter(session__state__in=_BEFORE_THE_EXAM, session__exam_date__gte=on).count()
        yield Waiting(_("即将参加的考试"), coming, "assessment:mine")


def _of_a_station(account: Account, on: date) -> Iterator[Waiting]:
    mine = access_sessions(account).order_by()
    held = dict(mine.values_list("state").annotate(n=Count("id")))
    for label, state, pressing in (
        (_("退回的批次，请更正后重报"), State.RETURNED, True),
        (_("已施考，待开始评分"), State.HELD, False),
        (_("评分录入中"), State.MARKING, False),
        (_("成绩已录齐，待公示"), State.MARKED, False),
        (_("公示中，期满后报送"), State.PUBLISHED, False),
        (_("草拟中，待发布公告"), State.DRAFT, False),
    ):
        yield Waiting(label, held.get(state, 0), "assessment:sessions", f"state={state}", pressing)
    overdue = mine.filter(state__in=[State.SEATED, State.CLOSED], exam_date__lt=on).count()
    yield Waiting(_("考试日已过，尚未登记施考"), overdue, "assessment:sessions", "state=open", pressing=True)
    unproved = Registration.objects.filter(
        session__in=mine.filter(state__in=OPEN_FOR_ENROLMENT), state="enrolled", judged="unknown"
    ).count()
    yield Waiting(_("报名材料待核"), unproved, "assessment:sessions", "state=open")
