"""The registration desk: questions, answers, holds, departures; keys of asking systems."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.access import papers
from chizheng.access.core.wording import VERDICTS
from chizheng.access.forms.registration import CheckForm, ClientForm, LeaveForm, ReplaceForm
from chizheng.access.models import ApiUse, RegistrationCheck
from chizheng.access.queries.registration import access_check, access_checks, access_clients, follow_ups
from chizheng.access.usecases import registration as usecases
from chizheng.access.views.common import attempt, pdf, show_form
from chizheng.access.views.gates import TONES
from chizheng.catalogue.queries import region_name
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import CHINA, now, today
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

STATE_TONES = {"answered": "", "provisional": "warn", "held": "bad", "released": "ok"}


@page(Role.REGISTRAR, Role.AUTHORITY)
@require_GET
def checks(request: HttpRequest) -> HttpResponse:
    """Questions asked, those on hold first to be seen, and follow-ups."""
    account = account_of(request)
    rows = access_checks(account)
    state = request.GET.get("state", "")
    if state in RegistrationCheck.State.values:
        rows = rows.filter(state=state)
    lang = language()
    listed = Paginator(rows, 30).get_page(request.GET.get("page"))
    return render(request, "access/checks.html", {
        "page": listed, "rows": [(c, VERDICTS[c.verdict].say(lang), TONES[c.verdict]) for c in listed],
        "state": state, "states": RegistrationCheck.State.choices, "tones": STATE_TONES, "today": today(),
        "follow_ups": follow_ups(account)[:20],
    })  # fmt: skip


@page(Role.REGISTRAR)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    form = CheckForm(
        request.POST or None, region=account.region,
        initial={"on": today(), "idempotency_key": secrets.token_hex(16)},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        row = attempt(form, lambda: usecases.check_registration(
            business=data["business"], scope=data["scope"], place=data["place"], on=data["on"],
            applicants=data["applicants"], occupations=data["occupations"], exemptions=data["exemptions"],
            asked_by=account, idempotency_key=data["idempotency_key"], now=now(),
        ))  # fmt: skip
        if row is not None:
            return redirect("access:check", row.uuid)
    return render(request, "access/ask.html", {"form": form}, status=422 if form.errors else 200)


@page(Role.REGISTRAR, Role.AUTHORITY)
@require_GET
def check(request: HttpRequest, uuid: str) -> HttpResponse:
    row = access_check(account_of(request), uuid)
    lang = language()
    return render(request, "access/check.html", {
        "check": row, "verdict": VERDICTS[row.verdict].say(lang), "tone": TONES[row.verdict],
        "state_tone": STATE_TONES[row.state], "place": region_name(row.place, on=row.on),
        "persons": row.persons.order_by("pk"), "today": today(),
        "notes": [n["en" if lang == "en" else "zh"] for n in row.answer["notes"]],
        "items": [
            (i, VERDICTS[i["verdict"]].say(lang), TONES[i["verdict"]], i["reasons_en" if lang == "en" else "reasons"])
            for i in row.answer["items"]
        ],
    })  # fmt: skip


@page(Role.REGISTRAR, Role.AUTHORITY)
@require_GET
def check_pdf(request: HttpRequest, uuid: str) -> HttpResponse:
    row = access_check(account_of(request), uuid)
    return pdf(papers.check_answer(row, at=now().astimezone(CHINA)), f"check-{row.number}.pdf")


@page(Role.REGISTRAR)
@require_http_methods(["GET", "POST"])
def left(request: HttpRequest, uuid: str, pk: int) -> HttpResponse:
    """The responsible person left."""
    account = account_of(request)
    person = get_object_or_404(access_check(account, uuid).persons, pk=pk)
    form = LeaveForm(request.POST or None, initial={"on": today()})
    if request.method == "POST" and form.is_valid():
        row = attempt(form, lambda: usecases.report_departure(
            person=person, on=form.cleaned_data["on"], actor=account, now=now()
        ))  # fmt: skip
        if row is not None:
            if row.replace_by:
                messages.warning(
                    request, _("须在 %(day)s 前补足持证人员") % {"day": row.replace_by.isoformat()}
                )
            else:
                messages.success(request, _("其余人员符合要求，无须补足"))
            return redirect("access:check", uuid)
    return show_form(request, form, title=_("负责人离开"), button=_("登记"),
                     lead=_("登记后系统判断其余人员是否符合要求；不符合的限期补足。"))  # fmt: skip


@page(Role.REGISTRAR)
@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, uuid: str, pk: int) -> HttpResponse:
    """Who takes over."""
    account = account_of(request)
    leaver = get_object_or_404(access_check(account, uuid).persons, pk=pk)
    form = ReplaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        usecases.replace_person(
            leaver=leaver, applicant=form.cleaned_data["applicant"], actor=account, now=now()
        )
        return redirect("access:check", uuid)
    return show_form(request, form, title=_("补足持证人员"), button=_("登记并复核"), lead="")


@page(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def clients(request: HttpRequest) -> HttpResponse:
    """Systems that may ask over the API; a key is shown once, on the page that made it."""
    account = account_of(request)
    form = ClientForm(request.POST or None)
    key = ""
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: usecases.make_client(**form.cleaned_data, actor=account, now=now()))
        if made is not None:
            key, form = made[1], ClientForm()
    used = dict(ApiUse.objects.filter(day=today()).values_list("client").annotate(Sum("count")))
    return render(request, "access/clients.html", {
        "form": form, "key": key, "rows": [(c, used.get(c.pk, 0)) for c in access_clients(account)],
    }, status=422 if form.errors else 200)  # fmt: skip


@page(Role.ADMINISTRATOR)
@require_POST
def client_active(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_of(request)
    client = get_object_or_404(access_clients(account), pk=pk)
    usecases.set_client_active(
        client=client, active=request.POST.get("active") == "1", actor=account, now=now()
    )
    return redirect("access:clients")
