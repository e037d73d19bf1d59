"""Keys of other authorities' systems: shown once, kept as a hash, counted by the day."""

from __future__ import annotations

import hmac
import secrets
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from chizheng.access.models import ApiKey, ApiUse
from chizheng.kernel.errors import Forbidden, Unavailable
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform import ledger
from chizheng.platform.sealing import digest

_BAD = Wording(zh="接口密钥无效或已停用", en="the API key is wrong or switched off")
_QUOTA = Wording(
    zh="今日接口调用已达上限 {quota} 次；请明日再试或申请提高限额",
    en="today's quota of {quota} calls is used up",
)


@transaction.atomic
def make_key(*, name: str, daily_quota: int, actor: Account, now: datetime) -> tuple[ApiKey, str]:
    """A new key; returns (row, secret). The secret is shown once and cannot be had again."""
    prefix, rest = secrets.token_hex(4), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        name=name, prefix=prefix, hashed=digest("api-key", rest), daily_quota=daily_quota, created_by=actor,
        created_at=now,
    )  # fmt: skip
    ledger.record(verb="access.make_api_key", subject=row, actor=actor, now=now, name=name)
    return row, f"cz_{prefix}_{rest}"


def use_key(secret: str, *, on: date) -> ApiKey:
    """The key of a secret, one use counted; raises Forbidden for a wrong one, Unavailable past the quota."""
    parts = secret.split("_", 2)
    row = ApiKey.objects.filter(prefix=parts[1], active=True).first() if len(parts) == 3 else None
    if row is None or not hmac.compare_digest(bytes(row.hashed), digest("api-key", parts[2])):
        raise Forbidden("bad_api_key", _BAD)
    ApiUse.objects.get_or_create(key=row, day=on)
    counted = ApiUse.objects.filter(key=row, day=on, count__lt=row.daily_quota).update(count=F("count") + 1)
    if not counted:
        raise Unavailable("quota", _QUOTA, quota=row.daily_quota)
    return row
