"""Public verification, and the status lists that verifiers fetch."""

from __future__ import annotations

from datetime import date, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from chizheng.certificates import queries
from chizheng.certificates.core.lookup import presented_in
from chizheng.certificates.core.verification import Report, Verdict
from chizheng.certificates.forms import VerifyForm
from chizheng.certificates.io import qr
from chizheng.certificates.io.read_pdf import is_pdf, read_pdf
from chizheng.certificates.usecases.publish_status import public_folder
from chizheng.certificates.usecases.watch_failures import note_number, note_presented
from chizheng.certificates.usecases.watch_status import record_check
from chizheng.certificates.views.common import level_name
from chizheng.kernel.errors import BadInput
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language

COLOURS = {"green": "ok", "amber": "warn", "red": "bad"}
SUSPECT = (Verdict.FORGED, Verdict.NAME_MISMATCH, Verdict.UNRECOGNISED_ISSUER, Verdict.NOT_FOUND)
"""Verdicts after which one may want to report a fake."""


@page(public=True)
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Is this certificate true? Asked by POST, so that neither number nor name stands in an address."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form, "by_number": "number" in request.POST}
    if request.method == "POST" and form.is_valid():
        data, now = form.cleaned_data, clock.now()
        try:
            if data["number"]:
                report = queries.verify_number(
                    number=data["number"], name=data["name"], check_code=data["check_code"], now=now
                )
                note_number(
                    report=report,
                    number=data["number"],
                    name=data["name"],
                    check_code=data["check_code"],
                    now=now,
                )
            else:
                presented, printed = data["code"], ""
                if data["file"]:
                    content = data["file"].read()
                    presented, printed = _presented(content, data["file"].name)
                report = queries.verify_presented(
                    presented=presented, name=data["name"], printed=printed, now=now
                )
                note_presented(report=report, presented=presented, name=data["name"], now=now)
        except BadInput as fault:
            form.add_error(None, fault.say(language()))
        else:
            _remember(request, report, by_number=bool(data["number"]), now=now)
            context |= {
                "report": report, "tone": COLOURS[report.colour], "says": report.headline(language()), "next": report.next_step(language()),
                "reasons": report.say(language()), "level_name": level_name(report.shown.get("level")),
                "issued": _day(report.shown.get("issued")), "asked_at": now, "suspect": report.verdict in SUSPECT,
            }  # fmt: skip
    bad = request.method == "POST" and bool(form.errors)
    return render(request, "certificates/verify.html", context, status=422 if bad else 200)


def _day(issued: object) -> date | None:
    return date.fromisoformat(str(issued)) if issued else None


def _remember(request: HttpRequest, report: Report, *, by_number: bool, now: datetime) -> None:
    """A signed-in body found somebody by number and name: the holder will see it. Others leave no trace."""
    if not by_number or not report.shown or not request.user.is_authenticated:
        return
    row = queries.find_bearer(str(report.shown["number"]), str(report.shown["name"]))
    if row is not None:
        record_check(certificate=row, verdict=report.verdict.value, actor=account_of(request), now=now)


def _presented(content: bytes, filename: str) -> tuple[str, str]:
    """The one certificate that a file carries, and what is printed beside it: a credential as it is, else the
    code on a picture or PDF."""
    if content.lstrip()[:1] in (b"{", b"[", b"C", b"e") and len(content) < 200_000:
        try:
            return qr.only([(text, "") for text in presented_in(content.decode())], filename)
        except UnicodeDecodeError:
            pass
    found = read_pdf(content, filename) if is_pdf(content) else qr.certificates(content, filename)
    return qr.only(found, filename)


@page(public=True)
@require_GET
def status_list(request: HttpRequest, year: int) -> HttpResponse:
    """The status list of a year: a Token Status List where asked for, else the Bitstring credential."""
    token = "statuslist+jwt" in request.headers.get("Accept", "")
    path = public_folder() / "status" / f"{year}.{'jwt' if token else 'json'}"
    if not path.exists():
        raise Http404
    media = "application/statuslist+jwt" if token else "application/vc+json"
    answer = HttpResponse(path.read_bytes(), content_type=media)
    answer["Cache-Control"] = "public, max-age=3600"
    answer["Vary"] = "Accept"
    return answer
