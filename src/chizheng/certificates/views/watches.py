"""Watched certificates: who is told when a status changes, what was sent, and what the holder sees of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.views.common import attempt
from chizheng.certificates.core import webhook
from chizheng.certificates.forms import WatchForm
from chizheng.certificates.queries import watching
from chizheng.certificates.usecases.watch_status import answer_watch, end_watch, new_secret, watch
from chizheng.kernel.errors import ChizhengError
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

WATCHERS = (Role.EMPLOYER, Role.AGENCY, Role.CANDIDATE)
_SECRET = "watch_secret"  # noqa: S105 - a key in the session, not a secret


@page(*WATCHERS)
@require_http_methods(["GET", "POST"])
def watches(request: HttpRequest) -> HttpResponse:
    """One's watches, the form for one more, and what was sent lately."""
    me = account_of(request)
    form = WatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        try:
            made = watch(actor=me, now=now, **form.cleaned_data)
        except ChizhengError as fault:
            form.add_error(None, fault.say(language()))
        else:
            if made.state == "asked":
                messages.info(request, _("已征求持证人同意；同意之前不会收到通知"))
            else:
                messages.success(request, _("已开始关注"))
            if made.webhook and made.since == now:
                request.session[_SECRET] = str(made.uuid)
            return redirect("certificates:watch", uuid=made.uuid)
    return render(request, "certificates/watches.html", {
        "form": form, "page": Paginator(watching.watches_of(me), 30).get_page(request.GET.get("page")),
    }, status=200 if request.method == "GET" else 422)  # fmt: skip


@page(*WATCHERS)
@require_GET
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One watch with every notice and its state. The webhook's secret is shown once, right after it was made."""
    row = watching.access_watch(account_of(request), uuid)
    fresh = request.session.pop(_SECRET, "") == str(row.uuid)
    return render(request, "certificates/watch.html", {
        "row": row, "notices": watching.notices_of(row), "secret": row.secret if fresh else "", "header": webhook.HEADER,
        "attempts": len(webhook.BACK_OFF) + 1,
    })  # fmt: skip


@page(*WATCHERS)
@require_POST
def renew_secret(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A new secret in place of a lost or leaked one; the old one signs nothing from now on."""
    row = watching.access_watch(account_of(request), uuid)
    if attempt(request, lambda: new_secret(watch=row, actor=account_of(request), now=clock.now())):
        request.session[_SECRET] = str(row.uuid)
    return redirect("certificates:watch", uuid=row.uuid)


@page(*WATCHERS)
@require_POST
def end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The watcher ends it; the holder takes back a consent."""
    me = account_of(request)
    row = watching.access_watch_or_own(me, uuid)
    end_watch(watch=row, actor=me, now=clock.now())
    messages.success(request, _("已结束关注"))
    return redirect("certificates:watches" if row.account_id == me.pk else "certificates:watched")


@page(Role.CANDIDATE)
@require_GET
def watched(request: HttpRequest) -> HttpResponse:
    """What the holder sees: who watches, who asks to, who has checked."""
    me = account_of(request)
    rows = watching.watches_on(me)
    return render(request, "certificates/watched.html", {
        "asked": rows.filter(state="asked"), "active": rows.filter(state="active"),
        "page": Paginator(watching.checks_on(me), 30).get_page(request.GET.get("page")),
    })  # fmt: skip


@page(Role.CANDIDATE)
@require_POST
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = watching.access_watch_or_own(me, uuid)
    consent = request.POST.get("consent") == "1"
    if attempt(request, lambda: answer_watch(watch=row, consent=consent, actor=me, now=clock.now())):
        messages.success(request, _("已同意") if consent else _("已拒绝"))
    return redirect("certificates:watched")
