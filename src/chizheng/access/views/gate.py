"""Pages of employment access."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chizheng.access import queries
from chizheng.access.core.wording import VERDICTS
from chizheng.access.forms import GateForm
from chizheng.catalogue.queries import list_occupations
from chizheng.law.types import Act
from chizheng.platform.access import page
from chizheng.platform.clock import today
from chizheng.platform.faults import language

TONES = {"clear": "ok", "exempt": "ok", "advice": "info", "missing": "bad", "over_gated": "bad"}


@page(public=True)
@require_GET
def gate(request: HttpRequest) -> HttpResponse:
    """The clerk's question and its answer on one page; a link carries the question."""
    asked = "occupation" in request.GET
    form = GateForm(request.GET if asked else None, initial={"on": today(), "act": "recruit"})
    context: dict[str, object] = {
        "form": form,
        "names": list_occupations(on=today()).values_list("name", flat=True),
    }
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
