"""Webhooks of the watch: what a subscriber may name as an address, and how a notice is signed.

A subscriber's address is asked by our machine from inside our network, so it must never lead back in:
https only, no credentials, and every address that its name resolves to must be a public one. Loopback is
for trials on one machine and must be allowed by the operator.

    Chizheng-Signature: t=1795478400,v1=<hex of HMAC-SHA-256(secret, "1795478400." + body)>
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from chizheng.kernel.errors import BadInput, Forbidden
from chizheng.kernel.wording import Wording

HEADER: Final = "Chizheng-Signature"
TOLERANCE: Final = 300
"""Seconds for which a signed notice counts: a recorded one cannot be replayed later."""

BACK_OFF: Final = (60, 300, 1800, 7200, 43_200, 86_400, 86_400)
"""Seconds before each further attempt; about two and a half days in all."""

_ADDRESS = Wording(
    zh="回调地址“{address}”不可用：须为 https 地址，不含用户名口令，端口为 443 或 1024 以上",
    en="'{address}' cannot be called: an https address without credentials, port 443 or above 1023, is needed",
)
_INSIDE = Wording(
    zh="回调地址“{host}”指向内部网络，不予调用",
    en="'{host}' leads into an internal network; it is not called",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address, taken apart."""

    scheme: str
    host: str
    port: int
    path: str


def read_target(address: str, *, loopback: bool = False) -> Target:
    """Take an address apart; raises BadInput for one that is never called."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise BadInput("webhook_address", _ADDRESS, address=address[:80]) from None
    here = loopback and is_loopback(host)
    fair = parts.scheme == "https" or (here and parts.scheme == "http")
    port = port or (443 if parts.scheme == "https" else 80)
    usual = here or port == 443 or port > 1023
    bare = not parts.username and not parts.password and not parts.fragment
    plain = host.isascii() and host and len(address) <= 500 and not any(c.isspace() for c in address)
    if not (fair and usual and bare and plain):
        raise BadInput("webhook_address", _ADDRESS, address=address[:80])
    return Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_outside(host: str, resolved: Iterable[str], *, loopback: bool = False) -> str:
    """The address to connect to, of those that `host` resolves to; raises Forbidden if any leads inside.

    The caller connects to exactly this address: a second look-up could answer differently.
    """
    addresses = list(dict.fromkeys(resolved))
    if not addresses:
        raise Forbidden("webhook_inside", _INSIDE, host=host)
    for text in addresses:
        ip = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(ip, "ipv4_mapped", None) or ip
        if loopback and mapped.is_loopback:
            continue
        if not mapped.is_global or mapped.is_multicast or mapped.is_reserved:
            raise Forbidden("webhook_inside", _INSIDE, host=host)
    return addresses[0]


def signature(secret: bytes, body: bytes, at: int) -> str:
    """The value of the header for a body sent at `at` (POSIX seconds)."""
    return f"t={at},v1={hmac.new(secret, b'%d.' % at + body, hashlib.sha256).hexdigest()}"


def genuine(secret: bytes, body: bytes, header: str, now: int) -> bool:
    """What a subscriber checks: ours, and not a recording."""
    parts = dict(p.partition("=")[::2] for p in header.split(","))
    at = parts.get("t", "")
    if not (at.isascii() and at.isdigit() and abs(now - int(at)) <= TOLERANCE):
        return False
    return hmac.compare_digest(signature(secret, body, int(at)), header)


def retry_after(attempts: int) -> int | None:
    """Seconds until the next attempt after `attempts` failed ones; None to give up."""
    return BACK_OFF[attempts - 1] if 0 < attempts <= len(BACK_OFF) else None
