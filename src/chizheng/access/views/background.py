"""The seeker's own statements of work, schooling and training."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chizheng.access.core.background import PROOFS
from chizheng.access.forms.background import ExperienceForm, SettleForm
from chizheng.access.queries.background import own_background
from chizheng.access.usecases import background as usecases
from chizheng.access.views.common import attempt, occupation_names
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.faults import language
from chizheng.platform.roles import Role


@page(Role.CANDIDATE)
@require_http_methods(["GET", "POST"])
def background(request: HttpRequest) -> HttpResponse:
    """What the seeker stated, and a form for one more statement."""
    account = account_of(request)
    form = ExperienceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: usecases.state_experience(**form.cleaned_data, actor=account, now=now()))
        if made is not None:
            messages.success(request, _("已添加；培训指导和“今天我能干什么”已按新的经历重新判断"))
            return redirect("access:background")
    row, lang = own_background(account), language()
    stated = [(e.pk, e.stated().say(lang), e.body or "", PROOFS[e.proof].say(lang), e.proof)
              for e in row.experiences.all()] if row else []  # fmt: skip
    settle = SettleForm(
        initial={"complete": row.complete, "shared": row.shared} if row else {}, prefix="settle"
    )
    return render(request, "access/background.html", {
        "form": form, "stated": stated, "background": row, "settle": settle, "names": occupation_names(),
        "person": account.person,
    }, status=422 if form.errors else 200)  # fmt: skip


@page(Role.CANDIDATE)
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    form = SettleForm(request.POST, prefix="settle")
    if form.is_valid():
        usecases.settle_background(**form.cleaned_data, actor=account_of(request), now=now())
        messages.success(request, _("已保存"))
    return redirect("access:background")


@page(Role.CANDIDATE)
@require_POST
def unstate(request: HttpRequest, pk: int) -> HttpResponse:
    usecases.unstate(experience=pk, actor=account_of(request), now=now())
    messages.success(request, _("已删除"))
    return redirect("access:background")


@page(Role.CANDIDATE)
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    if usecases.withdraw_background(actor=account_of(request), now=now()):
        messages.success(request, _("填写的经历已全部删除"))
    return redirect("access:background")
