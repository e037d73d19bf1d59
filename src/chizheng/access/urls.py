from __future__ import annotations

from django.urls import path

from chizheng.access import views

urlpatterns = [path("gate/", views.gate, name="gate")]
