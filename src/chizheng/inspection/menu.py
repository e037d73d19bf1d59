"""Links of inspection."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

TITLE = _("劳动监察")
ENTRIES = [
    entry(
        _("用工备案"),
        "inspection:filings",
        Role.EMPLOYER,
        Role.AGENCY,
        order=60,
        hint=_("填报、上传在岗人员"),
    ),
    entry(
        _("监察来函"), "inspection:letters", Role.EMPLOYER, Role.AGENCY, order=62, hint=_("名单与改正办法")
    ),
    entry(
        _("比对筛查"),
        "inspection:runs",
        Role.INSPECTOR,
        order=60,
        hint=_("谁在准入岗位上没有证书；发函与复核"),
    ),
    entry(_("监察案件"), "inspection:cases", Role.INSPECTOR, order=62, hint=_("待办期限、文书、决定")),
    entry(_("投诉举报"), "inspection:complaints", Role.INSPECTOR, order=64, hint=_("公众投诉，举报人保密")),
    entry(_("投诉举报"), "inspection:complain", Role.PUBLIC, order=70, hint=_("无证上岗、违规要求持证")),
]
