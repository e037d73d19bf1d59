"""What the desks' pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chizheng.catalogue.queries import list_occupations
from chizheng.kernel.errors import BadInput, Conflict, Refused
from chizheng.platform.clock import today
from chizheng.platform.downloads import PDF, download
from chizheng.platform.faults import language

Answer = TypeVar("Answer")


def attempt(form: forms.Form, act: Callable[[], Answer]) -> Answer | None:
    """Do it, or say on the form why it was not done; what forbids the page altogether is not caught."""
    try:
        return act()
    except (BadInput, Conflict, Refused) as fault:
        form.add_error(None, fault.say(language()))
        return None


def show_form(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """The page of one form: `title`, `lead`, `button`, and the names of occupations for its field."""
    context |= {"form": form, "names": occupation_names() if "occupation" in form.fields else ()}
    return render(request, "access/form.html", context, status=422 if form.errors else 200)


def occupation_names() -> Any:
    return list_occupations(on=today()).values_list("name", flat=True)


def pdf(content: bytes, name: str) -> HttpResponse:
    return download(content, name, PDF, show=True)
