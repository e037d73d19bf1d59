"""Lists without an exam: contest awards, expert panels, old stock; and the counts of them that anybody sees."""

from __future__ import annotations

import base64

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chizheng.assessment.views.common import attempt
from chizheng.certificates.core import chain
from chizheng.certificates.core.listed import COLUMNS
from chizheng.certificates.forms import ListForm
from chizheng.certificates.models import Batch
from chizheng.certificates.queries import desk
from chizheng.certificates.usecases.list_awards import BASES, Received, receive_list, template
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.io.exports import XLSX
from chizheng.platform.roles import Role

SHOWN = 200
"""Faults shown on the page; the returned sheet has them all."""


@page(Role.STATION, Role.CENTRE, Role.AUTHORITY)
@require_GET
def exceptions(request: HttpRequest) -> HttpResponse:
    """Exceptional batches within reach, by kind and state."""
    account = account_of(request)
    rows = desk.access_exceptions(account)
    basis, state = request.GET.get("basis", ""), request.GET.get("state", "")
    if basis in Batch.Basis.values:
        rows = rows.filter(basis=basis)
    if state in {s.value for s in chain.State}:
        rows = rows.filter(state=state)
    return render(request, "certificates/exceptions.html", {
        "page": Paginator(rows, 30).get_page(request.GET.get("page")), "basis": basis, "state": state,
        "bases": [b for b in Batch.Basis if b is not Batch.Basis.EXAM],
        "states": [(s.value, chain.NAMES[s].say(language())) for s in chain.State], "names": chain.NAMES,
        "may_list": account.role in ("station", "centre"),
    })  # fmt: skip


@page(Role.STATION, Role.CENTRE)
@require_http_methods(["GET", "POST"])
def new_list(request: HttpRequest) -> HttpResponse:
    """Send a list in. One fault anywhere and nothing is taken in: the page says where, and gives the sheet back."""
    account = account_of(request)
    form = ListForm(request.POST or None, request.FILES or None, licences=desk.licences_for(account))
    received: Received | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        received = attempt(request, lambda: receive_list(
            basis=data["basis"], licence=data["licence"], file_name=data["file"].name, content=data["file"].read(),
            evidence=data["evidence"], reason=data["reason"], decided_on=data["decided_on"], actor=account,
            now=clock.now(),
        ))  # fmt: skip
        if received is not None and received.batch is not None:
            return redirect("certificates:batch", uuid=received.batch.uuid)
    context: dict[str, object] = {"form": form, "bases": BASES}
    if received is not None and received.faults:
        sheet = received.returned(language())
        context |= {
            "faults": [
                (f.row, COLUMNS[f.field][0] if f.field else "", f.say(language())) for f in received.faults[:SHOWN]
            ],
            "total": len(received.faults), "bad_rows": len({f.row for f in received.faults}),
            # the sheet goes back inside the page: nothing of a refused list is kept here
            "returned": f"data:{sheet.media_type};base64,{base64.b64encode(sheet.content).decode()}",
            "returned_name": sheet.filename,
        }  # fmt: skip
    status = 200 if request.method == "GET" else 422
    return render(request, "certificates/new_list.html", context, status=status)


@page(Role.STATION, Role.CENTRE)
@require_GET
def list_template(request: HttpRequest, basis: str) -> HttpResponse:
    """The empty sheet for a kind of list."""
    if basis not in BASES:
        raise Http404
    return download(template(basis), _("名单模板-%(kind)s.xlsx") % {"kind": Batch.Basis(basis).label}, XLSX)


@page(public=True)
@require_GET
def counts(request: HttpRequest) -> HttpResponse:
    """How many certificates were issued without an exam, year by year, for everybody."""
    bases = [b for b in Batch.Basis if b is not Batch.Basis.EXAM]
    years = desk.public_counts()
    most = max((y.share for y in years), default=0.0) or 1.0
    return render(request, "certificates/counts.html", {
        "bases": bases,
        "years": [(y, [y.by_basis.get(b.value, 0) for b in bases], round(100 * y.share / most)) for y in years],
    })  # fmt: skip
