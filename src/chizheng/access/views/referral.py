"""Vacancies, matching and referrals; the seeker's own pages; guidance and courses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.access import holdings, papers, queries
from chizheng.access.core.desk_wording import WHY
from chizheng.access.core.guidance import Chance, standing
from chizheng.access.core.wording import VERDICTS
from chizheng.access.forms.referral import GuideForm, OfferForm, OutcomeForm, ProfileForm, VacancyForm
from chizheng.access.models import TrainingOffer
from chizheng.access.queries import referral as reads
from chizheng.access.queries.ads import mandates_on
from chizheng.access.queries.background import claims_for, stated_by
from chizheng.access.usecases import referral as usecases
from chizheng.access.views.ads import body_of
from chizheng.access.views.common import attempt, occupation_names, pdf, show_form
from chizheng.access.views.gates import TONES
from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording
from chizheng.people.core import names
from chizheng.people.core.identity import DocumentKind, read_document
from chizheng.people.models import Organisation, Person
from chizheng.people.queries import account_of, within
from chizheng.people.usecases import enrol_person
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

_OTHER_NAME = Wording(
    zh="该证件号码登记的是另一个姓名；请核对证件",
    en="this document is registered under another name; see the card",
)


@page(Role.AGENCY, Role.EMPLOYER, Role.AUTHORITY, Role.CENTRE)
@require_GET
def vacancies(request: HttpRequest) -> HttpResponse:
    rows = reads.access_vacancies(account_of(request))
    return render(request, "access/vacancies.html",
                  {"page": Paginator(rows, 30).get_page(request.GET.get("page")), "tones": TONES})  # fmt: skip


@page(Role.AGENCY, Role.EMPLOYER)
@require_http_methods(["GET", "POST"])
def post_vacancy(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    body = body_of(account)
    own = body.kind != Organisation.Kind.AGENCY
    form = VacancyForm(
        request.POST or None,
        initial={"start_on": today(), "region": body.region, "employer": body.name if own else ""},
    )
    if request.method == "POST" and form.is_valid():
        row = attempt(form, lambda: usecases.post_vacancy(
            organisation=body, **form.cleaned_data, actor=account, now=now()
        ))  # fmt: skip
        if row is not None:
            messages.success(request, _("岗位已发布，简章已审核并记入台账"))
            return redirect("access:vacancy", row.uuid)
    employers = (
        [body.name] if own else list(mandates_on(body, today()).values_list("employer_name", flat=True))
    )
    return render(request, "access/post_vacancy.html",
                  {"form": form, "names": occupation_names(), "employers": employers, "own": own},
                  status=422 if form.errors else 200)  # fmt: skip


@page(Role.AGENCY, Role.EMPLOYER)
@require_GET
def vacancy(request: HttpRequest, uuid: str) -> HttpResponse:
    """A vacancy with the seekers who may be referred, in order, with reasons."""
    row = reads.access_vacancy(account_of(request), uuid)
    lang = language()
    found = reads.for_vacancy(row, on=today()) if row.state == "open" else []
    return render(request, "access/vacancy.html", {
        "vacancy": row, "verdict": VERDICTS[row.gate["verdict"]].say(lang), "tone": TONES[row.gate["verdict"]],
        "gate_reasons": row.gate["reasons_en" if lang == "en" else "reasons"],
        "suggestions": [(s, [WHY[w].say(lang) for w in s.why]) for s in found],
        "referrals": row.referrals.select_related("person").order_by("-made_at"),
    })  # fmt: skip


@page(Role.AGENCY, Role.EMPLOYER)
@require_POST
def close_vacancy(request: HttpRequest, uuid: str) -> HttpResponse:
    account = account_of(request)
    usecases.close_vacancy(vacancy=reads.access_vacancy(account, uuid), actor=account, now=now())
    return redirect("access:vacancy", uuid)


@page(Role.AGENCY, Role.EMPLOYER)
@require_POST
def refer(request: HttpRequest, uuid: str) -> HttpResponse:
    """Refer one seeker; the gate is asked again at this moment."""
    account = account_of(request)
    row = reads.access_vacancy(account, uuid)
    person = get_object_or_404(Person, uuid=_uuid(request.POST.get("person", "")))
    referral = usecases.refer(vacancy=row, person=person, actor=account, now=now())
    messages.success(request, _("已推荐%(name)s，推荐信可打印") % {"name": referral.person.name})
    return redirect("access:referrals")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@page(Role.AGENCY, Role.EMPLOYER, Role.CANDIDATE, Role.AUTHORITY)
@require_GET
def referrals(request: HttpRequest) -> HttpResponse:
    """The ledger of referrals; a seeker sees who referred them where."""
    account = account_of(request)
    rows = reads.access_referrals(account)
    return render(request, "access/referrals.html", {
        "page": Paginator(rows, 30).get_page(request.GET.get("page")), "outcome": OutcomeForm(),
        "keeper": account.role in (Role.AGENCY, Role.EMPLOYER),
    })  # fmt: skip


@page(Role.AGENCY, Role.EMPLOYER, Role.CANDIDATE)
@require_GET
def referral_letter(request: HttpRequest, uuid: str) -> HttpResponse:
    row = reads.access_referral(account_of(request), uuid)
    return pdf(papers.referral_letter(row, at=now()), f"referral-{row.pk}.pdf")


@page(Role.AGENCY, Role.EMPLOYER)
@require_POST
def outcome(request: HttpRequest, uuid: str) -> HttpResponse:
    account = account_of(request)
    row = reads.access_referral(account, uuid)
    form = OutcomeForm(request.POST)
    if form.is_valid():
        usecases.record_outcome(referral=row, outcome=form.cleaned_data["outcome"], actor=account, now=now())
        messages.success(request, _("结果已登记"))
    return redirect("access:referrals")


# --- the seeker


@page(Role.CANDIDATE)
@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """今天我能干什么: what the seeker may do today, what is one exam away, and vacancies that fit."""
    account = account_of(request)
    profile = reads.own_profile(account)
    place = (profile.regions or [profile.region])[0] if profile else account.region
    held = holdings.held([account.person_id]).get(account.person_id, ()) if account.person_id else ()
    on = today()
    context: dict[str, Any] = {"profile": profile, "held": held, "place": place, "person": account.person}
    if account.person is not None:
        person = account.person
        stated, complete = stated_by(person, reader=account)
        found = standing(
            queries.law_as_known(), on=on, place=place, held=held, levels=queries.occupation_levels(on=on),
            claims=lambda name: claims_for(person, occupation=name, on=on, stated=stated, complete=complete),
        )  # fmt: skip
        context |= {
            "stated": len(stated),
            "may": found.may, "elsewhere": found.elsewhere,
            "one_exam": [_with_places(c, place) for c in found.one_exam],
            "farther": [_with_places(c, place) for c in found.farther],
        }  # fmt: skip
    if profile is not None:
        lang = language()
        context["suggestions"] = [
            (s, [WHY[w].say(lang) for w in s.why]) for s in reads.for_seeker(profile, on=on)
        ]
    return render(request, "access/work.html", context)


def _with_places(chance: Chance, place: str) -> dict[str, Any]:
    """A chance with its nearest way said, and what is offered nearby."""
    lang = "en" if language() == "en" else "zh"
    assert chance.advice is not None and chance.level is not None
    plain = usecases.plain_advice(chance.advice)
    level = plain["via"] or chance.level
    return {
        "occupation": chance.occupation, "level": papers.level_name(chance.level),
        "via": papers.level_name(plain["via"]) if plain["via"] else "",
        "way": plain["ways"][0][lang] if plain["ways"] else "",
        "findings": [(f[lang], f["verdict"]) for f in plain["ways"][0]["findings"]] if plain["ways"] else [],
        "sessions": reads.sessions_for(chance.occupation, level, region=place, on=today(), shown=3),
        "offers": reads.offers_for(chance.occupation, level, region=place, on=today(), shown=3),
    }  # fmt: skip


@page(Role.CANDIDATE)
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """The seeker's wishes and consent."""
    account = account_of(request)
    row = reads.own_profile(account)
    initial = {"region": account.region} if row is None else {
        "occupations": "、".join(row.occupations), "regions": row.regions, "region": row.region,
        "wage_floor_fen": row.wage_floor_fen / 100, "consent": row.consent,
    }  # fmt: skip
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: usecases.save_profile(
                person=account.person, actor=account, **form.cleaned_data, now=now()
            ),
        )
        if saved is not None:
            messages.success(request, _("求职意向已保存"))
            return redirect("access:work")
    return show_form(request, form, title=_("求职意向"), button=_("保存"),
                     lead=_("证书由系统从证书库查询，不用填写。"))  # fmt: skip


