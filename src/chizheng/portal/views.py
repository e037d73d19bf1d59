"""The portal's own pages: home, desk, sign-in, language, errors."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.catalogue.queries import region_name
from chizheng.people.queries import account_of
from chizheng.people.sign_in import TooManyFailures
from chizheng.people.sign_in import sign_in as people_sign_in
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.throttle import network_of
from chizheng.portal.menu import groups_of, waiting_for


@page(public=True)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")


@page(signed_in=True)
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    today = clock.today()
    context = {
        "groups": groups_of(account.role), "waiting": waiting_for(account, today),
        "place": region_name(account.region, on=today) if account.region else "",
    }  # fmt: skip
    return render(request, "portal/desk.html", context)


@page(public=True)
def sign_in(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next") or request.GET.get("next") or ""
    if request.method != "POST":
        return render(request, "portal/login.html", {"next": target})
    name, wrong, status = request.POST.get("username", "")[:40], "", 422
    try:
        account = people_sign_in(
            request=request, username=name, password=request.POST.get("password", "")[:200],
            network=network_of(request), now=clock.now(),
        )  # fmt: skip
    except TooManyFailures as refused:
        account, wrong, status = None, refused.say(language()), refused.status
    if account is not None:
        login(request, account)  # a new session key: one planted before the sign-in is worth nothing
        safe = url_has_allowed_host_and_scheme(
            target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return redirect(target if safe else "desk")
    wrong = wrong or _("用户名或密码不对，请重新输入。")
    return render(request, "portal/login.html", {"name": name, "wrong": wrong, "next": target}, status=status)


@page(public=True)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("home")


@page(public=True)
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    code = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    path = urlsplit(target)
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    response = redirect(f"{path.path}?{path.query}" if safe and path.query else path.path if safe else "/")
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=31_536_000, samesite="Lax")
    return response


@page(public=True)
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return JsonResponse({"status": "ok"})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "portal/403.html", status=403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "portal/404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/500.html", status=500)
