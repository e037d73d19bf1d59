"""Links of the catalogue."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

TITLE = _("目录与法律")
ENTRIES = [
    entry(_("职业目录"), "catalogue:occupations", *Role, order=80, hint=_("职业、工种、等级与职业标准版本")),
    entry(
        _("法律依据"), "catalogue:instruments", *Role, order=85, hint=_("所引文件的文号、效力位阶、施行日期")
    ),
    entry(_("代码表"), "catalogue:codes", Role.ADMINISTRATOR, Role.CENTRE, Role.AUTHORITY, order=87),
    entry(_("导入职业分类"), "catalogue:import", Role.ADMINISTRATOR, order=88),
]
