"""The record has the form that claims.md draws up: types, ranges, lengths, the printed form of the name."""

from __future__ import annotations

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import names
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.kernel.wording import Wording

CODE = "record_form"

FIELD = Wording(zh="“{field}”的值不合格式", en="The value of '{field}' does not fit")
NAME = Wording(
    zh="姓名含不规范的点、空格或字符，应写作“{printed}”",
    en="The name has irregular dots, spaces or characters; write '{printed}'",
)


def check(draft: Draft, context: Context) -> list[Finding]:
    del context
    found = [Finding(CODE, FIELD, {"field": field}) for field in claims_.faults(draft.claims)]
    if not found and names.printed(draft.claims.name) != draft.claims.name:
        found.append(Finding(CODE, NAME, {"printed": names.printed(draft.claims.name)}))
    return found
