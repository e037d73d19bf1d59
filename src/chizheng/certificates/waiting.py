"""What waits for an account among the certificates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext as _

from chizheng.assessment.core.states import State as SessionState
from chizheng.assessment.queries import list_sessions_in
from chizheng.certificates.core.chain import State
from chizheng.certificates.queries import access_batches, desk, watching
from chizheng.certificates.queries.rosters import notices_of
from chizheng.people.models import Account
from chizheng.platform.menu import Waiting


def waiting(account: Account, on: date) -> Iterator[Waiting]:
    if account.role == "candidate":
        coming = notices_of(account).filter(registration__session__exam_date__gte=on, reported="")
        yield Waiting(_("您在考试名册上，请核对是否本人报名"), coming.count(), "certificates:rosters")
        wishes = watching.watches_on(account).filter(state="asked").count()
        yield Waiting(_("有单位请求关注您的证书，等您答复"), wishes, "certificates:watched")
    if account.role not in ("station", "centre", "authority"):
        return
    held = dict(access_batches(account).order_by().values_list("state").annotate(n=Count("id")))

    def batches(label: str, state: State, *, pressing: bool = False) -> Waiting:
        return Waiting(label, held.get(state, 0), "certificates:batches", f"state={state}", pressing)

    if account.role == "station":
        yield batches(_("被退回的核发名单"), State.RETURNED, pressing=True)
        return
    if account.role == "centre":
        listed = list_sessions_in(account, SessionState.SUBMITTED).filter(batch__isnull=True).count()
        yield Waiting(_("已报送，待列核发名单"), listed, "certificates:batches", pressing=True)
        yield batches(_("核发名单待审核"), State.LISTED, pressing=True)
        yield batches(_("签发前检查未通过的核发名单"), State.HELD, pressing=True)
    else:
        yield batches(_("核发名单待批准"), State.REVIEWED, pressing=True)
        asked = desk.access_turns(account).filter(decided_at__isnull=True).exclude(requested_by=account)
        yield Waiting(_("证书状态变更待决定"), asked.count(), "certificates:turns", pressing=True)
        annulled = (
            desk.access_annulments(account).filter(decided_at__isnull=True).exclude(requested_by=account)
        )
        yield Waiting(_("整批作废待决定"), annulled.count(), "certificates:annulments", pressing=True)
    yield Waiting(
        _("重号待处理"), desk.access_conflicts(account).filter(decision="").count(), "certificates:conflicts"
    )
