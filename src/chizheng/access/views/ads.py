"""The ad desk: vetting, ledger, queue of doubtful words, agencies' licences and mandates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chizheng.access.core.ads.ad import Ad as Text
from chizheng.access.forms.ads import AdForm, AdSheetForm, LicenceForm, MandateForm, WordForm
from chizheng.access.models import Ad
from chizheng.access.queries.ads import (
    access_ad,
    access_ads,
    access_doubt,
    access_doubts,
    access_licences,
    access_mandates,
    licence_on,
    segments,
)
from chizheng.access.usecases import ads as usecases
from chizheng.access.views.common import attempt, occupation_names, show_form
from chizheng.kernel.errors import Forbidden
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

TONES = {"error": "bad", "warning": "warn", "notice": "info", "": "ok"}
READERS = (Role.AGENCY, Role.EMPLOYER, Role.AUTHORITY, Role.CENTRE, Role.INSPECTOR)
_NO_BODY = Wording(zh="本账号没有所属单位", en="this account belongs to no body")


def body_of(account: Account) -> Organisation:
    if account.organisation is None:
        raise Forbidden("no_body", _NO_BODY)
    return account.organisation


@page(Role.AGENCY, Role.EMPLOYER)
@require_http_methods(["GET", "POST"])
def vet(request: HttpRequest) -> HttpResponse:
    """Paste an ad; it goes into the ledger with what vetting says."""
    account = account_of(request)
    body = body_of(account)
    form = AdForm(
        request.POST or None, initial={"on": today(), "place": body.region, "employer": _own_name(body)}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        text = Text("", data["title"], data["text"], data["employer"])
        row = attempt(form, lambda: usecases.vet_ad(
            text=text, organisation=body, on=data["on"], place=data["place"], actor=account, now=now()
        ))  # fmt: skip
        if row is not None:
            return redirect("access:ad", row.uuid)
    context = {
        "form": form,
        "sheet": AdSheetForm(initial={"on": today(), "place": body.region}),
        "licence": True,
    }
    if body.kind == Organisation.Kind.AGENCY:
        context["licence"] = licence_on(body, today())
    return render(request, "access/vet.html", context, status=422 if form.errors else 200)


def _own_name(body: Organisation) -> str:
    return "" if body.kind == Organisation.Kind.AGENCY else body.name


@page(Role.AGENCY, Role.EMPLOYER)
@require_http_methods(["GET", "POST"])
def vet_sheet(request: HttpRequest) -> HttpResponse:
    """Upload a workbook of ads; it comes back with a column that says what is wrong."""
    account = account_of(request)
    body = body_of(account)
    form = AdSheetForm(
        request.POST or None, request.FILES or None, initial={"on": today(), "place": body.region}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        done = attempt(form, lambda: usecases.vet_sheet(
            content=data["file"].read(), filename=data["file"].name, organisation=body, on=data["on"],
            place=data["place"], actor=account, now=now(), lang=language(),
        ))  # fmt: skip
        if done is not None:
            answer = download(done.returned.content, done.returned.filename, done.returned.media_type)
            answer["X-Ads"], answer["X-Found"] = str(done.ads), str(done.found)
            return answer
    return show_form(request, form, title=_("批量审核简章"), button=_("上传并审核"), multipart=True,
                     lead=_("表头须有“标题”或“正文”列，可有“编号”“用人单位”。审核后的工作簿带着问题说明退回，并记入台账。"))  # fmt: skip


@page(*READERS)
@require_GET
def ads(request: HttpRequest) -> HttpResponse:
    """The ledger of ads."""
    account = account_of(request)
    rows = access_ads(account)
    severity = request.GET.get("severity", "")
    if severity in Ad.Severity.values and severity:
        rows = rows.filter(severity=severity)
    text = request.GET.get("q", "").strip()[:60]
    if text:
        rows = rows.filter(title__icontains=text) | rows.filter(text__icontains=text)
    return render(request, "access/ads.html", {
        "page": Paginator(rows, 30).get_page(request.GET.get("page")), "severity": severity, "q": text,
        "severities": Ad.Severity.choices[1:], "tones": TONES,
    })  # fmt: skip


@page(*READERS)
@require_GET
def ad(request: HttpRequest, uuid: str) -> HttpResponse:
    """One ad with its marks, findings and corrected sentences."""
    row = access_ad(account_of(request), uuid)
    english = language() == "en"
    marks: dict[str, list[dict[str, Any]]] = {"title": [], "text": []}
    for post in row.vetting["posts"]:
        kind = "gated" if post["role"] == "post" and post["occupation"] in row.gated else post["role"]
        marks[post["span"]["field"]].append({**post["span"], "kind": kind})
    return render(request, "access/ad.html", {
        "ad": row, "tone": TONES[row.severity],
        "title_parts": segments(row.title, marks["title"]), "text_parts": segments(row.text, marks["text"]),
        "findings": [
            f | {"said": f["message_en"] if english else f["message"], "tone": TONES[f["severity"]],
                 "label": Ad.Severity(f["severity"]).label}
            for f in row.vetting["findings"]
        ],
    })  # fmt: skip


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Words that vetting was not sure of."""
    rows = access_doubts(account_of(request))
    return render(
        request, "access/queue.html", {"page": Paginator(rows, 30).get_page(request.GET.get("page"))}
    )