@page(Role.CANDIDATE)
@require_POST
def withdraw_profile(request: HttpRequest) -> HttpResponse:
    if usecases.withdraw_profile(actor=account_of(request), now=now()):
        messages.success(request, _("求职意向已删除"))
    return redirect("access:work")


# --- guidance


@page(Role.AGENCY, Role.CANDIDATE, Role.CENTRE)
@require_GET
def guidances(request: HttpRequest) -> HttpResponse:
    """Guidance given, and whether the certificate came."""
    account = account_of(request)
    rows = reads.access_guidances(account)
    return render(request, "access/guidances.html", {
        "page": Paginator(rows, 30).get_page(request.GET.get("page")), "today": today(),
    })  # fmt: skip


@page(Role.AGENCY, Role.CENTRE)
@require_http_methods(["GET", "POST"])
def guide(request: HttpRequest) -> HttpResponse:
    """Guide somebody who lacks a certificate."""
    account = account_of(request)
    # what a vacancy asks for may stand in an address; who the person is never may
    asked = {name: request.GET[name] for name in ("occupation", "level", "region") if name in request.GET}
    form = GuideForm(request.POST or None, initial={"region": account.region, **asked})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def act() -> Any:
            person = _person(data["name"], data["document"], data["region"], account)
            return usecases.guide(
                person=person, occupation=data["occupation"], level=data["level"], region=data["region"],
                told=form.told(today()), actor=account, now=now(),
            )  # fmt: skip

        row = attempt(form, act)
        if row is not None:
            return redirect("access:guidance", row.uuid)
    return show_form(request, form, title=_("培训指导"), button=_("出具指导"),
                     lead=_("说明还缺什么、最近的申报条件、附近的培训班和鉴定批次；取得证书后自动结案。"))  # fmt: skip


