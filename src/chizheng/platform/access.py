"""Who may see which page: declared beside the page, denied where nothing is declared.

    @page(Role.STATION, Role.CENTRE)      these roles only
    @page(public=True)                    anybody
    @page(signed_in=True)                 any account

Jurisdiction is judged where rows are fetched (`access_*` queries), not here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from chizheng.platform.roles import Role

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Access:
    """What a page allows."""

    roles: frozenset[str]
    public: bool = False

    def allows(self, role: str | None) -> bool:
        """May somebody of this role (None: not signed in) open the page?"""
        return self.public or (role is not None and role in self.roles)


def page(*roles: Role, public: bool = False, signed_in: bool = False) -> Callable[[View], View]:
    """Declare who may open a view; the middleware holds it to that."""
    allowed = frozenset(r.value for r in (Role if signed_in else roles))

    def declare(view: View) -> View:
        view.access = Access(allowed, public)  # type: ignore[attr-defined]
        return view

    return declare


class DenyByDefault:
    """Refuses every view that does not declare its access; the API declares per operation."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: object, kwargs: object
    ) -> HttpResponse | HttpResponseBase | None:
        match = request.resolver_match
        if match is not None and "ninja" in match.app_names:
            return None
        access: Access | None = getattr(view, "access", None)
        if access is None:
            raise PermissionDenied("undeclared")
        if access.public:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not access.allows(request.user.role):
            raise PermissionDenied("role")
        return None


def desk_of_user(request: HttpRequest) -> dict[str, object]:
    """For templates: the role of the signed-in account, '' for a visitor."""
    user = getattr(request, "user", None)
    return {"role": user.role if user is not None and user.is_authenticated else ""}