@page(Role.CENTRE, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def decide_word(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_of(request)
    doubt = access_doubt(account, pk)
    form = WordForm(request.POST or None, initial={"since": today(), "occupation": doubt.readings[0]})
    if request.method == "POST" and form.is_valid():
        row = attempt(
            form, lambda: usecases.decide_word(doubt=doubt, **form.cleaned_data, actor=account, now=now())
        )
        if row is not None:
            messages.success(request, _("已判定“%(word)s”，此后的审核按此执行") % {"word": row.word})
            return redirect("access:queue")
    return render(request, "access/decide_word.html", {"form": form, "doubt": doubt, "names": occupation_names()},
                  status=422 if form.errors else 200)  # fmt: skip


@page(Role.AGENCY, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def licences(request: HttpRequest) -> HttpResponse:
    """Licences of agencies: the authority registers them, an agency sees its own."""
    account = account_of(request)
    keeper = account.role == Role.AUTHORITY
    form = (
        LicenceForm(request.POST or None, region=account.region, initial={"start": today()})
        if keeper
        else None
    )
    if request.method == "POST":
        if form is None:
            raise Forbidden("not_your_desk", _NOT_YOURS)
        if form.is_valid():
            granting = form
            row = attempt(granting, lambda: usecases.grant_licence(
                **granting.cleaned_data, actor=account, now=now()
            ))  # fmt: skip
            if row is not None:
                messages.success(request, _("已登记许可 %(number)s") % {"number": row.number})
                return redirect("access:licences")
    return render(request, "access/licences.html",
                  {"form": form, "rows": access_licences(account), "today": today()},
                  status=422 if form is not None and form.errors else 200)  # fmt: skip


_NOT_YOURS = Wording(zh="许可由主管部门登记", en="licences are registered by the authority")


@page(Role.AGENCY)
@require_http_methods(["GET", "POST"])
def mandates(request: HttpRequest) -> HttpResponse:
    """Mandates of employers, with the papers seen."""
    account = account_of(request)
    form = MandateForm(request.POST or None, initial={"start": today()})
    if request.method == "POST" and form.is_valid():
        row = attempt(form, lambda: usecases.keep_mandate(
            agency=body_of(account), **form.cleaned_data, actor=account, now=now()
        ))  # fmt: skip
        if row is not None:
            messages.success(request, _("已登记“%(name)s”的委托") % {"name": row.employer_name})
            return redirect("access:mandates")
    return render(request, "access/mandates.html", {"form": form, "rows": access_mandates(account), "today": today()},
                  status=422 if form.errors else 200)  # fmt: skip
