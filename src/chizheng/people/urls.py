from __future__ import annotations

from django.urls import path

from chizheng.people import views

urlpatterns = [
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/new/", views.open_account, name="open_account"),
    path("accounts/<int:pk>/active/", views.set_active, name="set_active"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/new/", views.add_organisation, name="add_organisation"),
]
