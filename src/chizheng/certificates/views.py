"""Pages of the certificates: public verification, the centre's and the authority's batches, a holder's own."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.core.states import State as SessionState
from chizheng.assessment.queries import list_sessions_in
from chizheng.certificates import printing, queries
from chizheng.certificates.core import chain
from chizheng.certificates.forms import ApproveForm, ReturnForm, TurnForm, VerifyForm, WalletForm
from chizheng.certificates.io import qr
from chizheng.certificates.models import StatusRequest
from chizheng.certificates.usecases.credentials import badge, log_proof, sealed_pdf, wallet
from chizheng.certificates.usecases.issue_batch import issue_batch, release_batch
from chizheng.certificates.usecases.publish_status import public_folder, publish_status
from chizheng.certificates.usecases.review_batch import (
    approve_batch,
    list_session,
    return_batch,
    review_batch,
)
from chizheng.certificates.usecases.turn_status import REASONS, decide_turn, request_turn
from chizheng.kernel.errors import BadInput
from chizheng.law.io.shelf import law
from chizheng.people.queries import account_of
from chizheng.platform import clock, ledger
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

COLOURS = {"green": "ok", "amber": "warn", "red": "bad"}


@page(public=True)
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Is this certificate true? Asked by POST, so that neither number nor name stands in an address."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        data, now = form.cleaned_data, clock.now()
        try:
            if data["number"]:
                report = queries.verify_number(
                    number=data["number"], name=data["name"], check_code=data["check_code"], now=now
                )
            else:
                presented = (
                    _presented(data["file"].read(), data["file"].name) if data["file"] else data["code"]
                )
                report = queries.verify_presented(presented=presented, name=data["name"], now=now)
        except BadInput as fault:
            form.add_error(None, fault.say(language()))
        else:
            context |= {
                "report": report, "tone": COLOURS[report.colour], "says": report.verdict.say(language()),
                "reasons": report.say(language()), "level_name": _level_name(report.shown.get("level")),
            }  # fmt: skip
    bad = request.method == "POST" and bool(form.errors)
    return render(request, "certificates/verify.html", context, status=422 if bad else 200)


def _presented(content: bytes, filename: str) -> str | bytes:
    """What a file carries: a credential as it is, else the code on a picture or a PDF."""
    if content.lstrip()[:1] in (b"{", b"C", b"e") and len(content) < 200_000:
        try:
            return content.decode()
        except UnicodeDecodeError:
            pass
    return qr.certificate_text(content, filename)


def _level_name(level: object) -> str:
    names = law().level_names
    return names[level].say(language()) if isinstance(level, int) and level in names else ""


# --- centre and authority


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION)
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """Batches of one's jurisdiction; for the centre also sessions that wait to be listed."""
    account = account_of(request)
    rows = queries.access_batches(account)
    state = request.GET.get("state", "")
    if state in {s.value for s in chain.State}:
        rows = rows.filter(state=state)
    waiting = (
        list_sessions_in(account, SessionState.SUBMITTED).filter(batch__isnull=True)
        if account.role == Role.CENTRE
        else []
    )
    return render(request, "certificates/batches.html", {
        "page": Paginator(rows, 30).get_page(request.GET.get("page")), "waiting": waiting, "state": state,
        "states": [(s.value, chain.NAMES[s].say(language())) for s in chain.State], "names": chain.NAMES,
    })  # fmt: skip


