"""The check that tells nobody who was checked: the page, and the padded buckets it fetches."""

from __future__ import annotations

import re
from typing import Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chizheng.certificates.usecases.publish_status import public_folder
from chizheng.law.io.shelf import law
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language

_FILE: Final = re.compile(r"current\.json|[0-9a-f]{32}/(?:manifest|([0-9a-f]{2})/\1[0-9a-f]{2})")


def _words() -> dict[str, str]:
    levels = law().level_names
    return {
        "unready": _("浏览器不支持所需的算法；请用较新的浏览器，或使用普通核验页"),
        "offline": _("取不到数据；请检查网络后重试"), "none": _("此安装还没有公布分桶数据"),
        "code_shape": _("校验码是 8 位字母数字，印在二维码旁"), "missing": _("请填写编号、姓名和校验码三项"),
        "tampered": _("数据的签名不对：不要相信这次结果，请报告"),
        "absent": _("登记簿中没有这个编号、姓名和校验码的组合。请先核对是否抄错；新证书最迟可能数周后才可查"),
        "VALID": _("有效"), "REVOKED": _("已撤销"), "SUSPENDED": _("已暂停"), "SUPERSEDED": _("已被取代，有新的版本"),
        "legacy": _("旧证补录，无考试存证"), "level": _("等级"), "as_of": _("数据截至 "), "stale": _("数据过旧，不能确认未被撤销"),
        "asked": _("服务器只知道您取了第 {prefix} 号文件（{count} 个位置，装满与否看不出来）"),
        **{f"level_{n}": w.say(language()) for n, w in levels.items()},
    }  # fmt: skip


@page(public=True)
@require_GET
def private(request: HttpRequest) -> HttpResponse:
    """Number, name and check code stay in the browser; it fetches one of several files of one size."""
    return render(request, "certificates/private.html", {
        "words": _words(), "base": reverse("certificates:bucket", args=["x"])[:-1],
        "days": law().number("verification.status_max_age_days", on=clock.today()),
    })  # fmt: skip


@page(public=True)
@require_GET
def bucket(request: HttpRequest, path: str) -> FileResponse:
    """One bucket, the manifest or the pointer to the epoch. A web server or CDN may carry them instead."""
    file = public_folder() / "buckets" / path
    if not _FILE.fullmatch(path) or not file.is_file():
        raise Http404
    answer = FileResponse(
        file.open("rb"),
        content_type="application/json" if path == "current.json" else "application/octet-stream",
    )
    answer["Cache-Control"] = "no-cache" if path == "current.json" else "public, max-age=300"
    return answer
