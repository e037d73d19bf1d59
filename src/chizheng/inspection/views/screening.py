"""Inspectors screen and write; employers read their letters and answer."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.catalogue.queries import region_name
from chizheng.inspection import queries
from chizheng.inspection.core.campaign import REMEDIES
from chizheng.inspection.core.charts import bars
from chizheng.inspection.forms import AnswerForm, LettersForm, ScreeningForm
from chizheng.inspection.io.paper import typeset
from chizheng.inspection.models import CampaignEmployer, Filing, Finding, LetterAnswer
from chizheng.inspection.usecases import run_campaign
from chizheng.inspection.usecases.screen_place import screen_place
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.people.queries import account_of, require_jurisdiction
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.io.charts import svg
from chizheng.platform.roles import Role


@page(Role.INSPECTOR)
@require_http_methods(["GET", "POST"])
def runs(request: HttpRequest) -> HttpResponse:
    """Screenings of one's place, and a new one."""
    me = account_of(request)
    form = ScreeningForm(request.POST or None, initial={"place": me.region, "start": clock.today()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        last = data["last"] or data["start"]
        try:
            made = screen_place(
                place=data["place"],
                question=(data["start"], last + timedelta(days=1)),
                actor=me,
                now=clock.now(),
            )
            return redirect("inspection:run", made.uuid)
        except (BadInput, Forbidden) as fault:
            form.add_error(None, fault.say(language()))
    rows = Paginator(queries.access_runs(me), 20).get_page(request.GET.get("page"))
    return render(
        request, "inspection/runs.html", {"form": form, "page": rows}, status=422 if form.errors else 200
    )


@page(Role.INSPECTOR)
@require_GET
def run(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The picture by city and occupation, then employers, then the list of one of them."""
    row = queries.access_run(account_of(request), uuid)
    found = row.findings.all()
    cities: dict[str, int] = {}
    for place, count in (
        found.values_list("place").annotate(n=Count("filing", distinct=True)).order_by("place")
    ):
        cities[place[:4]] = cities.get(place[:4], 0) + count
    occupations = (
        found.values_list("occupation").annotate(n=Count("filing", distinct=True)).order_by("-n")[:12]
    )
    by_city = [
        (region_name(c, on=row.from_date), n) for c, n in sorted(cities.items(), key=lambda x: -x[1])[:15]
    ]
    chosen = request.GET.get("employer", "")
    listed = found.filter(employer__uuid=chosen).order_by("pk") if len(chosen) == 36 else None
    employers = (
        found.values("employer__uuid", "employer__name", "employer_id")
        .annotate(n=Count("filing", distinct=True))
        .order_by("-n")
    )
    rows = Paginator(employers, 30).get_page(request.GET.get("page"))
    listing = [(each, row.gated_posts.get(str(each["employer_id"]), each["n"])) for each in rows]
    counted = _("人数")
    return render(request, "inspection/run.html", {
        "run": row, "place": region_name(row.place, on=row.from_date), "last": row.until_date - timedelta(days=1),
        "by_city": mark_safe(svg(bars(by_city, counted=counted))) if by_city else "",  # noqa: S308 - our own renderer escapes
        "by_occupation": mark_safe(svg(bars(list(occupations), counted=counted))) if by_city else "",  # noqa: S308
        "page": rows, "listing": listing, "listed": listed, "letters": LettersForm.blank(), "campaign": getattr(row, "campaign", None),
    })  # fmt: skip


@page(Role.INSPECTOR)
@require_POST
def send(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row, form = queries.access_run(account_of(request), uuid), LettersForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请检查抽签种子、对照比例和答复期限。"))
        return redirect("inspection:run", row.uuid)
    try:
        made = run_campaign.send_letters(
            run=row, actor=account_of(request), now=clock.now(), **form.cleaned_data
        )
    except Conflict as fault:
        messages.error(request, fault.say(language()))
        return redirect("inspection:run", row.uuid)
    return redirect("inspection:campaign", made.uuid)


@page(Role.INSPECTOR)
@require_http_methods(["GET", "POST"])
def campaign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who was written to, what they answered, what changed; POST matches again."""
    row = queries.access_campaign(account_of(request), uuid)
    if request.method == "POST":
        try:
            run_campaign.match_again(campaign=row, actor=account_of(request), now=clock.now())
        except Conflict as fault:
            messages.error(request, fault.say(language()))
        return redirect("inspection:campaign", row.uuid)
    return render(request, "inspection/campaign.html", {
        "campaign": row, "members": row.members.select_related("employer", "case").order_by("arm", "pk"),
        "papers": LetterAnswer.objects.filter(member__campaign=row, remedy="upload").select_related("member__employer"),
        "conversion": run_campaign.conversion_of(row),
    })  # fmt: skip


@page(Role.INSPECTOR)
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    answer = get_object_or_404(
        LetterAnswer.objects.select_related("member__employer", "member__campaign"), pk=pk
    )
    require_jurisdiction(account_of(request), region=answer.member.employer.region)
    try:
        run_campaign.check_paper(
            answer=answer,
            genuine=request.POST.get("genuine") == "1",
            actor=account_of(request),
            now=clock.now(),
        )
    except Conflict as fault:
        messages.error(request, fault.say(language()))
    return redirect("inspection:campaign", answer.member.campaign.uuid)


@page(Role.EMPLOYER, Role.AGENCY)
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    rows = Paginator(queries.access_letters(account_of(request)), 20).get_page(request.GET.get("page"))
    return render(request, "inspection/letters.html", {"page": rows})


@page(Role.EMPLOYER, Role.AGENCY)
@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The list of persons and what was done about each."""
    me = account_of(request)
    row = queries.access_letter(me, uuid)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            run_campaign.answer_letter(
                member=row,
                filing=get_object_or_404(Filing, pk=data.pop("filing")),
                actor=me,
                now=clock.now(),
                **data,
            )
            messages.success(request, _("已记录。"))
            return redirect("inspection:letter", row.uuid)
        except (BadInput, Conflict) as fault:
            messages.error(request, fault.say(language()))
    answers = {a.filing_id: a for a in row.answers.all()}
    lines = [(f, answers.get(f.filing_id), AnswerForm(initial={"filing": f.filing_id})) for f in _listed(row)]
    return render(
        request, "inspection/letter.html", {"letter": row, "lines": lines, "remedies": REMEDIES.values()}
    )


def _listed(row: CampaignEmployer) -> list[Finding]:
    """One line for each person, whatever the number of gates."""
    found = row.campaign.run.findings.filter(employer=row.employer).order_by("pk")
    return list({f.filing_id: f for f in found}.values())


@page(Role.EMPLOYER, Role.AGENCY, Role.INSPECTOR)
@require_GET
def letter_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.access_letter(account_of(request), uuid)
    found = _listed(row)
    listed = "；".join(f"{f.person_masked}（证件尾号{f.document_tail}）{f.occupation}" for f in found)
    texts = "、".join(dict.fromkeys(f.citation for f in found))
    content = typeset(
        title="用工持证情况告知函", number=f"〔{row.campaign.sent_on.year}〕函{row.pk}号", addressee=row.employer.name,
        paragraphs=[
            f"经比对用工备案与职业资格证书登记，以下人员在准入岗位上未查到有效证书：{listed}。依据：{texts}。",
            *[f"{n}. {wording.zh}。" for n, wording in enumerate(REMEDIES.values(), 1)],
            f"请于{row.campaign.answer_by.isoformat()}前在“监察来函”中逐人填写处理情况。本函不是处罚决定。",
        ],
        signatures=["劳动保障监察机构", row.campaign.sent_on.isoformat()],
        at=datetime.combine(row.campaign.sent_on, time(0), UTC),
    )  # fmt: skip
    return HttpResponse(content, content_type="application/pdf")
