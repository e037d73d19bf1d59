"""What waits for an account in employment access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from chizheng.access.models import ExceptionRequest, Guidance, RegistrationCheck
from chizheng.access.queries.ads import access_doubts
from chizheng.access.queries.referral import access_guidances, access_referrals
from chizheng.access.queries.registration import access_checks, follow_ups
from chizheng.access.queries.staff import access_exceptions, access_messages, access_staff
from chizheng.people.models import Account
from chizheng.platform.menu import Waiting


def waiting(account: Account, on: date) -> Iterator[Waiting]:
    role = account.role
    if role == "employer":
        short = access_staff(account).order_by().filter(verdict="missing").count()
        yield Waiting(_("在岗但缺证的人员"), short, "access:staff", pressing=True)
    if role in ("employer", "agency"):
        unread = access_messages(account).order_by().filter(read_at__isnull=True).count()
        yield Waiting(_("未读消息"), unread, "access:messages")
        referred = access_referrals(account).order_by().filter(outcome="").count()
        yield Waiting(_("推荐结果待登记"), referred, "access:referrals")
    if role in ("centre", "authority"):
        doubts = access_doubts(account).order_by().filter(decided_at__isnull=True).count()
        yield Waiting(_("简章用语待判定"), doubts, "access:queue")
    if role == "authority":
        asked = access_exceptions(account).order_by().filter(state=ExceptionRequest.State.ASKED)
        yield Waiting(
            _("例外申请待审批"), asked.exclude(asked_by=account).count(), "access:exceptions", pressing=True
        )
    if role in ("registrar", "authority"):
        checks = access_checks(account).order_by()
        again = checks.filter(state=RegistrationCheck.State.PROVISIONAL).count()
        yield Waiting(_("暂行答复待复核"), again, "access:checks", "state=provisional", pressing=True)
        held = checks.filter(state=RegistrationCheck.State.HELD).count()
        yield Waiting(_("暂缓登记，待取得证书"), held, "access:checks", "state=held")
        left = follow_ups(account).order_by()
        late = left.filter(replace_by__lt=on).exists()
        yield Waiting(_("负责人离任待补齐"), left.count(), "access:checks", pressing=late)
    if role in ("agency", "candidate", "centre"):
        open_ones = access_guidances(account).order_by().filter(state=Guidance.State.OPEN)
        due = open_ones.filter(look_again_on__lte=on).count()
        yield Waiting(
            _("培训指导待回访") if role != "candidate" else _("培训指导进行中"),
            due if role != "candidate" else open_ones.count(),
            "access:guidances",
        )
