"""Complaints: the public form and the receipt; the desk that accepts, refuses, replies; the keeper of reporters."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.views.common import attempt
from chizheng.inspection import queries
from chizheng.inspection.forms import ComplaintForm, ReasonForm, StatusForm
from chizheng.inspection.queries import OFFICERS
from chizheng.inspection.usecases import receive_complaint as complaining
from chizheng.inspection.views.common import paged, tell_faults
from chizheng.people.models import Account
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.roles import Role


@page(*OFFICERS)
@require_GET
def complaints(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    keepers = Account.objects.filter(role=Role.INSPECTOR, is_active=True, region__startswith=me.region[:2])
    rows = queries.access_complaints(me)
    show = request.GET.get("show", "open")
    if show == "open":
        rows = rows.filter(case=None, refused_on=None)
    found, day = paged(request, rows.prefetch_related("replies"), 20), today()
    due = [(c, complaining.accept_by(c)) for c in found]
    context = {
        "page": found, "rows": [(c, d, d is not None and d.overdue(day)) for c, d in due],
        "keepers": keepers.order_by("display"), "show": show,
    }  # fmt: skip
    return render(request, "inspection/complaints.html", context)


@page(*OFFICERS)
@require_POST
def reply(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A reply to whoever holds the receipt; with `refuse` the complaint is not accepted, for the reason given."""
    me = account_of(request)
    row = queries.one(queries.access_complaints(me), uuid)
    form = ReasonForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data["text"]
        done: object
        if "refuse" in request.POST:
            done = attempt(
                request, lambda: complaining.refuse_complaint(complaint=row, reason=said, actor=me, now=now())
            )
        else:
            done = attempt(
                request, lambda: complaining.reply_complaint(complaint=row, text=said, actor=me, now=now())
            )
        if done is not None:
            messages.success(request, _("已答复；投诉人凭回执编号可以看到。"))
    else:
        tell_faults(request, form)
    return redirect("inspection:complaints")


@page(Role.AUTHORITY)
@require_POST
def keeper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_complaints(me), uuid)
    chosen = Account.objects.filter(role=Role.INSPECTOR, username=request.POST.get("keeper", "")).first()
    if chosen is None:
        messages.error(request, _("请选择保管人"))
    else:
        complaining.appoint_keeper(complaint=row, keeper=chosen, actor=me, now=now())
    return redirect("inspection:complaints")


@page(*OFFICERS)
@require_POST
def reporter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who reported, to the keeper; a POST, because every reading is written down."""
    me = account_of(request)
    row = queries.one(queries.access_complaints(me), uuid)
    identity = complaining.read_reporter(complaint=row, actor=me, now=now())
    response = render(request, "inspection/reporter.html", {"identity": identity})
    response["Cache-Control"] = "no-store"
    return response


@page(public=True)
@require_http_methods(["GET", "POST"])
def complain(request: HttpRequest) -> HttpResponse:
    form = ComplaintForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        got = attempt(
            request,
            lambda: complaining.receive_complaint(
                now=now(), sender=request.META.get("REMOTE_ADDR", ""), **form.cleaned_data
            ),
        )
        if got:
            return render(request, "inspection/receipt.html", {"code": got[1]})
    status = 422 if form.errors else 429 if request.method == "POST" else 200
    return render(request, "inspection/complain.html", {"form": form}, status=status)


@page(public=True)
@require_http_methods(["GET", "POST"])
def complaint_status(request: HttpRequest) -> HttpResponse:
    form = StatusForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form}
    status = 200
    if request.method == "POST" and form.is_valid():
        found = queries.find_complaint(form.cleaned_data["code"])
        context |= {"asked": True, "complaint": found, "due": complaining.accept_by(found) if found else None}
        status = 200 if found else 404
    return render(request, "inspection/complaint_status.html", context, status=status)
