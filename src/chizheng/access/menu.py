"""Links of employment access."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

ENTRIES = [
    entry(
        _("准入查询"), "access:gate", *Role, order=40,
        hint=_("某人、某日、某地从事某职业是否须持证，依据哪一条"),
    ),
]  # fmt: skip
