"""Signing in: who may, and how often one may fail. Counted in the database, so that every process knows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.http import HttpRequest

from chizheng.kernel.errors import Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, FailedSignIn
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.sealing import digest

_LOCKED = Wording(
    zh="登录失败次数过多，请 {minutes} 分钟后再试",
    en="too many failed sign-ins; try again in {minutes} minutes",
)


class TooManyFailures(Refused):
    """Somebody guesses: nobody may try this name, or from this network, until the window has passed."""

    status = 429


@transaction.atomic
def sign_in(
    *, request: HttpRequest, username: str, password: str, network: str, now: datetime
) -> Account | None:
    """The account whose name and password these are; None where they are not, which is counted.

    Raises TooManyFailures, before the password is looked at, once name or network has failed as often as
    the policy allows; a name nobody bears is treated the same, so that nothing tells who exists.
    """
    on = day_of(now)
    minutes = law().number("sign_in.window_minutes", on=on)
    since = _since(now)
    name, address = digest("sign-in-name", username.strip().casefold()), digest("sign-in-network", network)
    with (
        connection.cursor() as cursor
    ):  # guesses at one name come one after another, however many are sent at once
        cursor.execute("select pg_advisory_xact_lock(%s)", [int.from_bytes(name[:8], signed=True)])
    recent = FailedSignIn.objects.filter(at__gt=since)
    failed = recent.filter(name_digest=name).count()
    by_name = law().number("sign_in.failures_by_account", on=on)
    if failed >= by_name or recent.filter(network_digest=address).count() >= law().number(
        "sign_in.failures_by_network", on=on
    ):
        raise TooManyFailures("sign_in_locked", _LOCKED, minutes=minutes)
    account = authenticate(request, username=username, password=password)
    if isinstance(account, Account):
        FailedSignIn.objects.filter(name_digest=name).delete()
        forget_failures(now=now)
        return account
    FailedSignIn.objects.create(name_digest=name, network_digest=address, at=now)
    if failed + 1 == by_name:
        known = Account.objects.filter(username=username).first()
        ledger.record(
            verb="people.sign_in_locked", subject=known or ("people.account", ""), actor=None, now=now
        )
    return None


def forget_failures(*, now: datetime) -> int:
    """Remove failed sign-ins that no longer count against anybody; returns how many."""
    return FailedSignIn.objects.filter(at__lte=_since(now)).delete()[0]


def _since(now: datetime) -> datetime:
    return now - timedelta(minutes=law().number("sign_in.window_minutes", on=day_of(now)))
