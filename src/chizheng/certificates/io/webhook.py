"""Post a notice to a subscriber: one resolution, one connection to the very address that was checked, no redirects."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from chizheng.certificates.core.webhook import read_target, require_outside

TIMEOUT = 10.0
ANSWER_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What the subscriber said; its body is not kept."""

    status: int


def post(address: str, body: bytes, headers: Mapping[str, str], *, loopback: bool = False) -> Answer:
    """Send; raises BadInput or Forbidden for an address that is never called, OSError where nobody answers."""
    target = read_target(address, loopback=loopback)
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    where = require_outside(target.host, [str(entry[4][0]) for entry in found], loopback=loopback)
    raw = socket.create_connection((where, target.port), timeout=TIMEOUT)
    try:
        if target.scheme == "https":
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=target.host)
        connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT)
        connection.sock = raw
        connection.request(
            "POST", target.path, body,
            {"Content-Type": "application/json", "User-Agent": "chizheng-watch/1", "Connection": "close", **headers},
        )  # fmt: skip
        answer = connection.getresponse()
        answer.read(ANSWER_LIMIT)
        return Answer(answer.status)
    except http.client.HTTPException as fault:
        raise OSError(type(fault).__name__) from None
    finally:
        raw.close()
