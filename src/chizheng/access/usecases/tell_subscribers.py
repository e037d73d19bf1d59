"""Subscriptions to the published list: confirmed by a link, told when the list of their place changed."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from chizheng.access import queries
from chizheng.access.core.editions import digest as list_digest
from chizheng.access.models import ListSubscription
from chizheng.platform import ledger
from chizheng.platform.sealing import digest


def subscribe(*, mail: str, place: str, now: datetime) -> ListSubscription:
    """Ask to be told; a confirming link goes to the address. The same again sends the link again."""
    address = mail.strip().lower()
    row, _ = ListSubscription.objects.get_or_create(
        mail_digest=digest("mail", address), place=place, defaults={"mail": address, "created_at": now}
    )
    if not row.confirmed:
        link = f"{settings.SITE_URL}/gated/subscription/{row.token}/"
        send_mail(
            "就业准入目录订阅确认",
            f"请打开下面的链接确认订阅；不是您本人申请的请忽略。\n{link}\n",
            None,
            [address],
        )
    return row


@transaction.atomic
def confirm(*, token: str, keep: bool, now: datetime) -> bool:
    """Confirm, or take back, a subscription by its link; False for a link that is not known any more."""
    row = ListSubscription.objects.select_for_update().filter(token=token).first()
    if row is None:
        return False
    if keep:
        row.confirmed = True
        row.save(update_fields=["confirmed"])
    else:
        row.delete()
    ledger.record(
        verb="access.subscription",
        subject=("access.subscription", str(row.token)),
        actor=None,
        now=now,
        keep=keep,
    )
    return True


def tell_changes(*, on: date) -> int:
    """Mail every confirmed subscriber whose place's list differs from what they were last told; returns how many."""
    told = 0
    for row in ListSubscription.objects.filter(confirmed=True):
        entries = queries.published_list(on=on, place=row.place)["gate"]
        now_digest = list_digest(r for e in entries for r in e.rows)
        if row.told_digest == now_digest:
            continue
        if row.told_digest:
            link = f"{settings.SITE_URL}/gated/?place={row.place}"
            stop = f"{settings.SITE_URL}/gated/subscription/{row.token}/"
            send_mail(
                "就业准入目录有变化",
                f"您订阅的目录有变化，请查看：{link}\n退订：{stop}\n",
                None,
                [str(row.mail)],
            )
            told += 1
        row.told_digest = now_digest
        row.save(update_fields=["told_digest"])
    return told
