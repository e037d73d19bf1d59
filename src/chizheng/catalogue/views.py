"""Pages of the catalogue: occupations, instruments of law, the code table and its keeper's desk."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chizheng.catalogue import queries, usecases
from chizheng.catalogue.forms import ClassificationForm, IssuerCodeForm
from chizheng.catalogue.models import IssuerCode
from chizheng.law.io.shelf import law
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.roles import Role


@page(public=True)
@require_GET
def occupations(request: HttpRequest) -> HttpResponse:
    """Browse occupations by name or code."""
    text = request.GET.get("q", "").strip()[:80]
    rows = queries.list_occupations(on=today())
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(code__startswith=text))
    pages = Paginator(rows, 50)
    return render(request, "catalogue/occupations.html",
                  {"page": pages.get_page(request.GET.get("page")), "q": text, "total": pages.count})  # fmt: skip


@page(public=True)
@require_GET
def instruments(request: HttpRequest) -> HttpResponse:
    """Every legal instrument the product cites, with its period in force and whether it is verified."""
    rows = sorted(law().instruments.values(), key=lambda i: i.period.start)
    return render(request, "catalogue/instruments.html", {"rows": rows, "today": today()})


@page(public=True)
@require_GET
def codes(request: HttpRequest) -> HttpResponse:
    """The code table of certificate numbers, with its history."""
    return render(request, "catalogue/codes.html", {"rows": IssuerCode.objects.order_by("code", "period")})


@page(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def keep_code(request: HttpRequest) -> HttpResponse:
    """Add or replace a row of the code table."""
    form = IssuerCodeForm(request.POST or None, initial={"since": today(), **request.GET.dict()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        usecases.keep_issuer_code(
            code=data["code"], name=data["name"], kind=data["kind"], region=data["region"], since=data["since"],
            source=data["source"], verified=data["verified"], actor=account_of(request), now=now(),
        )  # fmt: skip
        messages.success(request, _("已保存代码 %(code)s") % {"code": data["code"]})
        return redirect("catalogue:codes")
    return render(request, "catalogue/keep_code.html", {"form": form}, status=422 if form.errors else 200)


@page(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def import_classification(request: HttpRequest) -> HttpResponse:
    """Import a classification; the rows not taken come back as a file."""
    form = ClassificationForm(request.POST or None, request.FILES or None, initial={"since": today()})
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        done = usecases.import_classification(
            content=file.read(), filename=file.name, on=form.cleaned_data["since"], now=now(),
            actor=account_of(request), lang=language(),
        )  # fmt: skip
        if done.returned is not None:
            answer = download(done.returned.content, done.returned.filename, done.returned.media_type)
            answer["X-Taken"] = str(done.taken)
            return answer
        messages.success(
            request, _("导入 %(taken)s 行：新增 %(made)s，更新 %(changed)s")
            % {"taken": done.taken, "made": done.made, "changed": done.changed},
        )  # fmt: skip
        return redirect("catalogue:occupations")
    return render(request, "catalogue/import.html", {"form": form}, status=422 if form.errors else 200)
