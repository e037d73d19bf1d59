from __future__ import annotations

from django.urls import path

from chizheng.catalogue import views

urlpatterns = [
    path("occupations/", views.occupations, name="occupations"),
    path("instruments/", views.instruments, name="instruments"),
    path("codes/", views.codes, name="codes"),
    path("codes/keep/", views.keep_code, name="keep_code"),
    path("occupations/import/", views.import_classification, name="import"),
]
