"""Supervision: cards, drawings, tasks, the page for the site (works offline), demands, yearly evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.stored import stored
from chizheng.assessment.templatetags.assessment_words import level_name
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.kernel.errors import BadInput, ChizhengError
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.faults import language, problem
from chizheng.platform.roles import Role
from chizheng.quality.forms import (
    AnswerForm,
    DemandForm,
    DispatchForm,
    EvaluationForm,
    SelfAssessmentForm,
    SupervisorForm,
)
from chizheng.quality.models import FollowUp, Photograph, SiteReport
from chizheng.quality.queries import (
    access_dispatches,
    access_evaluations,
    access_supervisors,
    access_task,
    access_tasks,
    found,
)
from chizheng.quality.usecases import supervision as acts

_BODY = Wording(
    zh="报告格式不可读；请更新页面后重发", en="the report cannot be read; reload the page and send again"
)


@page(Role.CENTRE, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def supervisors(request: HttpRequest) -> HttpResponse:
    me = account(request)
    form = SupervisorForm(request.POST or None, me=me)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = attempt(
            request,
            lambda: acts.register_supervisor(
                person=data["account"].person, card_number=data["card_number"], kind=data["kind"],
                qualified_by=data["qualified_by"], start=data["start"], region=data["account"].region, now=now(), actor=me,
                employer=data["employer"],
            ),
        )  # fmt: skip
        if made is not None:
            messages.success(request, _("已登记督导员 %(card)s。") % {"card": made.card_number})
            return redirect("quality:supervisors")
    context = {"rows": paged(request, access_supervisors(me), 50), "form": form, "today": today()}
    return render(
        request, "quality/supervisors.html", context, status=422 if request.method == "POST" else 200
    )


@page(Role.CENTRE, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def dispatches(request: HttpRequest) -> HttpResponse:
    me = account(request)
    form = DispatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            request,
            lambda: acts.dispatch(
                start=form.cleaned_data["start"], end=form.cleaned_data["end"], actor=me, now=now()
            ),
        )
        if made is not None:
            return redirect("quality:dispatch", made.pk)
    context = {"rows": paged(request, access_dispatches(me).prefetch_related("tasks"), 25), "form": form}
    return render(
        request, "quality/dispatches.html", context, status=422 if request.method == "POST" else 200
    )


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def show_dispatch(request: HttpRequest, pk: int) -> HttpResponse:
    """A drawing with its seed, drawn again on the spot to show that it holds."""
    row = found(access_dispatches(account(request)).filter(pk=pk).first())
    tasks = list(
        row.tasks.select_related("session__station", "supervisor__person").order_by("session__exam_date")
    )
    again = {(d.session, d.supervisor) for d in acts.redraw(row) if d.supervisor is not None}
    context = {"row": row, "tasks": tasks, "holds": again == {(t.session_id, t.supervisor_id) for t in tasks}}
    return render(request, "quality/dispatch.html", context)


@page(Role.CENTRE, Role.AUTHORITY, Role.SUPERVISOR)
@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    return render(request, "quality/tasks.html", {"rows": paged(request, access_tasks(account(request)), 25)})


@page(Role.CENTRE, Role.AUTHORITY, Role.SUPERVISOR)
@require_GET
def task(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The task sheet, and the report for its sender and its author."""
    me = account(request)
    row = access_task(me, uuid)
    report = SiteReport.objects.filter(task=row).first()
    answers = {"yes": _("符合"), "no": _("不符合"), "none": _("不适用")}
    checks = [
        (
            c["name_en"] if language() == "en" else c["name"],
            report.conformity.get(str(c["code"])) if report else None,
        )
        for c in law().tables["supervision_checks"]
    ]
    context = {
        "task": row, "report": report, "checks": [(n, a, answers.get(a or "", "—")) for n, a in checks],
        "photographs": report.photographs.all() if report else [],
        "follow_ups": report.follow_ups.order_by("due") if report else [],
        "form": DemandForm() if report and row.sender_id == me.pk else None,
        "enrolled": row.session.registrations.filter(state="enrolled").count(),
    }  # fmt: skip
    return render(request, "quality/task.html", context)


