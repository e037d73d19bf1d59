"""The assessment's entries on the desks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

TITLE = _("技能鉴定")
ENTRIES = [
    entry(
        _("鉴定批次"), "assessment:sessions", Role.STATION, Role.CENTRE, Role.AUTHORITY, Role.ASSESSOR, Role.SUPERVISOR,
        order=20, hint=_("从报名、施考到成绩报送，每个批次办到哪一步"),
    ),
    entry(_("开设批次"), "assessment:new", Role.STATION, order=21, hint=_("在许可范围内安排一次鉴定")),
    entry(_("考评员回避"), "assessment:ties", Role.CENTRE, order=24, hint=_("登记考评员与考生的亲属、师徒等关系")),
    entry(
        _("我的报名与成绩"), "assessment:mine", Role.CANDIDATE, order=20, hint=_("报名情况、准考证和公布的成绩")
    ),
]  # fmt: skip
