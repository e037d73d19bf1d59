"""What the views share: the account of a request, sentences for refusals, files to send."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from chizheng.kernel.errors import BadInput, ChizhengError, Conflict, Refused
from chizheng.people.models import Account
from chizheng.platform.faults import language

Row = TypeVar("Row")
Done = TypeVar("Done")


def account(request: HttpRequest) -> Account:
    """The signed-in account; the access declaration has seen to it that there is one."""
    return cast(Account, request.user)


def attempt(request: HttpRequest, act: Callable[[], Done]) -> Done | None:
    """Do something; what the clerk can mend is said on the next page, other errors go on."""
    try:
        return act()
    except (BadInput, Conflict, Refused) as error:
        messages.error(request, error.say(language()))
        return None


def why(error: ChizhengError) -> str:
    return error.say(language())


def paged(request: HttpRequest, rows: QuerySet[Row], per_page: int) -> Page[Row]:  # type: ignore[type-var]
    return Paginator(rows, per_page).get_page(request.GET.get("page"))
