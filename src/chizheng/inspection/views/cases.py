"""Cases on the desk: what falls due, one case with its steps, papers and evidence; complaints and their keeper."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.inspection import queries
from chizheng.inspection.core.cases import PUBLICATION, REMEDY
from chizheng.inspection.core.casework import Imposed
from chizheng.inspection.core.documents import Kind
from chizheng.inspection.forms import (
    BesideForm,
    CaseForm,
    ComplaintForm,
    EvidenceForm,
    MoveForm,
    PaperForm,
    StatusForm,
)
from chizheng.inspection.io.papers import to_pdf
from chizheng.inspection.models import Finding
from chizheng.inspection.usecases import receive_complaint as complaining
from chizheng.inspection.usecases import work_case as usecases
from chizheng.inspection.views.common import EMPLOYERS, OFFICERS, attempt, download, paged, tell_faults
from chizheng.kernel.money import Money
from chizheng.people.models import Account
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.ledger import history
from chizheng.platform.roles import Role


@page(*OFFICERS)
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    rows = queries.access_cases(me)
    day = today()
    due = [(case, clock, clock.overdue(day)) for case, clock in queries.due_list(me, today=day)[:20]]
    return render(request, "inspection/cases.html", {"page": paged(request, rows), "due": due})


@page(Role.INSPECTOR)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    complaint = None
    if code := request.GET.get("complaint", ""):
        complaint = queries.one(queries.access_complaints(me), code)
    initial = (
        {"employer": complaint.employer_name, "region": complaint.region, "facts": complaint.text}
        if complaint
        else {}
    )
    form = CaseForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        case = attempt(
            request,
            lambda: usecases.open_case(actor=me, now=now(), complaint=complaint, **form.cleaned_data),
        )
        if case:
            return redirect("inspection:case", case.uuid)
    return render(
        request, "inspection/form.html",
        {"form": form, "title": _("登记案件"), "button": _("登记"), "names": _bodies(me)}, status=422 if form.errors else 200,
    )  # fmt: skip


def _bodies(me: Account) -> list[str]:
    from chizheng.people.queries import access_organisations

    return list(access_organisations(me, "employer").order_by("name").values_list("name", flat=True)[:200])


@page(*OFFICERS)
@require_GET
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    day = today()
    mine = [
        e for e in usecases.open_moves(row) if (e in usecases.BY_AUTHORITY) == (me.role == Role.AUTHORITY)
    ]
    beside = [("remedy", e) for e in REMEDY.events(row.remedy_state)] + [
        ("publication", e) for e in PUBLICATION.events(row.publication_state)
    ] + [("", e) for e in sorted(usecases.ASIDE - {"receive"})]  # fmt: skip
    context = {
        "case": row, "moves": mine, "others": [e for e in usecases.open_moves(row) if e not in mine],
        "due": [(d, d.overdue(day)) for d in usecases.due_of(row)], "kinds": list(Kind), "beside": beside,
        "evidence_form": EvidenceForm(), "history": history(row), "day": day,
        "proposals": row.proposals.order_by("id"), "papers": row.papers.order_by("serial"),
        "evidence": row.evidence.order_by("id"),
    }  # fmt: skip
    return render(request, "inspection/case.html", context)


@page(*OFFICERS)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, uuid: UUID, event: str) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    if event not in usecases.open_moves(row):
        messages.error(request, _("案件现在不能这样办理；它可能已经到了下一步。"))
        return redirect("inspection:case", row.uuid)
    form = MoveForm(request.POST if request.method == "POST" else None, case=row, event=event, on=today())
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        imposed = None
        if "sanction" in data:
            imposed = Imposed(data["sanction"], Money.from_yuan(Decimal(data["fine"])).fen, data["persons"])
        if attempt(
            request,
            lambda: usecases.move_case(
                case=row, event=event, on=data["on"], note=data["note"], actor=me, now=now(),
                officers=list(data.get("officers", ())), imposed=imposed, chair=data.get("chair"),
            ),
        ):  # fmt: skip
            return redirect("inspection:case", row.uuid)
    name = usecases.EVENT_NAMES[event]
    return render(
        request, "inspection/form.html", {"form": form, "title": name, "case": row, "button": name},
        status=422 if form.errors else 200,
    )  # fmt: skip


@page(*OFFICERS)
@require_POST
def beside(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    form = BesideForm(request.POST)
    if form.is_valid():
        table, _sep, event = form.cleaned_data["move"].partition(":")
        attempt(
            request,
            lambda: usecases.move_beside(
                case=row, table=table, event=event, on=form.cleaned_data["on"], actor=me, now=now()
            ),
        )
    else:
        tell_faults(request, form)
    return redirect("inspection:case", row.uuid)


@page(Role.INSPECTOR)
@require_POST
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        findings: list[Finding] = []
        if file is None:
            run = queries.access_screenings(me).filter(work__state="done").first()
            findings = list(queries.access_findings(me, run).filter(employer=row.employer)) if run else []
        attempt(
            request,
            lambda: usecases.take_evidence(
                case=row, title=form.cleaned_data["title"], actor=me, now=now(), findings=findings,
                file_name=file.name if file else "", content=file.read() if file else b"",
            ),
        )  # fmt: skip
    else:
        tell_faults(request, form)
    return redirect("inspection:case", row.uuid)


@page(*OFFICERS)
@require_http_methods(["GET", "POST"])
def new_paper(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_cases(me), uuid)
    if kind not in list(Kind):
        raise Http404
    which = Kind(kind)
    form = PaperForm(
        request.POST if request.method == "POST" else None,
        kind=which,
        initial=usecases.prefilled(row, which, on=today()),
    )
    if request.method == "POST" and form.is_valid():
        made = attempt(
            request,
            lambda: usecases.make_paper(case=row, kind=which, fields=form.cleaned_data, actor=me, now=now()),
        )
        if made:
            return redirect("inspection:case", row.uuid)
    from chizheng.inspection.wording import KINDS

    return render(
        request, "inspection/form.html", {"form": form, "title": KINDS[kind], "case": row, "button": _("制作文书")},
        status=422 if form.errors else 200,
    )  # fmt: skip


@page(*EMPLOYERS, *OFFICERS)
@require_GET
def paper_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.one(queries.access_papers(account_of(request)), uuid)
    content = json.loads(row.content)
    return download(
        to_pdf(content, at=row.made_at), f"{content['title']}-{row.serial}.pdf", "application/pdf", show=True
    )


@page(*EMPLOYERS)
@require_GET
def my_papers(request: HttpRequest) -> HttpResponse:
    rows = queries.access_papers(account_of(request))
    return render(request, "inspection/my_papers.html", {"page": paged(request, rows)})


@page(*OFFICERS)
@require_GET
def complaints(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    keepers = Account.objects.filter(role=Role.INSPECTOR, is_active=True, region__startswith=me.region[:2])
    return render(
        request, "inspection/complaints.html",
        {"page": paged(request, queries.access_complaints(me)), "keepers": keepers.order_by("display")},
    )  # fmt: skip


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
        context |= {"asked": True, "complaint": found}
        status = 200 if found else 404
    return render(request, "inspection/complaint_status.html", context, status=status)


@page(public=True)
@require_GET
def published(request: HttpRequest) -> HttpResponse:
    return render(request, "inspection/published.html", {"page": paged(request, queries.published_cases())})
