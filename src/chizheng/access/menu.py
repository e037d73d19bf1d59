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
    entry(_("公布目录"), "access:published", *Role, order=42, hint=_("各地、各日就业准入职业目录，可打印张贴")),
    entry(_("开业核验"), "access:ask", Role.REGISTRAR, order=20, hint=_("核对经营者或技术负责人的资格")),
    entry(_("核验记录"), "access:checks", Role.REGISTRAR, Role.AUTHORITY, order=22, hint=_("暂缓、暂答与已解除")),
    entry(_("例外申请"), "access:exceptions", Role.EMPLOYER, Role.AUTHORITY, order=60, hint=_("先招后培等例外情形")),
    entry(_("地方准入规定"), "access:overlays", Role.AUTHORITY, order=62, hint=_("维护本地法规新增的准入职业")),
    entry(_("接口密钥"), "access:api_keys", Role.ADMINISTRATOR, order=14, hint=_("供登记机关等系统调用")),
]  # fmt: skip
