"""Reissue, correction and the letter of proof: asked for by the holder or the issuing centre."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chizheng.assessment.views.common import attempt
from chizheng.certificates import queries
from chizheng.certificates.forms import CorrectionForm, ReissueForm
from chizheng.certificates.models import Certificate
from chizheng.certificates.printing import remark_of
from chizheng.certificates.usecases.amend_certificate import (
    Wanted,
    reissue_refusal,
    request_correction,
    request_reissue,
)
from chizheng.certificates.usecases.give_letter import give_letter
from chizheng.certificates.views.common import level_name
from chizheng.kernel.errors import ChizhengError
from chizheng.law.io.shelf import law
from chizheng.law.types import DatedValue
from chizheng.people.models import Account
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.downloads import PDF, download
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

DESKS = (Role.CANDIDATE, Role.CENTRE, Role.AUTHORITY)


def _after(request: HttpRequest, account: Account, row: Certificate, batch: object) -> HttpResponse:
    messages.success(request, _("已受理，须经审核和批准两道手续；办结后原版本显示为“已被取代”"))
    if account.role == "candidate":
        return redirect("certificates:certificate", uuid=row.uuid)
    return redirect("certificates:batch", uuid=batch.uuid)  # type: ignore[attr-defined]


@page(*DESKS)
@require_http_methods(["GET", "POST"])
def reissue(request: HttpRequest, uuid: str) -> HttpResponse:
    """Same number, new version, new blank; where the law wants a letter instead, the page says so first."""
    account = account_of(request)
    row = queries.access_certificate(account, uuid)
    refusal = reissue_refusal(row, on=clock.today())
    form = ReissueForm(request.POST or None)
    if request.method == "POST" and refusal is None and form.is_valid():
        batch = attempt(
            request,
            lambda: request_reissue(certificate=row, actor=account, now=clock.now(), **form.cleaned_data),
        )
        if batch is not None:
            return _after(request, account, row, batch)
    days = _working_days(row.batch.region)
    return render(
        request, "certificates/reissue.html",
        {"row": row, "form": form, "refusal": refusal and refusal.say(language()), "days": days},
        status=200 if request.method == "GET" else 422,
    )  # fmt: skip


def _working_days(region: str) -> DatedValue | None:
    """How long a reissue may take there, None where no text says."""
    try:
        return law().value("certificate.reissue_working_days", on=clock.today(), place=region)
    except ChizhengError:
        return None


@page(*DESKS)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, uuid: str) -> HttpResponse:
    """What the certificate says now beside what it should say."""
    account = account_of(request)
    row = queries.access_certificate(account, uuid)
    record = queries.read_claims(row)
    now_says = {"name": record.name, "sex": row.person.sex, "birth": record.birth}
    form = CorrectionForm(request.POST or None, initial=now_says)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        batch = attempt(request, lambda: request_correction(
            certificate=row, wanted=Wanted(data["name"], data["sex"], data["birth"], form.read),
            reason=data["reason"], evidence=data["evidence"], actor=account, now=clock.now(),
        ))  # fmt: skip
        if batch is not None:
            return _after(request, account, row, batch)
    return render(
        request, "certificates/correct.html", {"row": row, "form": form, "record": record},
        status=200 if request.method == "GET" else 422,
    )  # fmt: skip


@page(*DESKS)
@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, uuid: str) -> HttpResponse:
    """A letter of proof, in place of paper that is no longer reissued: shown first, then given as numbered PDF."""
    account = account_of(request)
    row = queries.access_certificate(account, uuid)
    if request.method == "POST":
        given = attempt(request, lambda: give_letter(
            certificate=row, sealed=request.POST.get("sealed") == "1", actor=account, now=clock.now(),
        ))  # fmt: skip
        if given is None:
            return redirect("certificates:letter", uuid=row.uuid)
        number, content = given
        return download(content, f"{row.number}.{number}.pdf", PDF)
    refusal = reissue_refusal(row, on=clock.today())
    record, noted = queries.read_claims(row), remark_of(row)
    return render(request, "certificates/letter.html", {
        "row": row, "record": record, "level_name": level_name(record.level), "today": clock.today(),
        "why": refusal and refusal.say(language()), "remark": noted and noted.say(language()),
    })  # fmt: skip
