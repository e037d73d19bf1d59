"""The screening desk: runs, the picture, findings; visits chosen from them; over-gating."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.views.common import attempt
from chizheng.catalogue.queries import region_name
from chizheng.inspection import queries
from chizheng.inspection.forms import DemandForm, PlanForm, ScreeningForm, VisitForm
from chizheng.inspection.models import Demand
from chizheng.inspection.queries import OFFICERS
from chizheng.inspection.usecases import plan_visits as planning
from chizheng.inspection.usecases import run_screening as usecases
from chizheng.inspection.views.common import chart, paged, tell_faults
from chizheng.people.models import Organisation
from chizheng.people.queries import account_of, require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.models import LongWork
from chizheng.platform.roles import Role

SHOWN = 12


@page(*OFFICERS)
@require_GET
def screenings(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    form = ScreeningForm(initial={"start": today(), "place": me.region})
    return render(
        request,
        "inspection/screenings.html",
        {"form": form, "page": paged(request, queries.access_screenings(me))},
    )


@page(*OFFICERS)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    me = account_of(request)
    form = ScreeningForm(request.POST)
    if not form.is_valid():
        tell_faults(request, form)
        return redirect("inspection:screenings")
    data = form.cleaned_data
    until = (data["last"] or data["start"]) + timedelta(days=1)
    run = attempt(
        request,
        lambda: usecases.start_screening(
            start=data["start"], until=until, place=data["place"], actor=me, now=now()
        ),
    )
    return redirect("inspection:screening", run.uuid) if run else redirect("inspection:screenings")


@page(*OFFICERS)
@require_POST
def delta(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Today's delta of a run: only persons about whom something changed are asked again."""
    me = account_of(request)
    before = queries.one(queries.access_screenings(me), uuid)
    day = today()
    run = attempt(
        request,
        lambda: usecases.start_screening(
            start=day, until=day + timedelta(days=1), place=before.place, actor=me, now=now(), after=before
        ),
    )
    return redirect("inspection:screening", (run or before).uuid)


@page(*OFFICERS)
@require_GET
def screening(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The picture of a run: how many, where, in which occupations; then the list, persons masked."""
    me = account_of(request)
    run = queries.one(queries.access_screenings(me), uuid)
    context: dict[str, object] = {"run": run, "work": run.work}
    if run.work.state == LongWork.State.DONE:
        places, trades = queries.picture(me, run)
        rows = queries.access_findings(me, run)
        for key in ("region", "occupation"):
            if asked := request.GET.get(key, ""):
                rows = rows.filter(**{f"{key}__startswith": asked})
        found = paged(request, rows)
        named = [(region_name(code, on=today()), n) for code, n in places]
        context |= {
            "places": [(code, name, n) for (code, n), (name, _n) in zip(places, named, strict=True)],
            "trades": trades,
            "charts": [chart(named[:SHOWN], _("按地区（项）")), chart(trades[:SHOWN], _("按职业（项）"))] if places else [],
            "page": found, "named": {f.region: region_name(f.region, on=today()) for f in found},
            "region": request.GET.get("region", ""), "occupation": request.GET.get("occupation", ""), "total": sum(n for _code, n in places),
            "employers": rows.order_by().values("employer").distinct().count(),
            "last": run.until_date - timedelta(days=1), "plan_form": PlanForm(initial={"region": me.region}),
        }  # fmt: skip
    return render(request, "inspection/screening.html", context)


@page(*OFFICERS)
@require_POST
def advance(request: HttpRequest, uuid: UUID) -> HttpResponse:
    run = queries.one(queries.access_screenings(account_of(request)), uuid)
    run = usecases.advance(run=run, now=now())
    if not request.headers.get("HX-Request"):
        return redirect("inspection:screening", run.uuid)
    response = render(request, "inspection/screening_progress.html", {"run": run, "work": run.work})
    if run.finished:
        response["HX-Refresh"] = "true"
    return response


@page(*OFFICERS)
@require_POST
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    run = queries.one(queries.access_screenings(me), uuid)
    form = PlanForm(request.POST)
    if not form.is_valid():
        tell_faults(request, form)
        return redirect("inspection:screening", run.uuid)
    made = attempt(
        request, lambda: planning.plan_visits(screening=run, actor=me, now=now(), **form.cleaned_data)
    )
    return redirect("inspection:visits", made.uuid) if made else redirect("inspection:screening", run.uuid)


@page(*OFFICERS)
@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    rows = queries.access_plans(account_of(request))
    return render(request, "inspection/plans.html", {"page": paged(request, rows)})


@page(*OFFICERS)
@require_GET
def visits(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.one(queries.access_plans(account_of(request)), uuid)
    found = paged(request, row.visits.select_related("employer", "case").order_by("rank"))
    shares = row.shares
    worst, best = shares[0]["clean_share"], shares[2]["clean_share"]
    context = {
        "plan": row, "page": found, "ratio": worst / best if best else None, "lift": planning.lift_of(row),
        "form": VisitForm(initial={"on": today()}),
        "weights": sorted(row.weights.items(), key=lambda w: -abs(w[1])),
    }  # fmt: skip
    return render(request, "inspection/visits.html", context)


@page(Role.INSPECTOR)
@require_POST
def note_visit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account_of(request)
    visit = queries.one(queries.access_visits(me), uuid)
    form = VisitForm(request.POST)
    if form.is_valid():
        if attempt(
            request, lambda: planning.note_visit(visit=visit, actor=me, now=now(), **form.cleaned_data)
        ):
            messages.success(request, _("已登记检查结果"))
    else:
        tell_faults(request, form)
    return redirect("inspection:visits", visit.plan.uuid)


@page(public=True)
@require_GET
def model_card(request: HttpRequest) -> HttpResponse:
    """What the score is, in words for everybody; the whole card is in the docs."""
    return render(request, "inspection/model_card.html")


@page(*OFFICERS)
@require_http_methods(["GET", "POST"])
def overgating(request: HttpRequest) -> HttpResponse:
    """Employers and agencies that demand certificates no text lets them demand."""
    me = account_of(request)
    form = DemandForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        require_jurisdiction(me, region=data["region"])
        row = Demand.objects.create(
            employer=data["employer"], occupation=data["occupation"], region=data["region"],
            period=(data["start"], data["end"]), quote=data["quote"], noted_by=me, noted_at=now(),
        )  # fmt: skip
        ledger.record(verb="inspection.note_demand", subject=row, actor=me, now=now())
        return redirect("inspection:overgating")
    day = today()
    found = usecases.over_gating(
        start=day - timedelta(days=365), until=day + timedelta(days=1), place=me.region
    )
    bodies = Organisation.objects.in_bulk({e for _d, e, *_rest in found})
    quotes = queries.demands_said([d for d, *_rest in found])
    rows = [
        (bodies[e], occupation, first, *quotes.get(d, (_("用工备案注明要求持证"), "")))
        for d, e, occupation, first, _end in sorted(found, key=lambda r: r[3], reverse=True)
    ]
    return render(
        request, "inspection/overgating.html", {"form": form, "page": paged(request, rows)},
        status=422 if form.errors else 200,
    )  # fmt: skip
