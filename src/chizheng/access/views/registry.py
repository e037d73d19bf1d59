"""The registration clerk's desk 开业核验, the employers' exceptions, keys of other systems."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.access import queries
from chizheng.access.forms import ApiKeyForm, ExceptionForm, RegistrationForm
from chizheng.access.models import ApiKey
from chizheng.access.usecases.check_registration import Somebody, check_registration, recheck, report_leaving
from chizheng.access.usecases.decide_exception import ask_exception, decide_exception
from chizheng.access.usecases.keep_api_key import make_key
from chizheng.kernel.errors import BadInput, Refused
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

TONES = {"clear": "ok", "exempt": "ok", "advice": "info", "missing": "bad"}


@page(Role.REGISTRAR)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """A clerk asks about an application; the answer stays under its number."""
    me = account_of(request)
    form = RegistrationForm(request.POST or None, initial={"on": clock.today(), "place": me.region})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = check_registration(
                key=f"desk:{me.pk}:{data['key']}", name=data["name"], scope=data["scope"], place=data["place"],
                on=data["on"], people=[Somebody(*p) for p in form.people()], now=clock.now(), actor=me,
            )  # fmt: skip
        except BadInput as fault:
            form.add_error(None, fault.say(language()))
        else:
            return redirect("access:check", uuid=row.uuid)
    return render(request, "access/ask.html", {"form": form}, status=422 if form.errors else 200)


@page(Role.REGISTRAR, Role.AUTHORITY)
@require_GET
def checks(request: HttpRequest) -> HttpResponse:
    rows = queries.access_checks(account_of(request))
    return render(request, "access/checks.html",
                  {"page": Paginator(rows, 30).get_page(request.GET.get("page")), "tones": TONES})  # fmt: skip


@page(Role.REGISTRAR, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One answer, printable with its citations; a held one can be asked again, a leaving manager reported."""
    me = account_of(request)
    row = queries.access_checks(me).filter(uuid=uuid).first()
    if row is None:
        raise Http404
    if request.method == "POST" and me.role == Role.REGISTRAR:
        left = request.POST.get("left", "")
        if left.isdigit():
            somebody = row.people.filter(pk=int(left)).first()
            if somebody is not None:
                report_leaving(somebody=somebody, on=clock.today(), actor=me, now=clock.now())
        else:
            recheck(check=row, now=clock.now(), on=clock.today())
        return redirect("access:check", uuid=uuid)
    people = list(row.people.all())
    covered = [
        {**c, "by_name": people[c["by"]].name if c["by"] is not None and c["by"] < len(people) else "",
         "tone": TONES.get(c["verdict"], "info")}
        for c in row.answer["covered"]
    ]  # fmt: skip
    return render(request, "access/check.html", {
        "row": row, "covered": covered, "people": people, "lang": language(), "tone": TONES.get(row.verdict, "info"),
        "says": row.answer["note"][language()],
    })  # fmt: skip


@page(Role.EMPLOYER, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def exceptions(request: HttpRequest) -> HttpResponse:
    """Exceptions of Order 6: asked for by the employer, decided by the authority."""
    me = account_of(request)
    form = ExceptionForm(request.POST or None) if me.role == Role.EMPLOYER else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            ask_exception(**form.cleaned_data, actor=me, now=clock.now())
        except Refused as refusal:
            form.add_error(None, refusal.say(language()))
        else:
            messages.success(request, _("已提交劳动行政部门审批"))
            return redirect("access:exceptions")
    rows = queries.access_exceptions(me)
    bad = form is not None and bool(form.errors)
    return render(request, "access/exceptions.html", {"form": form, "rows": rows}, status=422 if bad else 200)


@page(Role.AUTHORITY)
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.access_exceptions(me).filter(uuid=uuid).first()
    if row is None:
        raise Http404
    decide_exception(
        request=row, granted=request.POST.get("granted") == "1", answer=request.POST.get("answer", "")[:500], actor=me,
        now=clock.now(),
    )  # fmt: skip
    return redirect("access:exceptions")


@page(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """Keys of other authorities' systems; a new one is shown once."""
    form = ApiKeyForm(request.POST or None, initial={"daily_quota": 10_000})
    secret = ""
    if request.method == "POST" and form.is_valid():
        _row, secret = make_key(**form.cleaned_data, actor=account_of(request), now=clock.now())
        form = ApiKeyForm(initial={"daily_quota": 10_000})
    rows = ApiKey.objects.order_by("name")
    return render(request, "access/api_keys.html", {"form": form, "rows": rows, "secret": secret},
                  status=422 if form.errors else 200)  # fmt: skip