@page(Role.CENTRE)
@require_POST
def list_batch(request: HttpRequest, uuid: str) -> HttpResponse:
    """Take up a submitted session as an issuing batch."""
    from chizheng.assessment.queries import access_session

    session = access_session(account_of(request), uuid)
    batch = list_session(session=session, now=clock.now(), actor=account_of(request))
    return redirect("certificates:batch", uuid=batch.uuid)


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION)
@require_GET
def batch(request: HttpRequest, uuid: str) -> HttpResponse:
    """One batch: its steps, commitments, people and what may be done next."""
    row = queries.access_batch(account_of(request), uuid)
    certificates = list(row.certificates.select_related("registration").order_by("order"))
    names = queries.printed_names(certificates)
    passing = printing.passing_rows(row) if not certificates else []
    reached = chain.STEPS.index(chain.State(row.state)) if row.state in chain.STEPS else -1
    return render(request, "certificates/batch.html", {
        "batch": row, "certificates": [(c, names[c.pk]) for c in certificates], "passing": passing,
        "steps": [(chain.NAMES[s].say(language()), n < reached, n == reached) for n, s in enumerate(chain.STEPS)],
        "state_name": chain.NAMES[row.state].say(language()),
        "commitments": row.session.commitments.order_by("pk") if row.session else [],
        "approve": ApproveForm(initial={"issued_on": clock.today()}), "back": ReturnForm(),
        "history": ledger.history(row), "lang": language(),
    })  # fmt: skip


@page(Role.CENTRE)
@require_POST
def review(request: HttpRequest, uuid: str) -> HttpResponse:
    row = queries.access_batch(account_of(request), uuid)
    review_batch(batch=row, actor=account_of(request), now=clock.now())
    messages.success(request, _("已审核，送行政部门批准"))
    return redirect("certificates:batch", uuid=row.uuid)


@page(Role.AUTHORITY)
@require_POST
def approve(request: HttpRequest, uuid: str) -> HttpResponse:
    """Approve, and (where this process may sign) issue at once."""
    row = queries.access_batch(account_of(request), uuid)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写核发日期"))
        return redirect("certificates:batch", uuid=row.uuid)
    now = clock.now()
    row = approve_batch(batch=row, actor=account_of(request), now=now, issued_on=form.cleaned_data["issued_on"],
                        basis=form.cleaned_data["basis"])  # fmt: skip
    if settings.RUN_MODE in ("all", "issuer"):
        row = issue_batch(batch=row, now=now)
        publish_status(now=now)
    _tell(request, row.state)
    return redirect("certificates:batch", uuid=row.uuid)


@page(Role.CENTRE)
@require_POST
def release(request: HttpRequest, uuid: str) -> HttpResponse:
    """Try a held batch again after its findings were put right."""
    row = release_batch(batch=queries.access_batch(account_of(request), uuid), now=clock.now())
    _tell(request, row.state)
    return redirect("certificates:batch", uuid=row.uuid)


def _tell(request: HttpRequest, state: str) -> None:
    if state == chain.State.PUBLISHED:
        messages.success(request, _("证书已编号、入日志、签发并公布"))
    elif state == chain.State.HELD:
        messages.warning(request, _("签发前检查未通过，批次已暂缓；请按下列问题处理后重试"))
    else:
        messages.info(request, _("已批准；签发进程将继续办理"))


@page(Role.CENTRE, Role.AUTHORITY)
@require_POST
def send_back(request: HttpRequest, uuid: str) -> HttpResponse:
    row = queries.access_batch(account_of(request), uuid)
    form = ReturnForm(request.POST)
    if form.is_valid():
        return_batch(
            batch=row, actor=account_of(request), now=clock.now(), reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("已退回鉴定站"))
    else:
        messages.error(request, _("请写明退回原因"))
    return redirect("certificates:batch", uuid=row.uuid)


