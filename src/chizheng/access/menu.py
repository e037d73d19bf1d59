"""Links of employment access."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

TITLE = _("就业准入")
ENTRIES = [
    entry(_("今天我能干什么"), "access:work", Role.CANDIDATE, order=30,
          hint=_("凭现有证书能从事的职业，还差一次考试的职业，合适的岗位")),
    entry(_("推荐记录"), "access:referrals", Role.CANDIDATE, Role.AGENCY, Role.EMPLOYER, Role.AUTHORITY, order=36,
          hint=_("推荐给哪里、依据什么、结果如何")),
    entry(_("审核简章"), "access:vet", Role.AGENCY, Role.EMPLOYER, order=31,
          hint=_("粘贴或上传招聘简章，指出问题并给出改好的句子")),
    entry(_("简章台账"), "access:ads", Role.AGENCY, Role.EMPLOYER, Role.AUTHORITY, Role.CENTRE, Role.INSPECTOR,
          order=32, hint=_("审核过的简章及其问题")),
    entry(_("招聘岗位"), "access:vacancies", Role.AGENCY, Role.EMPLOYER, Role.AUTHORITY, Role.CENTRE, order=34,
          hint=_("发布岗位，查看可推荐的求职者")),
    entry(_("招聘委托"), "access:mandates", Role.AGENCY, order=33, hint=_("登记用人单位委托和查验的材料")),
    entry(_("机构许可"), "access:licences", Role.AUTHORITY, Role.AGENCY, order=37,
          hint=_("职业介绍机构的许可及有效期")),
    entry(_("人员自查"), "access:staff", Role.EMPLOYER, order=30, hint=_("在岗人员是否持证，按监察同一规则判断")),
    entry(_("例外申请"), "access:exceptions", Role.EMPLOYER, Role.AUTHORITY, order=37,
          hint=_("先招后训、政策安置等例外的申请与审批")),
    entry(_("消息"), "access:messages", Role.EMPLOYER, Role.AGENCY, order=39, hint=_("证书状态变化、审批结果")),
    entry(_("培训指导"), "access:guidances", Role.AGENCY, Role.CANDIDATE, Role.CENTRE, order=35,
          hint=_("缺证人员还差什么、去哪里学、何时考")),
    entry(_("培训班"), "access:offers", Role.CENTRE, Role.AUTHORITY, order=38, hint=_("培训机构的班次、学时、费用")),
    entry(_("疑难用语"), "access:queue", Role.CENTRE, Role.AUTHORITY, order=33, hint=_("简章中系统拿不准的词，由人判定")),
    entry(_("开业资格查询"), "access:checks", Role.REGISTRAR, Role.AUTHORITY, order=30,
          hint=_("按经营范围和负责人判断是否须持证，暂缓与跟进")),
    entry(_("准入查询"), "access:gate", *Role, order=40,
          hint=_("某人、某日、某地从事某职业是否须持证，依据哪一条")),
    entry(_("准入名单"), "access:gated", *Role, order=41, hint=_("某地某日的就业准入职业名单，可打印、下载、订阅")),
    entry(_("地方增补"), "access:overlays", Role.AUTHORITY, order=42, hint=_("本地区增补的准入职业及其依据")),
    entry(_("接入系统"), "access:clients", Role.ADMINISTRATOR, order=45, hint=_("登记机关等系统的密钥与限额")),
]  # fmt: skip
