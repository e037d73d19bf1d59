"""Links of the certificates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

TITLE = _("职业资格证书")
ENTRIES = [
    entry(_("核验证书"), "certificates:verify", *Role, order=5, hint=_("凭编号和姓名，或扫描二维码，即时核验")),
    entry(_("核发批次"), "certificates:batches", Role.CENTRE, Role.AUTHORITY, Role.STATION, order=30,
          hint=_("审核、批准、签发与打印")),
    entry(_("我的证书"), "certificates:mine", Role.CANDIDATE, order=20, hint=_("查看、下载和出示证书")),
]  # fmt: skip
