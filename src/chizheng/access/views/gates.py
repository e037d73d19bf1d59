"""The gate question, the published list with its files, differences and subscriptions, local rows."""

from __future__ import annotations

import io
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.access import papers, queries
from chizheng.access.core.listing import Line, cited, difference
from chizheng.access.core.wording import ACTS, VERDICTS
from chizheng.access.forms.gates import DifferenceForm, GateForm, ListForm, OverlayForm, SubscribeForm
from chizheng.access.models import Subscription
from chizheng.access.queries.gates import Published, access_overlay, access_overlays, list_gated
from chizheng.access.usecases import gates as usecases
from chizheng.access.views.common import attempt, occupation_names, pdf, show_form
from chizheng.catalogue.queries import region_name
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, GateKind
from chizheng.people.queries import account_of
from chizheng.platform.access import page
from chizheng.platform.clock import now, today
from chizheng.platform.downloads import download
from chizheng.platform.faults import language
from chizheng.platform.io.exports import CSV, CsvWriter
from chizheng.platform.roles import Role

TONES = {"clear": "ok", "exempt": "ok", "advice": "info", "missing": "bad", "over_gated": "bad"}


@page(public=True)
@require_GET
def gate(request: HttpRequest) -> HttpResponse:
    """The clerk's question and its answer on one page; a link carries the question."""
    asked = "occupation" in request.GET
    form = GateForm(request.GET if asked else None, initial={"on": today(), "act": "recruit"})
    context: dict[str, object] = {"form": form, "names": occupation_names()}
    if asked and form.is_valid():
        data = form.cleaned_data
        decision = queries.decide_gate(
            act=Act(data["act"]), occupation=data["occupation"], on=data["on"], place=data["place"],
            level=int(data["level"]) if data["level"] else None, held=data["held"],
            demanded=data["demanded"], exemptions=data["exemptions"],
        )  # fmt: skip
        lang = language()
        context |= {
            "decision": decision,
            "verdict": VERDICTS[decision.verdict].say(lang),
            "tone": TONES[decision.verdict],
            "reasons": [
                (queries.say(r, lang), r.citation.say(lang) if r.citation else "", r)
                for r in decision.reasons
            ],
        }
    return render(request, "access/gate.html", context, status=422 if asked and not form.is_valid() else 200)


def _asked(request: HttpRequest) -> tuple[ListForm, Published | None]:
    form = ListForm(request.GET or None, initial={"on": today()})
    if form.is_bound and not form.is_valid():
        return form, None
    data: dict[str, Any] = form.cleaned_data if form.is_bound else {}
    act = data.get("act") or None
    return form, list_gated(
        on=data.get("on") or today(), place=data.get("place") or "", act=Act(act) if act else None,
        known=data.get("known"),
    )  # fmt: skip


@page(public=True)
@require_GET
def gated(request: HttpRequest) -> HttpResponse:
    """The published list for a place and a day."""
    form, published = _asked(request)
    context: dict[str, Any] = {"form": form, "since": queries.knowledge_since()}
    if published is not None:
        lang = language()
        names = {n: name.say(lang) for n, name in law().level_names.items()}
        context |= {
            "published": published,
            "place": region_name(published.place, on=published.on),
            "total": len({x.occupation for x in published.of(GateKind.GATE)}),
            "sections": [
                (
                    title,
                    hint,
                    _rows(published.of(*kinds), names, lang),
                    len({x.occupation for x in published.of(*kinds)}),
                )
                for title, hint, kinds in (
                    (_("须持职业资格证书的职业"), "", (GateKind.GATE,)),
                    (_("须持其他部门核发证件的职业"), _("劳动行政部门只查验、不核发。"), (GateKind.LICENCE,)),
                    (_("登记时告知、不作前置条件"), "", (GateKind.ADVICE,)),
                    (
                        _("拟调整为准入、目前不作限制"),
                        _("尚未依法施行，不得据此要求持证。"),
                        (GateKind.PENDING,),
                    ),
                )
            ],
            "subscribe": SubscribeForm(initial={"place": published.place}),
            "query": request.GET.urlencode(),
            "unverified_rows": sum(not x.verified for x in published.lines),
        }
    return render(request, "access/gated.html", context, status=422 if published is None else 200)


