"""Links of inspection."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chizheng.inspection.queries import EMPLOYERS, OFFICERS
from chizheng.platform.menu import entry
from chizheng.platform.roles import Role

TITLE = _("劳动监察")
ENTRIES = [
    entry(_("用工备案"), "inspection:filings", *EMPLOYERS, *OFFICERS, order=60, hint=_("谁在哪个岗位工作，从何时到何时")),
    entry(_("收到的告知函"), "inspection:letters", *EMPLOYERS, order=61, hint=_("逐人答复：补传证书、安排培训、调离岗位")),
    entry(_("送达的文书"), "inspection:my_papers", *EMPLOYERS, order=62, hint=_("劳动保障监察的通知和决定")),
    entry(_("比对筛查"), "inspection:screenings", *OFFICERS, order=62, hint=_("准入岗位上没有有效证书的人员")),
    entry(_("告知函"), "inspection:campaigns", *OFFICERS, order=63, hint=_("先发函，一个月后重新比对，再决定检查谁")),
    entry(_("检查安排"), "inspection:plans", *OFFICERS, order=64, hint=_("按风险评分，加上公开种子的随机抽查")),
    entry(_("投诉举报"), "inspection:complaints", *OFFICERS, order=65, hint=_("公众提交的投诉和举报")),
    entry(_("监察案件"), "inspection:cases", *OFFICERS, order=66, hint=_("到期事项、案件和文书")),
    entry(_("违规设限"), "inspection:overgating", *OFFICERS, order=67, hint=_("没有依据而要求持证的单位")),
    entry(_("诚信等级"), "inspection:grades", *EMPLOYERS, *OFFICERS, order=68, hint=_("年度评价与信用修复")),
    entry(_("监察统计"), "inspection:statistics", *OFFICERS, order=69, hint=_("案件结果、时限、投诉、告知函效果")),
    entry(_("投诉举报"), "inspection:complain", Role.PUBLIC, order=70, hint=_("无须登录，可以匿名，凭回执查询")),
    entry(_("违法公布"), "inspection:published", Role.PUBLIC, order=71, hint=_("已公布的处理决定")),
]  # fmt: skip