@page(Role.CENTRE, Role.AUTHORITY)
@require_POST
def demand(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The sender demands something, or closes a demand."""
    me = account(request)
    report = found(SiteReport.objects.filter(task=access_task(me, uuid)).first())
    if request.POST.get("close", "").isdigit():
        row = found(report.follow_ups.filter(pk=request.POST["close"]).first())
        attempt(request, lambda: acts.close_demand(follow_up=row, actor=me, now=now()))
        return redirect("quality:task", uuid)
    form = DemandForm(request.POST)
    if form.is_valid():
        attempt(request, lambda: acts.demand(report=report, **form.cleaned_data, actor=me, now=now()))
    else:
        messages.error(request, _("请填写整改要求和期限。"))
    return redirect("quality:task", uuid)


@page(Role.CENTRE, Role.AUTHORITY, Role.SUPERVISOR)
@require_GET
def photograph(request: HttpRequest, pk: int) -> HttpResponse:
    """A photograph, for the sender and the author of its report."""
    row = found(
        Photograph.objects.filter(pk=pk, report__task__in=access_tasks(account(request)).order_by()).first()
    )
    response = HttpResponse(stored(row.stored_as), content_type=row.media_type)
    response["Cache-Control"] = "no-store"
    return response


@page(Role.STATION)
@require_GET
def demands(request: HttpRequest) -> HttpResponse:
    """What a station was asked to put right; the report itself is not shown."""
    rows = FollowUp.objects.filter(report__task__session__station_id=account(request).organisation_id)
    rows = rows.select_related("report__task__session").order_by("-asked_at")
    return render(request, "quality/demands.html", {"rows": paged(request, rows, 25), "form": AnswerForm()})


@page(Role.STATION)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    me = account(request)
    row = found(FollowUp.objects.filter(pk=pk, report__task__session__station_id=me.organisation_id).first())
    form = AnswerForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["text"]
        if (
            attempt(request, lambda: acts.answer_demand(follow_up=row, text=text, actor=me, now=now()))
            is not None
        ):
            messages.success(request, _("整改情况已报送。"))
    return redirect("quality:demands")


# --- on the site, also without a network


@page(Role.SUPERVISOR)
@require_GET
def onsite(request: HttpRequest) -> HttpResponse:
    """The shell: it holds no task; those come as JSON and stay on the phone until the report is in."""
    checks = [
        {"code": c["code"], "name": c["name_en"] if language() == "en" else c["name"]}
        for c in law().tables["supervision_checks"]
    ]
    words = {
        "present": _("实到人数"), "strangers": _("名册以外人员"), "remarks": _("情况说明"), "photographs": _("现场照片"),
        "grave": _("情况严重，建议暂缓核发"), "save": _("保存，有网络时自动报送"), "yes": _("符合"), "no": _("不符合"),
        "none": _("不适用"), "listed": _("名册人数"), "queued": _("待报送"), "sent": _("已报送"), "online": _("已联网"),
        "offline": _("未联网，填写内容保存在本机"), "nothing": _("没有待办的督导任务。"), "back": _("返回"),
        "signin": _("登录已失效，请重新登录；未报送的内容仍在本机。"), "saved": _("已保存在本机。"), "refused": _("未被接受："),
        "count": _("请填写实到人数。"), "checks": _("符合性检查"), "empty": _("本机没有未报送或最近报送的报告。"),
    }  # fmt: skip
    page_data = {
        "checks": checks, "words": words, "tasks": reverse("quality:onsite_tasks"), "worker": reverse("quality:worker"),
        "login": f"{reverse('login')}?next={reverse('quality:onsite')}",
    }  # fmt: skip
    return render(request, "quality/onsite.html", {"page_data": page_data})


@page(Role.SUPERVISOR)
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, served from inside its scope; it keeps the shell and nothing about people."""
    text = (Path(__file__).parents[1] / "static/quality/worker.js").read_text("utf-8")
    shell = [
        reverse("quality:onsite"), static("portal/house.css"), static("portal/house.js"), static("portal/seal.svg"),
        static("quality/onsite.js"), static("django_htmx/htmx-2.min.js"),
    ]  # fmt: skip
    text = text.replace("/*SHELL*/[]", json.dumps(shell)).replace("/*VERSION*/", settings.STATIC_URL)
    return HttpResponse(text, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@page(Role.SUPERVISOR)
@require_GET
def onsite_tasks(request: HttpRequest) -> JsonResponse:
    """Open tasks of the signed-in supervisor, with the number on the sealed roster and no names."""
    rows = access_tasks(account(request)).filter(report__isnull=True, recused="")
    tasks = [
        {
            "uuid": str(t.uuid), "number": t.session.number, "station": t.session.station.name,
            "occupation": t.session.occupation, "level": level_name(t.session.level), "day": t.session.exam_date.isoformat(),
            "venue": t.session.venue, "listed": t.session.registrations.filter(state="enrolled").count(),
            "send": reverse("quality:site_report", args=[t.uuid]),
        }
        for t in rows
    ]  # fmt: skip
    response = JsonResponse({"account": account(request).username, "tasks": tasks})
    response["Cache-Control"] = "no-store"
    return response


@page(Role.SUPERVISOR)
@require_POST
def site_report(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A report as the phone sends it (multipart: `report` JSON, `photograph` files); sent twice it is one."""
    me = account(request)
    try:
        row = access_task(me, uuid)
        data = _read(request.POST.get("report", ""))
        photographs = [
            (f.name or "", f.read()) for f in request.FILES.getlist("photograph")[: acts.PHOTOS + 1]
        ]
        report = acts.receive_site_report(task=row, photographs=photographs, actor=me, now=now(), **data)
    except ChizhengError as error:
        return problem(error)
    return JsonResponse(
        {"received": report.received_at.isoformat(), "client": str(report.client)}, status=201
    )


def _read(text: str) -> dict[str, Any]:
    try:
        raw = json.loads(text)
        observed = parse_datetime(str(raw["observed_at"]))
        if observed is None or observed.tzinfo is None:
            raise ValueError(raw["observed_at"])
        return {
            "client": UUID(str(raw["client"])), "observed_at": observed, "present": int(raw["present"]),
            "strangers": int(raw.get("strangers") or 0), "conformity": dict(raw.get("conformity") or {}),
            "remarks": str(raw.get("remarks") or ""), "grave": raw.get("grave") is True,
        }  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput("site_report", _BODY) from None


@page(Role.SUPERVISOR)
@require_POST
def recuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    me = account(request)
    row = access_task(me, uuid)
    reason = request.POST.get("reason", "").strip()
    done = (
        attempt(request, lambda: acts.recuse(task=row, reason=reason, actor=me, now=now()))
        if reason
        else None
    )
    if done is not None:
        messages.success(request, _("已登记回避。"))
    return redirect("quality:task", uuid)


# --- the year


@page(Role.STATION)
@require_http_methods(["GET", "POST"])
def self_assessment(request: HttpRequest) -> HttpResponse:
    me = account(request)
    station = me.organisation
    assert station is not None  # the database holds station accounts to having one
    year = today().year
    form = SelfAssessmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        improvements = data.pop("improvements")
        done = attempt(
            request,
            lambda: acts.submit_self_assessment(
                station=station, year=year, answers=data, improvements=improvements, actor=me, now=now()
            ),
        )
        if done is not None:
            messages.success(request, _("自评已提交。"))
            return redirect("quality:self_assessment")
    rows = list(access_evaluations(me))
    context = {"form": form, "rows": rows, "year": year, "done": any(r.year == year for r in rows)}
    return render(
        request, "quality/self_assessment.html", context, status=422 if request.method == "POST" else 200
    )


@page(Role.STATION)
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The model of a station's internal rules, an article an item, in its own name; for print and signature."""
    station = account(request).organisation
    lang_en = language() == "en"
    articles = [
        (c["name_en"] if lang_en else c["name"], c["rule_en"] if lang_en else c["rule"])
        for c in law().tables["self_assessment"]
    ]
    return render(request, "quality/rules.html", {"station": station, "articles": articles, "today": today()})


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def evaluations(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "quality/evaluations.html",
        {"rows": paged(request, access_evaluations(account(request)), 25)},
    )


@page(Role.CENTRE, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def evaluate(request: HttpRequest, pk: int) -> HttpResponse:
    me = account(request)
    row = found(access_evaluations(me).filter(pk=pk).first())
    form = EvaluationForm(request.POST or None, initial={"verdict": row.verdict, "reasons": row.reasons})
    if request.method == "POST" and form.is_valid():
        done = attempt(
            request, lambda: acts.evaluate_station(evaluation=row, **form.cleaned_data, actor=me, now=now())
        )
        if done is not None:
            messages.success(request, _("评估结论已记录。"))
            return redirect("quality:evaluations")
    names = {"yes": _("做到"), "partly": _("部分做到"), "no": _("未做到")}
    lines = [
        (
            c["name_en"] if language() == "en" else c["name"],
            names.get(row.answers.get(str(c["code"]), ""), "—"),
        )
        for c in law().tables["self_assessment"]
    ]
    context = {
        "row": row, "lines": lines, "form": form if me.role == "centre" else None,
        "sessions": row.station.sessions.filter(exam_date__year=row.year).count(),
        "supervised": SiteReport.objects.filter(task__session__station=row.station, task__session__exam_date__year=row.year).count(),
        "cases": row.station.cases.filter(received_at__year=row.year).count(),
    }  # fmt: skip
    return render(
        request, "quality/evaluation.html", context, status=422 if request.method == "POST" else 200
    )
