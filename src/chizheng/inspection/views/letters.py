"""Letters first: campaigns on the officers' desk, letters and answers on the employer's."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chizheng.assessment.stored import stored
from chizheng.assessment.views.common import attempt
from chizheng.inspection import queries
from chizheng.inspection.core.campaign import REMEDIES
from chizheng.inspection.forms import ANSWERS, AnswerForm, CampaignForm
from chizheng.inspection.io.papers import to_pdf
from chizheng.inspection.models import Answer, Filing, Recipient
from chizheng.inspection.queries import EMPLOYERS, OFFICERS
from chizheng.inspection.usecases import send_letters as usecases
from chizheng.inspection.usecases.write_papers import chinese_day
from chizheng.inspection.views.common import paged, tell_faults
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.roles import Role
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
    me = account_of(request)
    row = queries.one(queries.access_campaigns(me), uuid)
    rows = row.recipients.select_related("employer").prefetch_related("answers").order_by("held_out", "pk")
    checks = queries.papers_to_check(me).filter(recipient__campaign=row)
    context = {
        "campaign": row, "page": paged(request, rows), "due": today() > row.answer_by, "checks": checks,
        "unchanged": rows.filter(change="unchanged", held_out=False).select_related("employer", "case"),
        "letters": row.recipients.filter(held_out=False).count(),
    }  # fmt: skip
    return render(request, "inspection/campaign.html", context)


@page(*OFFICERS)
@require_POST
def rematch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_campaigns(me), uuid)
    attempt(request, lambda: usecases.rematch(campaign=row, actor=me, now=now()))
    return redirect("inspection:campaign", row.uuid)


@page(Role.INSPECTOR)
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper certificate is genuine or not, as its issuer says."""
    me = account_of(request)
    row = queries.access_sent_papers(me).filter(pk=pk).first()
    if row is None:
        raise Http404
    if row.checked_at is not None:
        messages.error(request, _("没有这份待核对的证书；它可能已经核对过。"))
        return redirect("inspection:campaigns")
    genuine = request.POST.get("genuine") == "1"
    if attempt(request, lambda: usecases.check_paper(answer=row, genuine=genuine, actor=me, now=now())):
        said = _("已登记为真实，今后比对时算作有效。") if genuine else _("已登记为不真实，单位可以另行答复。")
        messages.success(request, said)
    return redirect("inspection:campaign", row.recipient.campaign.uuid)


@page(*EMPLOYERS, *OFFICERS)
@require_GET
def answer_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of a paper certificate, for the employer that sent it and for officers of its place."""
    letters_seen = queries.access_letters(account_of(request))
    row = Answer.objects.filter(pk=pk, recipient__in=letters_seen).exclude(stored_as="").first()
    if row is None:
        raise Http404
    content = stored(row.stored_as)
    kind = next(k for magic, k in KINDS.items() if content.startswith(magic))
    return download(content, row.file_name, kind, show=True)


KINDS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
"""What an uploaded certificate may be, by its first bytes (`send_letters` takes no other)."""


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
        (f, answers.get(f.pk, []), _answer_forms(f))
        for f in Filing.objects.filter(pk__in=row.filings).order_by("pk")
    ]
    return render(
        request, "inspection/letter.html", {"letter": row, "people": people, "remedies": REMEDIES.values()}
    )


def _answer_forms(filing: Filing) -> list[tuple[str, str, AnswerForm]]:
    """The three things that can be done about a person, each with its own few fields."""
    first = {"filing": filing.pk, "on": today()}
    return [
        (r.value, str(r.label), ANSWERS[r.value](initial=first, auto_id=f"id_{filing.pk}_{r.value}_%s"))
        for r in Answer.Remedy
    ]


@page(*EMPLOYERS)
@require_POST
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    row = queries.one(queries.access_letters(me), uuid)
    remedy = request.POST.get("remedy", "")
    if remedy not in ANSWERS:
        raise Http404
    form = ANSWERS[remedy](request.POST, request.FILES)
    filing = (
        Filing.objects.filter(employer=row.employer, pk=form.cleaned_data["filing"]).first()
        if form.is_valid()
        else None
    )
    if filing is None:
        tell_faults(request, form)
        return redirect("inspection:letter", row.uuid)
    data, paper = form.cleaned_data, None
    if file := data.get("file"):
        paper = usecases.PaperCertificate(
            data["number"], data["issued_on"], data["level"], file.name, file.read()
        )
    done = attempt(
        request,
        lambda: usecases.answer_letter(
            recipient=row, filing=filing, remedy=remedy, on=data["on"], note=data["note"], actor=me, now=now(),
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
        "title": "用工资格核对告知函", "number": f"告知〔{row.campaign.sent_on.year}〕{row.pk}号", "addressee": f"{row.employer.name}：",
        "paragraphs": [
            "经与职业资格证书登记库比对，你单位备案的下列人员所在岗位依法应当持证，库中没有查到有效证书。库中缺少记录不等于没有证书，请逐人核对。",
            "依据：" + "；".join(row.citations) + "。",
            *[f"{n}. {wording.zh}。" for n, wording in enumerate(REMEDIES.values(), 1)],
            f"请于{chinese_day(row.campaign.answer_by)}前登录系统逐人答复。期满后将重新比对；已改正的不再检查。",
        ],
        "columns": ["姓名", "证件号码", "岗位", "职业（工种）"],
        "rows": [[f.name, mask(f.number), f.post, f.occupation] for f in people],
        "signatures": ["劳动保障监察机构（盖章）", chinese_day(row.campaign.sent_on)],
    }  # fmt: skip
    return to_pdf(paper, at=row.campaign.created_at)
