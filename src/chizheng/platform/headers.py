"""Headers that every page carries: nothing from elsewhere may load or frame us."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


CAMERA = "/verify/"
"""The pages that may ask for the camera: they read a code off a certificate."""


class ContentPolicy:
    """Content-Security-Policy and friends; inline styles stay allowed for charts drawn as SVG."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.headers.get("Content-Security-Policy"):
            response["Content-Security-Policy"] = POLICY
        camera = "self" if request.path.startswith(CAMERA) else ""
        response.headers.setdefault("Permissions-Policy", f"camera=({camera}), geolocation=(), microphone=()")
        if "Cache-Control" not in response.headers:
            user = getattr(request, "user", None)
            if user is not None and user.is_authenticated:
                response["Cache-Control"] = "no-store"  # a shared computer keeps no page of a desk
        return response
