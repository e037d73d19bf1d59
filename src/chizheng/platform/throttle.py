"""A limit a day on what visitors without an account may do from one network, remembering nobody.

What is kept is a digest of (purpose, day, network prefix) under the house's secret, and a count; rows of
former days are removed when a new one is made. Networks, not addresses: /24 of IPv4, /56 of IPv6, so that
changing the last digits of an address buys nothing and one address is never what is stored.
"""

from __future__ import annotations

import hmac
from datetime import date
from hashlib import sha256
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest

from chizheng.platform.models import DayTally

PREFIX = {4: 24, 6: 56}

_COUNT = """
insert into platform_daytally (purpose, day, digest, count) values (%s, %s, %s, 1)
on conflict (purpose, day, digest) do update set count = least(platform_daytally.count + 1, 1000000)
returning count
"""


def network_of(request: HttpRequest) -> str:
    """The network a request came from. Behind `TRUSTED_PROXIES` proxies the address is the one the
    outermost of them saw; what a visitor wrote in front of it is not believed. '' where there is none."""
    address = request.META.get("REMOTE_ADDR", "")
    hops = [h.strip() for h in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if h.strip()]
    if settings.TRUSTED_PROXIES and hops:
        address = hops[max(len(hops) - settings.TRUSTED_PROXIES, 0)]
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    return str(ip_network(f"{parsed}/{PREFIX[parsed.version]}", strict=False))


def allowed(purpose: str, network: str, *, day: date, limit: int) -> bool:
    """Count one more from this network today; False once more than `limit` were counted."""
    key = f"{purpose}\n{day.isoformat()}\n{network}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), key, sha256).hexdigest()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [purpose, day, digest])
            (count,) = cursor.fetchone()
        if count == 1:
            forget(before=day)
    return int(count) <= limit


def forget(*, before: date) -> int:
    """Remove the counts of former days; returns how many."""
    return DayTally.objects.filter(day__lt=before).delete()[0]
