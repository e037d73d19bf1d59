"""What the access desks do every day."""

from __future__ import annotations

from datetime import datetime

from chizheng.access.models import LawEdition
from chizheng.access.usecases.gates import record_edition, tell_subscribers
from chizheng.access.usecases.keeping import forget_due
from chizheng.access.usecases.referral import close_guidances
from chizheng.access.usecases.registration import recheck_due
from chizheng.access.usecases.staff import refresh_persons, warn_expiring
from chizheng.kernel.wording import Wording
from chizheng.platform.daily import Did, Job


def _edition(now: datetime) -> Did:
    before = LawEdition.objects.count()
    record_edition(now=now)
    return {"editions": LawEdition.objects.count() - before}


def _checks(now: datetime) -> Did:
    return {name: count for name, count in recheck_due(now=now).items() if name != "held"}


def _guidances(now: datetime) -> Did:
    return {"closed": close_guidances(persons=None, now=now)}


def _staff(now: datetime) -> Did:
    return {"changed": refresh_persons(persons=None, now=now)}


def _expiring(now: datetime) -> Did:
    return {"warned": warn_expiring(now=now)}


def _subscribers(now: datetime) -> Did:
    return {"letters": tell_subscribers(now=now)}


JOBS = (
    Job("access.edition", Wording(zh="留存准入目录的新版本", en="keep a new edition of the list"), _edition),
    Job("access.checks", Wording(zh="复核暂行答复、解除暂缓", en="ask provisional and held registrations again"), _checks),
    Job("access.guidances", Wording(zh="结束已取证的培训指导", en="close guidance that led to a certificate"), _guidances),
    Job("access.staff", Wording(zh="重新判断在岗名册", en="judge staff lists again"), _staff),
    Job("access.expiring", Wording(zh="提醒即将到期的证照和准入变化", en="warn of what runs out soon"), _expiring),
    Job("access.subscribers", Wording(zh="通知目录订阅者", en="write to subscribers of the list"), _subscribers),
    Job("access.forget", Wording(zh="删除到期的求职、推荐和名册记录", en="forget seekers, referrals and staff past their term"),
        lambda now: forget_due(now=now)),
)  # fmt: skip
