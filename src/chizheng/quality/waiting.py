"""What waits for an account in quality."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext as _

from chizheng.people.models import Account
from chizheng.platform.menu import Waiting
from chizheng.quality.models import FollowUp
from chizheng.quality.queries import (
    access_cases,
    access_evaluations,
    access_holds,
    access_notes,
    access_tasks,
)


def waiting(account: Account, on: date) -> Iterator[Waiting]:
    if account.role in ("centre", "authority"):
        yield from _of_the_state(account, on)
    elif account.role == "station":
        asked = FollowUp.objects.filter(
            report__task__session__station_id=account.organisation_id, answered_at__isnull=True
        )
        late = asked.filter(due__lt=on).exists()
        yield Waiting(_("督导整改待答复"), asked.count(), "quality:demands", pressing=late)
    elif account.role == "supervisor":
        open_tasks = access_tasks(account).order_by().filter(report__isnull=True, recused="")
        due = open_tasks.filter(session__exam_date__lte=on).exists()
        yield Waiting(_("督导任务待报告"), open_tasks.count(), "quality:onsite", pressing=due)
    notes = access_notes(account).order_by().filter(read_at__isnull=True).count()
    yield Waiting(_("未读消息"), notes, "quality:notes")


def _of_the_state(account: Account, on: date) -> Iterator[Waiting]:
    holds = access_holds(account).order_by().filter(state="open").count()
    yield Waiting(_("批次待复核，复核前不能核发"), holds, "quality:holds", pressing=True)
    cases = dict(access_cases(account).order_by().values_list("state").annotate(n=Count("id")))
    yield Waiting(_("新收的查处线索"), cases.get("received", 0), "quality:cases", pressing=True)
    in_hand = sum(cases.get(state, 0) for state in ("investigating", "heard"))
    yield Waiting(_("调查中的案件"), in_hand, "quality:cases")
    yield Waiting(_("待决定的案件"), cases.get("proposed", 0), "quality:cases", pressing=True)
    answered = FollowUp.objects.filter(
        report__task__in=access_tasks(account).order_by(), answered_at__isnull=False, closed_at__isnull=True
    ).count()
    yield Waiting(_("整改已答复，待核销"), answered, "quality:tasks")
    judged = access_evaluations(account).order_by().filter(verdict="").count()
    yield Waiting(_("年度自评待评估"), judged, "quality:evaluations")
