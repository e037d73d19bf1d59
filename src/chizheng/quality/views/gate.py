"""Sittings that wait: the list, one hold with its decisions and its sample."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chizheng.assessment.models import Mark
from chizheng.assessment.views.common import account, attempt, paged
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform.access import page
from chizheng.platform.clock import now
from chizheng.platform.faults import language
from chizheng.platform.roles import Role
from chizheng.quality import evidence_charts
from chizheng.quality.core.gate import HOLD, TOLERANCE, WAITS
from chizheng.quality.forms import EVENT_NAMES, HoldForm
from chizheng.quality.models import Hold
from chizheng.quality.queries import access_flags, access_holds, found, holds_of, names_of
from chizheng.quality.usecases.gate import correct_marks, decide_hold, enter_sample
from chizheng.quality.views.watch import name_of, named, units_in


@page(Role.CENTRE, Role.AUTHORITY)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    rows = access_holds(account(request))
    if request.GET.get("all") != "1":
        rows = rows.filter(state__in=WAITS - {"annulled"})
    return render(
        request, "quality/holds.html", {"rows": paged(request, rows, 25), "all": request.GET.get("all")}
    )


@page(Role.CENTRE, Role.AUTHORITY)
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, pk: int) -> HttpResponse:
    me = account(request)
    hold = found(access_holds(me).filter(pk=pk).first())
    events = HOLD.events(hold.state) if me.role == "centre" else []
    form = HoldForm(request.POST or None, events=events)
    status = 200
    if request.method == "POST":
        if me.role == "centre" and form.is_valid():
            done = attempt(request, lambda: _decide(hold, form, me))
            if done is not None:
                messages.success(request, _("已记录决定。"))
                return redirect("quality:hold", pk)
        status = 422 if me.role == "centre" else 403
    sample = list(hold.sample.select_related("registration").order_by("registration__admission_number"))
    now_standing = {
        m.registration_id: m.score
        for m in Mark.objects.filter(registration__in=[s.registration_id for s in sample], part="practice")
    }
    names = names_of(units_in(hold.flag)) if hold.flag else {}
    lines = []
    for row in sample:
        before = row.first if row.replaced is not None else now_standing.get(row.registration_id)
        lines.append((row, before, None if row.score is None or before is None else row.score - before))
    gaps = [g for _s, _f, g in lines if g is not None]
    context = {
        "hold": hold, "form": form if events else None, "lines": lines,
        "history": [(EVENT_NAMES[e.event], e) for e in hold.events.select_related("by")],
        "mean_gap": round(sum(gaps) / len(gaps), 1) if gaps else None, "marked": len(gaps),
        "picture": evidence_charts.evidence(hold.flag, names) if hold.flag else "",
        "reason": named(getattr(hold, f"reason_{language()}"), names),
        "others": holds_of(hold.session).exclude(pk=hold.pk),
        "flags": [
            (name_of(f), f)
            for f in access_flags(me)
            .filter(Q(session=hold.session) | Q(registration__session=hold.session), flagged=True)
            .exclude(pk=hold.flag_id or 0)
            .exclude(kind="candidate", detector="marks")
            .order_by("-run__at", "detector", "-posterior")[:12]
        ],
        "waits": hold.state in WAITS,
        "tolerance": law().number(TOLERANCE, on=hold.session.exam_date, place=hold.session.region),
        "acting": me.role == "centre" and hold.state in ("remarking", "retesting"),
    }  # fmt: skip
    return render(request, "quality/hold.html", context, status=status)


def _decide(hold: Hold, form: HoldForm, me: Account) -> Hold:
    event, reasons = form.cleaned_data["event"], form.cleaned_data["reasons"]
    if event == "correct":
        return correct_marks(hold=hold, reasons=reasons, actor=me, now=now())
    return decide_hold(hold=hold, event=event, reasons=reasons, actor=me, now=now())


@page(Role.CENTRE)
@require_POST
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Second marks of the sample."""
    me = account(request)
    hold = found(access_holds(me).filter(pk=pk).first())
    marks = {
        int(k[2:]): v
        for k, v in request.POST.items()
        if k.startswith("s-") and k[2:].isdigit() and isinstance(v, str)
    }
    count = attempt(request, lambda: enter_sample(hold=hold, marks=marks, actor=me, now=now()))
    if count is not None:
        messages.success(request, _("已保存 %(n)s 个复核成绩。") % {"n": count})
    return redirect("quality:hold", pk)
