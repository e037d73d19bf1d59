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
    entry(_("批量核验"), "certificates:sheets", Role.EMPLOYER, Role.AGENCY, Role.REGISTRAR, Role.INSPECTOR,
          Role.OVERSEAS_DESK, Role.WAGE_OFFICER, Role.STATION, Role.CENTRE, Role.AUTHORITY, order=6,
          hint=_("上传名单，逐行核验，下载标注的表格")),
    entry(_("关注的证书"), "certificates:watches", Role.EMPLOYER, Role.AGENCY, Role.CANDIDATE, order=22,
          hint=_("状态一有变更就通知您")),
    entry(_("谁查过我的证书"), "certificates:watched", Role.CANDIDATE, order=23, hint=_("谁在关注、谁核验过您的证书")),
    entry(_("非考核发证"), "certificates:exceptions", Role.CENTRE, Role.AUTHORITY, Role.STATION, order=30,
          hint=_("竞赛晋级、专家评审、旧证补录，以及补发和更正")),
    entry(_("空白证书"), "certificates:blanks", Role.CENTRE, Role.AUTHORITY, order=30,
          hint=_("流水码入库、领用、使用、作废、销毁和盘点")),
    entry(_("整批作废"), "certificates:annulments", Role.CENTRE, Role.AUTHORITY, order=30,
          hint=_("作废一个鉴定批次；先列后果，再由另一人决定")),
    entry(_("状态变更"), "certificates:turns", Role.CENTRE, Role.AUTHORITY, order=30,
          hint=_("证书暂停、恢复、撤销的申请，由行政部门另一人决定")),
    entry(_("重号处理"), "certificates:conflicts", Role.CENTRE, Role.AUTHORITY, order=30,
          hint=_("两本证书同一编号：并存或改号")),
    entry(_("名册核对"), "certificates:rosters", Role.CANDIDATE, order=19,
          hint=_("您在哪些考试名册上；不是本人报名的，在这里反映")),
    entry(_("我的证书"), "certificates:mine", Role.CANDIDATE, order=20, hint=_("查看、下载和出示证书")),
]  # fmt: skip