def _rows(listed: list[Line], names: dict[int, str], lang: str) -> list[dict[str, Any]]:
    """Rows of a table; an occupation is named where it begins."""
    rows = [_row(x, names, lang) for x in listed]
    for before, row in pairwise(rows):
        row["again"] = before["occupation"] == row["occupation"]
    return rows


def _row(line: Line, names: dict[int, str], lang: str) -> dict[str, Any]:
    """A line as the page and the files say it."""
    return {
        "occupation": line.occupation or _("凡有技术等级的工种"),
        "acts": "、".join(ACTS[a.value].say(lang) for a in line.acts),
        "level": names.get(line.level or 0, ""),
        "levels": " ".join(map(str, line.levels)),
        "cites": cited(line.citations, lang),
        "start": line.start,
        "end": line.end,
        "scope": line.scope,
        "authority": line.authority,
        "transition": line.transition_until,
        "exceptions": [e.wording.say(lang) for e in line.exceptions],
        "local": bool(line.place),
        "verified": line.verified,
    }


@page(public=True)
@require_GET
def gated_csv(request: HttpRequest) -> HttpResponse:
    """The list as CSV that spreadsheets open as it is (UTF-8 with a mark)."""
    _form, published = _asked(request)
    if published is None:
        return redirect("access:gated")
    lang = language()
    names = {n: name.say(lang) for n, name in law().level_names.items()}
    out = io.StringIO(newline="")
    writer = CsvWriter(out)
    writer.writerow([
        _("职业（工种）"), _("类别"), _("行为"), _("最低等级"), _("依据"), _("施行"), _("失效"), _("范围"), _("核发部门"),
        _("过渡期至"), _("例外情形"), _("已核实"),
    ])  # fmt: skip
    for line in published.lines:
        row = _row(line, names, lang)
        writer.writerow([
            row["occupation"], line.kind.value, row["acts"], row["level"], "；".join(c for c, _v in row["cites"]),
            row["start"], row["end"] or "", row["scope"], row["authority"], row["transition"] or "",
            "；".join(row["exceptions"]), "1" if row["verified"] else "0",
        ])  # fmt: skip
    name = f"gated-{published.place or 'CN'}-{published.on}.csv"
    return download(out.getvalue().encode("utf-8-sig"), name, CSV)


@page(public=True)
@require_GET
def gated_json(request: HttpRequest) -> HttpResponse:
    """The list for machines."""
    form, published = _asked(request)
    if published is None:
        return JsonResponse({"code": "invalid_request", "faults": form.errors.get_json_data()}, status=422)
    return JsonResponse(
        {
            "on": published.on.isoformat(),
            "place": published.place,
            "act": published.act.value if published.act else None,
            "known": published.known.isoformat() if published.known else None,
            "lines": [
                {
                    "occupation": x.occupation or "*", "kind": x.kind.value, "acts": [a.value for a in x.acts],
                    "level": x.level, "levels": list(x.levels), "place": x.place, "from": x.start.isoformat(),
                    "to": x.end.isoformat() if x.end else None, "scope": x.scope, "authority": x.authority,
                    "transition_until": x.transition_until.isoformat() if x.transition_until else None,
                    "citations": [
                        {"title": c.title, "number": c.number, "article": c.article, "verified": c.verified}
                        for c in x.citations
                    ],
                    "exceptions": [e.code for e in x.exceptions], "verified": x.verified,
                }
                for x in published.lines
            ],
        },
        json_dumps_params={"ensure_ascii": False},
    )  # fmt: skip


@page(public=True)
@require_GET
def poster(request: HttpRequest) -> HttpResponse:
    """The list to be hung up, A3."""
    _form, published = _asked(request)
    if published is None:
        return redirect("access:gated")
    return pdf(papers.poster(published, at=now()), f"gated-{published.place or 'CN'}-{published.on}.pdf")


