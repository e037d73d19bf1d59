"""The public API `/api/v1/`: one router per context; every operation declares who may call it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from chizheng import __version__
from chizheng.kernel.errors import ChizhengError
from chizheng.platform.faults import problem
from chizheng.portal.rooms import modules

api = NinjaAPI(
    title="持证 Chizheng API",
    version=__version__,
    docs_url="docs",
    urls_namespace="api",
    description="Certificates, verification, employment gates. 证书核验、就业准入等公共接口。",
)
for _context, _module in modules("api"):
    api.add_router(getattr(_module, "PREFIX", f"/{_context}"), _module.router, tags=[_context])


@api.exception_handler(ChizhengError)
def _say(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    faults = [{"where": ".".join(map(str, e.get("loc", ()))), "what": e.get("msg", "")} for e in error.errors]
    return api.create_response(request, {"code": "invalid_request", "faults": faults}, status=422)
