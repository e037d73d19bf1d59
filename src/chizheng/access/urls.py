"""Pages of employment access."""

from __future__ import annotations

from django.urls import path

from chizheng.access.views import gate, published, registry

urlpatterns = [
    path("gate/", gate.gate, name="gate"),
    path("gated/", published.published, name="published"),
    path("gated/list.csv", published.published_csv, name="published_csv"),
    path("gated/list.json", published.published_json, name="published_json"),
    path("gated/poster.pdf", published.poster, name="poster"),
    path("gated/diff/", published.difference, name="difference"),
    path("gated/subscribe/", published.subscribe_list, name="subscribe"),
    path("gated/subscription/<uuid:token>/", published.subscription, name="subscription"),
    path("gated/overlays/", published.overlays, name="overlays"),
    path("registration/", registry.checks, name="checks"),
    path("registration/ask/", registry.ask, name="ask"),
    path("registration/<uuid:uuid>/", registry.check, name="check"),
    path("exceptions/", registry.exceptions, name="exceptions"),
    path("exceptions/<uuid:uuid>/decide/", registry.decide, name="decide_exception"),
    path("api-keys/", registry.api_keys, name="api_keys"),
]
