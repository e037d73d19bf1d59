"""Links of quality on the desks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

C, A, S = Role.CENTRE, Role.AUTHORITY, Role.STATION

TITLE = _("鉴定质量")
ENTRIES = [
    entry(_("质量统计"), "quality:reports", C, A, S, Role.PLANNER, order=40, hint=_("每个批次的成绩和试题统计")),
    entry(_("试卷"), "quality:papers", C, order=41, hint=_("题目、标定、链接和合格线")),
    entry(_("合格线设定"), "quality:panels", C, A, order=41, hint=_("专家评判、区间和采用")),
    entry(_("质量监测"), "quality:surveillance", C, A, order=42, hint=_("鉴定站、考评员和批次的评分是否失真")),
    entry(_("待复核批次"), "quality:holds", C, A, order=43, hint=_("有提示或迟报的批次，复核后才能核发")),
    entry(_("考评员评分"), "quality:raters", C, order=44, hint=_("严厉度、一致性和再培训")),
    entry(_("评分反馈"), "quality:my_marking", Role.ASSESSOR, order=40, hint=_("您的评分情况")),
    entry(_("督导派遣"), "quality:dispatches", C, A, order=45, hint=_("按风险和随机抽取批次与督导员")),
    entry(_("督导员"), "quality:supervisors", C, A, order=46, hint=_("证卡与任期")),
    entry(_("督导任务"), "quality:tasks", C, A, Role.SUPERVISOR, order=47, hint=_("任务书、报告与整改")),
    entry(_("现场督导"), "quality:onsite", Role.SUPERVISOR, order=48, hint=_("手机填报，无网络也能用")),
    entry(_("整改通知"), "quality:demands", S, order=47, hint=_("督导后的整改要求")),
    entry(_("年度自评"), "quality:self_assessment", S, order=48, hint=_("自评项目与内部制度")),
    entry(_("年度评估"), "quality:evaluations", C, A, order=48, hint=_("鉴定站自评与评估结论")),
    entry(_("查处"), "quality:cases", C, A, order=49, hint=_("受理、调查、听证、决定、公布")),
    entry(_("暂停与恢复"), "quality:suspensions", C, A, order=50, hint=_("许可范围和考评员卡的暂停、恢复")),
    entry(_("山寨证书"), "quality:look_alikes", C, A, Role.PUBLIC, order=60, hint=_("禁用字样与仿冒证书名录")),
    entry(_("举报假证"), "quality:report_a_fake", *Role, order=58, hint=_("发现假证书或考试舞弊，请告诉我们")),
    entry(_("质量公报"), "quality:bulletins", C, A, Role.PLANNER, Role.PUBLIC, order=59, hint=_("按季度公布，定稿后不再改动")),
    entry(_("消息"), "quality:notes", C, A, Role.ASSESSOR, Role.SUPERVISOR, Role.CANDIDATE, order=90, hint=_("发给您的提示")),
]  # fmt: skip