# --- one certificate


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION, Role.CANDIDATE)
@require_GET
def certificate(request: HttpRequest, uuid: str) -> HttpResponse:
    """One certificate with its life, for its holder and the desks above it."""
    row = queries.access_certificate(account_of(request), uuid)
    record = queries.read_claims(row)
    return render(request, "certificates/certificate.html", {
        "row": row, "record": record, "level_name": _level_name(record.level),
        "code_svg": qr.draw(printing.code_text(row)).svg(), "events": row.events.order_by("at", "id"),
        "requests": row.requests.filter(decided_at__isnull=True), "turn": TurnForm(), "reasons": REASONS,
    })  # fmt: skip


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION, Role.CANDIDATE)
@require_GET
def pdf(request: HttpRequest, uuid: str) -> HttpResponse:
    """The certificate as PDF/A, drawn on demand, its code read back before it leaves."""
    row = queries.access_certificate(account_of(request), uuid)
    return _pdf(printing.render([row]), f"{row.number}.pdf")


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION)
@require_GET
def batch_pdf(request: HttpRequest, uuid: str) -> HttpResponse:
    """All certificates of a published batch in one PDF."""
    row = queries.access_batch(account_of(request), uuid)
    rows = list(
        queries.published().filter(batch=row).select_related("batch__station", "envelope").order_by("order")
    )
    if not rows:
        return redirect("certificates:batch", uuid=row.uuid)
    return _pdf(printing.render(rows), f"{row.institution}-{row.occupation}-{row.level}.pdf")


@page(Role.CANDIDATE)
@require_http_methods(["GET", "POST"])
def credentials(request: HttpRequest, uuid: str) -> HttpResponse:
    """What the holder may take along beside the paper; the wallet form shows only the chosen fields."""
    account = account_of(request)
    row = queries.access_certificate(account, uuid)
    form = WalletForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return render(request, "certificates/credentials.html", {"row": row, "form": form})
    now, kind = clock.now(), request.POST.get("kind")
    if kind == "badge":
        content, media, name = (
            badge(certificate=row, now=now, actor=account),
            "application/vc+json",
            "vc.json",
        )
    elif kind == "sealed":
        content, media, name = (
            sealed_pdf(certificate=row, now=now, actor=account),
            "application/pdf",
            "signed.pdf",
        )
    else:
        text = wallet(certificate=row, show=form.cleaned_data["show"], now=now, actor=account)
        content, media, name = text.encode(), "application/dc+sd-jwt", "sd-jwt.txt"
    return _save(content, media, f"{row.number}.{name}")


@page(Role.CENTRE, Role.AUTHORITY, Role.STATION, Role.CANDIDATE)
@require_GET
def proof(request: HttpRequest, uuid: str) -> HttpResponse:
    """The `.tlog-proof` of the certificate's entry in the log."""
    row = queries.access_certificate(account_of(request), uuid)
    return _save(log_proof(certificate=row), "text/plain", f"{row.number}.tlog-proof")


def _save(content: bytes, media: str, filename: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    answer["Cache-Control"] = "no-store"
    return answer


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


def _pdf(content: bytes, filename: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(False, filename) or "inline"
    return answer


@page(Role.CENTRE, Role.AUTHORITY)
@require_POST
def ask_turn(request: HttpRequest, uuid: str) -> HttpResponse:
    row = queries.access_certificate(account_of(request), uuid)
    form = TurnForm(request.POST)
    if form.is_valid():
        request_turn(certificate=row, actor=account_of(request), now=clock.now(), **form.cleaned_data)
        messages.success(request, _("已提交，须由行政部门另一人决定"))
    else:
        messages.error(request, _("请填写事由、理由和依据"))
    return redirect("certificates:certificate", uuid=row.uuid)


@page(Role.AUTHORITY)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(StatusRequest.objects.select_related("certificate"), pk=pk)
    row = queries.access_certificate(account_of(request), asked.certificate.uuid)
    now = clock.now()
    decide_turn(request=asked, granted=request.POST.get("granted") == "1", actor=account_of(request), now=now)
    publish_status(now=now)
    messages.success(request, _("已决定，状态已公布"))
    return redirect("certificates:certificate", uuid=row.uuid)


@page(Role.CANDIDATE)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """A holder's own certificates."""
    rows = list(queries.access_certificates(account_of(request)))
    return render(request, "certificates/mine.html", {"rows": [(r, _level_name(r.level)) for r in rows]})
