"""Forbidden words and the register of look-alike certificates 山寨证书, for everybody; the desks keep it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chizheng.assessment.views.common import account, attempt, paged
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.roles import Role
from chizheng.quality.forms import LookAlikeForm
from chizheng.quality.queries import access_look_alikes, found
from chizheng.quality.queries import look_alikes as look_alike_rows
from chizheng.quality.usecases import look_alikes as acts


@page(public=True)
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Forbidden words and the register of look-alikes; the desks may add."""
    me = (
        account(request)
        if request.user.is_authenticated and request.user.role in ("centre", "authority")
        else None
    )
    form = LookAlikeForm(request.POST or None) if me else None
    if request.method == "POST":
        if me is None or form is None:
            return render(request, "portal/403.html", status=403)
        if form.is_valid():
            attempt(
                request,
                lambda: acts.enter_look_alike(**form.cleaned_data, region=me.region, actor=me, now=now()),
            )
            return redirect("quality:look_alikes")
    title = request.GET.get("title", "")[:120]
    on = today()
    rows = look_alike_rows()
    state = request.GET.get("state", "")
    if state in ("found", "ordered", "stopped"):
        rows = rows.filter(state=state)
    mine = set(access_look_alikes(me).values_list("pk", flat=True)) if me else set()
    context = {
        "rows": paged(request, rows, 50), "words": acts.forbidden_words(on=on), "form": form, "title": title,
        "hits": acts.forbidden_in(title, on=on) if title else [], "rule": acts.forbidden_rule(on=on),
        "state": state, "mine": mine,
    }  # fmt: skip
    return render(
        request, "quality/look_alikes.html", context, status=422 if request.method == "POST" else 200
    )


@page(Role.CENTRE, Role.AUTHORITY)
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """A look-alike was ordered to stop, or did stop."""
    me = account(request)
    row = found(access_look_alikes(me).filter(pk=pk).first())
    state, note = request.POST.get("state", ""), request.POST.get("note", "")
    if attempt(request, lambda: acts.move_look_alike(row=row, state=state, note=note, actor=me, now=now())):
        messages.success(request, _("已更新状态。"))
    return redirect("quality:look_alikes")
