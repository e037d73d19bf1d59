"""The installable page that verifies without network, and the public files it lives on."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chizheng.certificates.core.verdicts import Verdict
from chizheng.certificates.core.wording import NEXT, VERDICTS
from chizheng.certificates.usecases.publish_status import public_folder
from chizheng.certificates.usecases.publish_trust import published_list
from chizheng.kernel.errors import Unavailable
from chizheng.law.io.shelf import law
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.home import home

PUBLIC = {
    "trust.json": "application/json",
    "trust-list.json": "application/json",
    "status.bundle": "application/octet-stream",
}

HELD = ("trust-list.json", "status.bundle")
"""What the page holds; it takes no key from anywhere but the signed list."""


def _words() -> dict[str, str]:
    """Everything the page may say; the headlines and next steps are those of the other ways to verify."""
    lang = language()
    verdicts = (*(v.value for v in Verdict), "stale")
    return {
        "as_of": _("状态数据截至 "), "list_version": _("；信任名单第 {n} 版"), "no_data": _("还没有取得核验数据；请联网打开一次本页"),
        "no_reader": _("此浏览器不能读码；请用扫码枪或粘贴二维码文字"), "no_picture": _("打不开这个文件；请选照片"),
        "no_code": _("照片里没有找到二维码；请拍近些、拍清楚些"),
        "no_camera": _("没有得到摄像头；请允许使用，或选择照片、粘贴二维码文字"), "verdict_unreadable": _("不能识别"),
        "field_name": _("姓名"), "field_tail": _("证件号后四位"), "field_occupation": _("职业（工种）"),
        "field_level": _("等级"), "field_number": _("证书编号"), "field_issued": _("核发日期"),
        "next_unreadable": _("请对准证书上的二维码重扫；没有二维码的旧证书，请用编号和姓名联网核验。"),
        "reason_signed": _("签名有效，签发后内容未被改动"), "reason_logged": _("日志公钥确认已登记"),
        "reason_fresh": _("在所持状态数据中未被撤销或暂停"),
        "reason_stale": _("状态数据过旧或缺失，不能确认未被撤销：请联网更新后再验"),
        "reason_revoked": _("已被撤销"), "reason_suspended": _("已被暂停"), "reason_superseded": _("已有新的版本"),
        "reason_signature": _("签名与内容不符"), "reason_authority": _("所写机关与签名密钥不符"),
        "reason_promise": _("没有有效的日志登记"), "reason_issuer": _("信任名单中没有这把密钥"),
        "reason_key_period": _("签发日期不在密钥有效期内"), "reason_key_cut_off": _("登记时签名密钥已作废或尚未启用"),
        "reason_not_yet": _("证书日期尚未到来"), "reason_dated_ahead": _("证书日期晚于登记时间"),
        "reason_backdated": _("登记时间比证书日期晚得太多：疑似倒填日期"),
        "reason_legacy": _("旧证补录：依据档案登记，考核过程没有电子存证"),
        "reason_trust_malformed": _("公布的信任名单格式不对，已拒收。"),
        "reason_trust_rollback": _("公布的信任名单比本机所持的旧，或同一版次内容不同，已拒收。"),
        "reason_trust_threshold": _("公布的信任名单没有本机所认的根签名，已拒收。"),
        "reason_trust_expired": _("信任名单已过有效期：请联网更新后再验。"),
        "list_kept": _("核验仍用本机所持的名单，结论只显示黄色；请向发证机关问明。"),
        "list_none": _("在得到有效名单之前不能核验；请向发证机关问明。"),
        "reason_unreadable": _("这不是持证系统的二维码，或者没有扫全"),
        "reason_no_data": _("还没有取得核验数据；请联网打开一次本页"),
        **{f"verdict_{v}": VERDICTS[v].say(lang) for v in verdicts},
        **{f"next_{v}": NEXT[v].say(lang) for v in verdicts},
        **{f"level_{n}": w.say(lang) for n, w in law().level_names.items()},
    }  # fmt: skip


def _roots() -> dict[str, object]:
    """The roots that a page opened for the first time pins; none before the key ceremony."""
    try:
        listed = published_list().list
    except Unavailable:
        return {"roots": [], "threshold": 1}
    return {"roots": [str(root) for root in listed.roots], "threshold": listed.threshold}


@page(public=True)
@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """The page itself; its texts travel with it, so that it speaks without network."""
    jsqr = home() / "static" / "jsqr" / "jsQR.js"
    files = [
        request.path, static("portal/house.css"), static("portal/house.js"), static("portal/seal.svg"),
        static("certificates/offline.js"), static("certificates/offline-page.js"), static("django_htmx/htmx-2.min.js"),
        reverse("certificates:manifest"), *(reverse("certificates:public", args=[n]) for n in HELD),
    ]  # fmt: skip
    if jsqr.exists():
        files.append(static("jsqr/jsQR.js"))
    return render(request, "certificates/offline.html", {
        "words": _words(), "worker": reverse("certificates:worker") + "?files=" + ",".join(files),
        "jsqr": static("jsqr/jsQR.js") if jsqr.exists() else "", "public": reverse("certificates:public", args=["x"])[:-1],
        "roots": _roots(), "delay": law().number("verification.log_delay_days", on=clock.today()),
    })  # fmt: skip


@page(public=True)
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, served under the page's path so that it may keep the page."""
    from django.contrib.staticfiles import finders

    path = finders.find("certificates/offline-worker.js")
    if not isinstance(path, str):
        raise Http404
    with open(path, encoding="utf-8") as file:
        answer = HttpResponse(file.read(), content_type="text/javascript")
    answer["Service-Worker-Allowed"] = "/verify/offline/"
    return answer


@page(public=True)
@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """What lets a phone install the page."""
    body = {
        "name": _("持证·离线核验"), "short_name": _("持证"), "start_url": reverse("certificates:offline"), "display": "standalone",
        "background_color": "#f7f6f2", "theme_color": "#a8271d",
        "icons": [{"src": static("portal/seal.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }  # fmt: skip
    return JsonResponse(
        body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )


@page(public=True)
@require_GET
def public(request: HttpRequest, name: str) -> FileResponse:
    """A public file of the house: trust list, offline trust, status bundle. A web server may serve them instead."""
    path = public_folder() / name
    if name not in PUBLIC or not path.exists():
        raise Http404
    answer = FileResponse(path.open("rb"), content_type=PUBLIC[name])
    answer["Cache-Control"] = "no-cache"
    return answer