@page(public=True)
@require_GET
def gated_diff(request: HttpRequest) -> HttpResponse:
    """What changed between two days."""
    initial = {
        "before": today() - timedelta(days=365),
        "after": today(),
        "place": request.GET.get("place", ""),
    }
    asked = "before" in request.GET or "after" in request.GET
    form = DifferenceForm(request.GET if asked else None, initial=initial)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        lang = language()
        names = {n: name.say(lang) for n, name in law().level_names.items()}

        def of(day: date) -> list[Line]:
            return [x for x in list_gated(on=day, place=data["place"]).lines if x.kind is not GateKind.ADVICE]

        changes = difference(of(data["before"]), of(data["after"]))
        context |= {
            "asked": True,
            "counts": [
                (label, sum(c.change == code for c in changes))
                for code, label in (("added", _("新增")), ("ended", _("退出")), ("changed", _("变更")))
            ],
            "changes": [
                (c, [_row(x, names, lang) for x in c.before], [_row(x, names, lang) for x in c.after])
                for c in changes
            ],
        }
    return render(request, "access/gated_diff.html", context, status=422 if form.errors else 200)


@page(public=True)
@require_http_methods(["GET", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for letters; nothing happens until the link in the first one is followed."""
    form = SubscribeForm(request.POST or None, initial={"place": request.GET.get("place", "")})
    if request.method == "POST" and form.is_valid():
        usecases.subscribe(
            email=form.cleaned_data["email"], place=form.cleaned_data["place"], lang=language(), now=now()
        )
        messages.success(request, _("确认链接已发到您的邮箱，点开后订阅生效。"))
        return redirect("access:gated")
    return show_form(request, form, title=_("订阅名单变化"), button=_("订阅"),
                     lead=_("所选地区的准入职业有增减或变更时写信告知；随时可以退订。"))  # fmt: skip


@page(public=True)
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the first letter: a button, so that a mail scanner that follows links confirms nothing."""
    if request.method == "POST":
        usecases.confirm(token=token, now=now())
        messages.success(request, _("订阅已生效。"))
        return redirect("access:gated")
    return _link_page(request, token, title=_("确认订阅"), button=_("确认"))


@page(public=True)
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link at the foot of every letter."""
    if request.method == "POST":
        usecases.unsubscribe(token=token, now=now())
        messages.success(request, _("已退订，您的邮箱地址已删除。"))
        return redirect("access:gated")
    return _link_page(request, token, title=_("退订"), button=_("退订"))


def _link_page(request: HttpRequest, token: str, **words: str) -> HttpResponse:
    row = Subscription.objects.filter(token=token).first()
    context = {"place": region_name(row.place, on=today()) if row else "", "known": row is not None, **words}
    return render(request, "access/subscription.html", context, status=200 if row else 404)


@page(Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def overlays(request: HttpRequest) -> HttpResponse:
    """Local rows of one's place, and a new one."""
    account = account_of(request)
    form = OverlayForm(request.POST or None, region=account.region, initial={"start": today()})
    if request.method == "POST" and form.is_valid():
        row = attempt(form, lambda: usecases.keep_overlay(**form.cleaned_data, actor=account, now=now()))
        if row is not None:
            messages.success(request, _("已增补“%(name)s”") % {"name": row.occupation})
            return redirect("access:overlays")
    return render(
        request, "access/overlays.html",
        {"form": form, "rows": access_overlays(account), "names": occupation_names()},
        status=422 if form.errors else 200,
    )  # fmt: skip


@page(Role.AUTHORITY)
@require_POST
def withdraw_overlay(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_of(request)
    row = access_overlay(account, pk)
    usecases.withdraw_overlay(overlay=row, why=request.POST.get("why", "")[:200], actor=account, now=now())
    messages.success(request, _("已撤回；此前所知仍可查询"))
    return redirect("access:overlays")
