"""Anticipated errors become a page or a problem document in one place; others stay ours to mend."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language

from chizheng.kernel.errors import ChizhengError


def language(request: HttpRequest | None = None) -> str:
    """'zh' or 'en', as sentences of `core` name their languages."""
    return "en" if (get_language() or "zh").startswith("en") else "zh"


def problem(error: ChizhengError) -> JsonResponse:
    """RFC 9457 problem document of an anticipated error."""
    return JsonResponse(
        {
            "type": f"urn:chizheng:{error.code}",
            "code": error.code,
            "title": error.say(language()),
            "status": error.status,
        },
        status=error.status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


class SayErrors:
    """Turns a ChizhengError that a view lets through into an answer a clerk can act on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not isinstance(error, ChizhengError):
            return None
        wants_html = "text/html" in request.headers.get("Accept", "")
        if request.path.startswith("/api/") or not wants_html:
            return problem(error)
        return render(
            request,
            "platform/error.html",
            {"error": error, "sentence": error.say(language())},
            status=error.status,
        )
