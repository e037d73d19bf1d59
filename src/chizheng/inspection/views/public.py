"""The public page for complaints, and what became of one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chizheng.inspection.forms import ComplaintForm, ReceiptForm
from chizheng.inspection.usecases.take_complaint import find_complaint, take_complaint
from chizheng.platform import clock
from chizheng.platform.access import page


@page(public=True)
@require_http_methods(["GET", "POST"])
def complain(request: HttpRequest) -> HttpResponse:
    form, code = ComplaintForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _row, code = take_complaint(now=clock.now(), **form.cleaned_data)
    bad = request.method == "POST" and bool(form.errors)
    context = {"form": form, "code": code, "receipt": ReceiptForm()}
    return render(request, "inspection/complain.html", context, status=422 if bad else 200)


@page(public=True)
@require_http_methods(["GET", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """State of a complaint, by the receipt code alone; nothing of its content is shown."""
    form, row = ReceiptForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        row = find_complaint(form.cleaned_data["code"])
        if row is None:
            form.add_error("code", _("没有这个回执码；请核对"))
    return render(request, "inspection/receipt.html", {"form": form, "complaint": row})
