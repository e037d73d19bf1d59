"""Who watches which certificate, what was sent, and who checked: for watchers and for holders."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from chizheng.certificates.models import Check, Watch, WatchNotice
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account

_NONE = Wording(zh="没有这项关注", en="no such watch")


def watches_of(account: Account) -> QuerySet[Watch]:
    """The watches an account keeps, running ones first, with counts of notices."""
    sent = Count("notices", filter=Q(notices__state="sent"))
    due = Count("notices", filter=Q(notices__state="due"))
    failed = Count("notices", filter=Q(notices__state="failed"))
    rows = Watch.objects.filter(account=account).select_related("certificate")
    return rows.annotate(sent=sent, due=due, failed=failed).order_by("ended_at", "-since")


def access_watch(account: Account, uuid: UUID) -> Watch:
    """One's own watch; raises NotFound."""
    found = watches_of(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_watch", _NONE)
    return found


def watches_on(account: Account) -> QuerySet[Watch]:
    """Watches of others on the account's own certificates."""
    if account.person_id is None:
        return Watch.objects.none()
    rows = Watch.objects.filter(certificate__person_id=account.person_id).exclude(account=account)
    return rows.select_related("certificate", "account__organisation").order_by("-since")


def access_watch_or_own(account: Account, uuid: UUID) -> Watch:
    """A watch that the account keeps, or one on its own certificate; raises NotFound."""
    mine = Q(account=account)
    if account.person_id is not None:
        mine |= Q(certificate__person_id=account.person_id)
    found = Watch.objects.filter(mine, uuid=uuid).select_related("certificate").first()
    if found is None:
        raise NotFound("no_watch", _NONE)
    return found


def notices_of(watch: Watch) -> QuerySet[WatchNotice]:
    return watch.notices.select_related("event").order_by("-event__at", "way")


def checks_on(account: Account) -> QuerySet[Check]:
    """Checks of the account's own certificates by signed-in bodies."""
    if account.person_id is None:
        return Check.objects.none()
    rows = Check.objects.filter(certificate__person_id=account.person_id)
    return rows.select_related("certificate", "account__organisation").order_by("-at")
