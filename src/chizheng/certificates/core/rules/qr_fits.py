"""The signed record fits a QR code of version 13, the size that the form has room for."""

from __future__ import annotations

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "qr_fits"
AROUND = 168
"""Bytes of headers, log promise and signature around the record."""
ROOM = 410
"""Bytes that version 13 at error level L carries behind the prefix, in base45."""

LARGE = Wording(
    zh="证书数据 {size} 字节，二维码最多容纳 {room} 字节；请缩短过长的文字",
    en="The record has {size} bytes, the QR code holds {room}; shorten the longest text",
)


def check(draft: Draft, context: Context) -> list[Finding]:
    del context
    if claims_.longest_encoding(draft.claims) + AROUND <= ROOM:
        return []
    size = len(claims_.encode(draft.claims))
    if size + AROUND <= ROOM:
        return []
    return [Finding(CODE, LARGE, {"size": size, "room": ROOM - AROUND})]


def clears(roll: Roll, context: Context) -> bool:
    del context
    return max(map(len, roll.records)) + AROUND <= ROOM
