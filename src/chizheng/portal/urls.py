"""The URL map: the portal's own pages, then each context under its name, then the API."""

from __future__ import annotations

from django.urls import include, path

from chizheng.portal import views
from chizheng.portal.api import api
from chizheng.portal.rooms import modules

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk, name="desk"),
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("language/", views.set_language, name="set_language"),
    path("healthz", views.health, name="health"),
    path("api/v1/", api.urls),
    *[
        path("", include((module.urlpatterns, context), namespace=None))
        for context, module in modules("urls")
    ],
]

handler403 = "chizheng.portal.views.forbidden"
handler404 = "chizheng.portal.views.missing"
handler500 = "chizheng.portal.views.broken"
