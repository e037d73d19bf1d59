"""Letters first: campaigns on the officers' desk, letters and answers on the employer's."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.inspection import queries
from chizheng.inspection.core.campaign import REMEDIES
from chizheng.inspection.forms import AnswerForm, CampaignForm
from chizheng.inspection.io.papers import to_pdf
from chizheng.inspection.models import Filing, Recipient
from chizheng.inspection.usecases import send_letters as usecases
from chizheng.inspection.views.common import EMPLOYERS, OFFICERS, attempt, download, paged, tell_faults
from chizheng.people.models import Organisation
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.sealing import mask


@page(*OFFICERS)
@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    rows = queries.access_campaigns(account_of(request))
    return render(request, "inspection/campaigns.html", {"page": paged(request, rows)})


@page(*OFFICERS)
@require_POST
def open_campaign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    run = queries.one(queries.access_screenings(me), uuid)
    form = CampaignForm(request.POST)
    if not form.is_valid():
        tell_faults(request, form)
        return redirect("inspection:screening", run.uuid)
    made = attempt(
        request, lambda: usecases.open_campaign(screening=run, actor=me, now=now(), **form.cleaned_data)
    )
    return redirect("inspection:campaign", made.uuid) if made else redirect("inspection:screening", run.uuid)


@page(*OFFICERS)
@require_GET
def campaign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.one(queries.access_campaigns(account_of(request)), uuid)
    rows = row.recipients.select_related("employer").prefetch_related("answers").order_by("held_out", "pk")
    visit = Organisation.objects.filter(pk__in=row.result.get("to_visit", ()))
    context = {"campaign": row, "page": paged(request, rows), "visit": visit, "due": today() > row.answer_by}
    return render(request, "inspection/campaign.html", context)


@page(*OFFICERS)
@require_POST
def rematch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_campaigns(me), uuid)
    attempt(request, lambda: usecases.rematch(campaign=row, actor=me, now=now()))
    return redirect("inspection:campaign", row.uuid)


@page(*EMPLOYERS)
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    rows = queries.access_letters(account_of(request))
    return render(request, "inspection/letters.html", {"page": paged(request, rows)})


@page(*EMPLOYERS)
@require_GET
def letter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = usecases.read_letter(recipient=queries.one(queries.access_letters(me), uuid), actor=me, now=now())
    answers: dict[int, list[object]] = {}
    for answer in row.answers.order_by("pk"):
        answers.setdefault(answer.filing_id, []).append(answer)
    people = [
        (
            f,
            answers.get(f.pk, []),
            AnswerForm(initial={"filing": f.pk, "on": today()}, auto_id=f"id_{f.pk}_%s"),
        )
        for f in Filing.objects.filter(pk__in=row.filings).order_by("pk")
    ]
    return render(
        request, "inspection/letter.html", {"letter": row, "people": people, "remedies": REMEDIES.values()}
    )


@page(*EMPLOYERS)
@require_POST
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_letters(me), uuid)
    form = AnswerForm(request.POST, request.FILES)
    filing = (
        Filing.objects.filter(employer=row.employer, pk=request.POST.get("filing") or 0).first()
        if form.is_valid()
        else None
    )
    if filing is None:
        tell_faults(request, form)
        return redirect("inspection:letter", row.uuid)
    data, file = form.cleaned_data, form.cleaned_data["file"]
    paper = None
    if file is not None and data["issued_on"]:
        paper = usecases.PaperCertificate(
            data["number"], data["issued_on"], data["level"], file.name, file.read()
        )
    done = attempt(
        request,
        lambda: usecases.answer_letter(
            recipient=row, filing=filing, remedy=data["remedy"], on=data["on"], note=data["note"], actor=me, now=now(),
            paper=paper,
        ),
    )  # fmt: skip
    if done:
        messages.success(request, _("已答复"))
    return redirect("inspection:letter", row.uuid)


@page(*EMPLOYERS, *OFFICERS)
@require_GET
def letter_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.one(queries.access_letters(account_of(request)), uuid)
    return download(letter_bytes(row), f"告知函-{row.pk}.pdf", "application/pdf", show=True)


def letter_bytes(row: Recipient) -> bytes:
    """The letter as PDF: who, why, what to do, by when. Same letter, same bytes."""
    people = Filing.objects.filter(pk__in=row.filings).order_by("pk")
    paper = {
        "title": "用工资格核对告知函", "number": f"告知〔{row.campaign.sent_on.year}〕{row.pk}号", "addressee": row.employer.name,
        "paragraphs": [
            "经与职业资格证书登记库比对，你单位备案的下列人员所在岗位依法应当持证，库中没有查到有效证书。库中缺少记录不等于没有证书，请逐人核对。",
            "依据：" + "；".join(row.citations) + "。",
            *[f"{n}. {wording.zh}。" for n, wording in enumerate(REMEDIES.values(), 1)],
            f"请于 {row.campaign.answer_by.isoformat()} 前登录系统逐人答复。期满后将重新比对；已改正的不再检查。",
        ],
        "columns": ["姓名", "证件号码", "岗位", "职业（工种）"],
        "rows": [[f.name, mask(f.number), f.post, f.occupation] for f in people],
        "signatures": ["劳动保障监察机构", row.campaign.sent_on.isoformat()],
    }  # fmt: skip
    return to_pdf(paper, at=row.campaign.created_at)