def _person(name: str, document: str, region: str, actor: Any) -> Person:
    person, made = enrol_person(
        name=name,
        document=read_document(DocumentKind.RESIDENT, document),
        now=now(),
        actor=actor,
        region=region,
    )
    if not made and not names.same(person.name, name):
        raise BadInput("other_name", _OTHER_NAME)
    return person


@page(Role.AGENCY, Role.CANDIDATE, Role.CENTRE)
@require_GET
def guidance(request: HttpRequest, uuid: str) -> HttpResponse:
    row = reads.access_guidance(account_of(request), uuid)
    lang = "en" if language() == "en" else "zh"
    level = row.advice["via"] or row.level
    return render(request, "access/guidance.html", {
        "guidance": row, "stated": [(s[lang], s[f"proof_{lang}"], s["proof"]) for s in row.advice.get("stated", [])],
        "level": papers.level_name(row.level),
        "via": papers.level_name(row.advice["via"]) if row.advice["via"] else "",
        "ways": [
            (w[lang], w["verdict"], [(f[lang], f["verdict"]) for f in w["findings"]], w.get(f"bring_{lang}", []))
            for w in row.advice["ways"]
        ],
        "sessions": reads.sessions_for(row.occupation, level, region=row.region, on=today()),
        "offers": reads.offers_for(row.occupation, level, region=row.region, on=today()),
    })  # fmt: skip


@page(Role.AGENCY, Role.CANDIDATE, Role.CENTRE)
@require_GET
def guidance_letter(request: HttpRequest, uuid: str) -> HttpResponse:
    row = reads.access_guidance(account_of(request), uuid)
    return pdf(papers.guidance_letter(row, at=now()), f"guidance-{row.pk}.pdf")


@page(Role.CENTRE, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def offers(request: HttpRequest) -> HttpResponse:
    """Courses of training bodies in one's region."""
    account = account_of(request)
    form = OfferForm(request.POST or None, region=account.region)
    if request.method == "POST" and form.is_valid():
        row = attempt(form, lambda: usecases.keep_offer(**form.cleaned_data, actor=account, now=now()))
        if row is not None:
            messages.success(request, _("培训班已保存"))
            return redirect("access:offers")
    rows = TrainingOffer.objects.filter(within(account)).order_by("-starts_on", "body")
    return render(request, "access/offers.html", {
        "form": form, "names": occupation_names(), "page": Paginator(rows, 30).get_page(request.GET.get("page")),
    }, status=422 if form.errors else 200)  # fmt: skip
