"""Roles 角色: who may use the product, one desk each."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Every account has exactly one; a person with two jobs has two accounts."""

    ADMINISTRATOR = "administrator", _("系统管理员")
    AUTHORITY = "authority", _("劳动行政部门")
    CENTRE = "centre", _("鉴定指导中心")
    STATION = "station", _("鉴定所（站）")
    ASSESSOR = "assessor", _("考评员")
    SUPERVISOR = "supervisor", _("质量督导员")
    CANDIDATE = "candidate", _("考生")
    EMPLOYER = "employer", _("用人单位")
    AGENCY = "agency", _("职业介绍机构")
    REGISTRAR = "registrar", _("登记注册人员")
    INSPECTOR = "inspector", _("劳动监察员")
    WAGE_OFFICER = "wage_officer", _("工资管理人员")
    OVERSEAS_DESK = "overseas_desk", _("境外就业管理人员")
    PLANNER = "planner", _("规划统计人员")
    PUBLIC = "public", _("社会公众")
