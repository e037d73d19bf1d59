"""The published list 就业准入公布目录: page, poster, CSV, JSON, differences, subscription, a place's own gates."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, time
from importlib import resources

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.access import queries
from chizheng.access.core.gate import GatedEntry
from chizheng.access.core.wording import ACTS
from chizheng.access.forms import DiffForm, OverlayForm, PublishedForm, SubscribeForm
from chizheng.access.models import GateOverlay
from chizheng.access.usecases.keep_overlay import keep_overlay
from chizheng.access.usecases.tell_subscribers import confirm, subscribe
from chizheng.catalogue.queries import region_name
from chizheng.certificates.io import fonts
from chizheng.law.io.shelf import law
from chizheng.law.types import GRADED, Act, GateRow
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.access import page
from chizheng.platform.faults import language
from chizheng.platform.io import paper
from chizheng.platform.roles import Role

Lines = list[dict[str, object]]


def _cited(rows: tuple[GateRow, ...], lang: str) -> list[tuple[str, bool]]:
    """One line an instrument, its articles together, and whether all of it is verified."""
    found: dict[str, list[GateRow]] = {}
    for row in rows:
        found.setdefault(replace(row.citation, article="").say(lang), []).append(row)
    return [
        (
            title + "、".join(dict.fromkeys(r.citation.article for r in its)),
            all(r.citation.verified and r.verified for r in its),
        )
        for title, its in found.items()
    ]


def _lines(entries: tuple[GatedEntry, ...], lang: str) -> Lines:
    names = law().level_names
    return [
        {
            "occupation": _("有技术等级的各工种") if e.occupation == GRADED else e.occupation,
            "acts": "、".join(ACTS[a.value].say(lang) for a in Act if a in e.acts),
            "level": "、".join(
                sorted({names[r.level].say(lang) if r.level in names else str(r.level) for r in e.rows if r.level})
            ),
            "citations": _cited(e.rows, lang),
            "from": min(r.period.start for r in e.rows), "to": max((r.period.last_day for r in e.rows if r.period.last_day), default=None),
            "open": any(r.period.end is None for r in e.rows),
            "scope": "；".join(dict.fromkeys(r.scope for r in e.rows if r.scope)),
            "authority": "、".join(dict.fromkeys(r.authority for r in e.rows if r.authority)),
            "transition": max((r.transition_until for r in e.rows if r.transition_until), default=None),
            "verified": e.verified,
        }
        for e in entries
    ]  # fmt: skip


def _asked(request: HttpRequest) -> tuple[PublishedForm, date, str, Act | None, datetime | None]:
    form = PublishedForm(request.GET or {"on": clock.today().isoformat()})
    data = form.cleaned_data if form.is_valid() else {}
    known = data.get("known")
    at = datetime.combine(known, time(23, 59, 59), clock.CHINA) if known else None
    act = Act(data["act"]) if data.get("act") else None
    return form, data.get("on") or clock.today(), data.get("place") or "", act, at


@page(public=True)
@require_GET
def published(request: HttpRequest) -> HttpResponse:
    """The list of a place on a day; `known` shows it as we knew it at the end of that day."""
    form, on, place, act, known = _asked(request)
    lang = language()
    sections = queries.published_list(on=on, place=place, act=act, known=known)
    exceptions = [e for e in law().exemptions if e.period.contains(on)]
    context = {
        "form": form, "on": on, "place": place, "place_name": region_name(place, on=on), "known": known,
        "gates": _lines(sections["gate"], lang), "licences": _lines(sections["licence"], lang),
        "pending": _lines(sections["pending"], lang), "notices": _lines(sections["advice"], lang),
        "exceptions": [(e.wording.say(lang), e.citation.say(lang), e.verified) for e in exceptions],
        "subscribe": SubscribeForm(initial={"place": place}),
    }  # fmt: skip
    return render(request, "access/published.html", context)


@page(public=True)
@require_GET
def published_csv(request: HttpRequest) -> HttpResponse:
    """The list as CSV, with a byte order mark so that Excel reads it."""
    _form, on, place, act, known = _asked(request)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ["职业（工种）", "类别", "适用行为", "最低等级", "依据", "起", "止", "范围", "主管部门", "已核实"]
    )
    for kind, entries in queries.published_list(on=on, place=place, act=act, known=known).items():
        for line in _lines(entries, "zh"):
            cites = line["citations"]
            assert isinstance(cites, list)
            writer.writerow([
                line["occupation"], kind, line["acts"], line["level"], "；".join(c for c, _v in cites), line["from"],
                "" if line["open"] else line["to"], line["scope"], line["authority"], "是" if line["verified"] else "否",
            ])  # fmt: skip
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = (
        content_disposition_header(True, f"就业准入目录-{place or '全国'}-{on}.csv") or "attachment"
    )
    return answer


@page(public=True)
@require_GET
def published_json(request: HttpRequest) -> JsonResponse:
    _form, on, place, act, known = _asked(request)
    sections = queries.published_list(on=on, place=place, act=act, known=known)
    body = {kind: _lines(entries, language()) for kind, entries in sections.items()}
    return JsonResponse(
        {"on": on, "place": place, "known": known, **body}, json_dumps_params={"ensure_ascii": False}
    )


@page(public=True)
@require_GET
def poster(request: HttpRequest) -> HttpResponse:
    """The list as a poster to hang where job seekers can read it."""
    _form, on, place, act, known = _asked(request)
    sections = queries.published_list(on=on, place=place, act=act, known=known)
    rows = [
        [str(x["occupation"]), str(x["acts"]), str(x["level"]), "；".join(dict.fromkeys(c for c, _v in x["citations"])),  # type: ignore[attr-defined]
         "" if x["verified"] else "未核实"]
        for x in _lines(sections["gate"] + sections["licence"], "zh")
    ]  # fmt: skip
    values = {
        "place": region_name(place, on=on),
        "on": on.isoformat(),
        "rows": rows,
        "site": request.build_absolute_uri("/"),
    }
    source = (resources.files("chizheng.access.io") / "poster.typ").read_bytes()
    content = paper.render(source, values, fonts=fonts.directory(), at=datetime.combine(on, time(4), UTC))
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = (
        content_disposition_header(False, f"就业准入目录-{place or '全国'}-{on}.pdf") or "inline"
    )
    return answer


@page(public=True)
@require_GET
def difference(request: HttpRequest) -> HttpResponse:
    """What came and what went between two days."""
    form = DiffForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        data = form.cleaned_data
        gone, came = queries.list_difference(first=data["first"], second=data["second"], place=data["place"])
        context |= {"gone": _lines(gone, language()), "came": _lines(came, language()), "asked": True}
    return render(request, "access/difference.html", context)


@page(public=True)
@require_POST
def subscribe_list(request: HttpRequest) -> HttpResponse:
    form = SubscribeForm(request.POST)
    if form.is_valid():
        subscribe(mail=form.cleaned_data["mail"], place=form.cleaned_data["place"], now=clock.now())
        messages.success(request, _("确认链接已发到您的邮箱，打开后订阅生效"))
    else:
        messages.error(request, _("邮箱地址不对，请重新填写"))
    return redirect("access:published")


@page(public=True)
@require_http_methods(["GET", "POST"])
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of a mail: keep or end the subscription (by POST, for mail programs open links)."""
    if request.method == "POST":
        known = confirm(token=str(token), keep=request.POST.get("keep") == "1", now=clock.now())
        messages.success(request, _("已办理") if known else _("该链接已失效"))
        return redirect("access:published")
    return render(request, "access/subscription.html")


@page(Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def overlays(request: HttpRequest) -> HttpResponse:
    """A place's own gates: listed and added by its labour authority."""
    me = account_of(request)
    form = OverlayForm(request.POST or None, initial={"place": me.region, "start": clock.today()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        keep_overlay(
            occupation=data["occupation"], acts=data["acts"], level=int(data["level"]) if data["level"] else None,
            place=data["place"], start=data["start"], end=data["end"], title=data["title"], number=data["number"],
            article=data["article"], scope=data["scope"], verified=data["verified"], actor=me, now=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已保存；此前公布的内容仍可按日期查到"))
        return redirect("access:overlays")
    rows = GateOverlay.objects.filter(place__startswith=me.region).order_by("-known", "occupation")
    return render(
        request, "access/overlays.html", {"form": form, "rows": rows}, status=422 if form.errors else 200
    )
