"""Links about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

TITLE = _("账号与单位")
ENTRIES = [
    entry(
        _("账号管理"), "people:accounts", Role.ADMINISTRATOR, order=10, hint=_("开通、停用账号，岗位与管辖")
    ),
    entry(
        _("单位"),
        "people:organisations",
        Role.ADMINISTRATOR,
        Role.AUTHORITY,
        Role.CENTRE,
        order=12,
        hint=_("鉴定站、用人单位、职介机构"),
    ),
]
