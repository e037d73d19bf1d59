"""The administrator's pages about accounts and organisations."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.people import usecases
from chizheng.people.forms import AccountForm, OrganisationForm
from chizheng.people.models import Account
from chizheng.people.queries import access_organisations, account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.roles import Role


@page(Role.ADMINISTRATOR)
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    rows = Account.objects.select_related("organisation").order_by("role", "username")
    return render(
        request, "people/accounts.html", {"page": Paginator(rows, 50).get_page(request.GET.get("page"))}
    )


@page(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def open_account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        data["role"] = Role(data["role"])
        account = usecases.open_account(**data, now=now(), actor=account_of(request))
        messages.success(request, _("已开通账号 %(name)s") % {"name": account.username})
        return redirect("people:accounts")
    return render(
        request,
        "people/form.html",
        {"form": form, "title": _("开通账号")},
        status=422 if form.errors else 200,
    )


@page(Role.ADMINISTRATOR)
@require_POST
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Deactivate or reactivate an account; accounts are never deleted, the ledger names them."""
    account = get_object_or_404(Account, pk=pk)
    usecases.set_account_active(
        account=account, active=request.POST.get("active") == "1", actor=account_of(request), now=now()
    )
    return redirect("people:accounts")


@page(Role.ADMINISTRATOR, Role.AUTHORITY, Role.CENTRE)
@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    rows = access_organisations(account_of(request)).order_by("kind", "name")
    return render(
        request, "people/organisations.html", {"page": Paginator(rows, 50).get_page(request.GET.get("page"))}
    )


@page(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def add_organisation(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        body = usecases.register_organisation(**form.cleaned_data, actor=account_of(request), now=now())
        messages.success(request, _("已登记单位 %(name)s") % {"name": body.name})
        return redirect("people:organisations")
    return render(
        request,
        "people/form.html",
        {"form": form, "title": _("登记单位")},
        status=422 if form.errors else 200,
    )
