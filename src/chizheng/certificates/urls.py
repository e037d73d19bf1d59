from __future__ import annotations

from django.urls import path

from chizheng.certificates import views, views_offline

urlpatterns = [
    path("verify/", views.verify, name="verify"),
    path("verify/offline/", views_offline.offline, name="offline"),
    path("verify/offline/worker.js", views_offline.worker, name="worker"),
    path("verify/offline/manifest.webmanifest", views_offline.manifest, name="manifest"),
    path("public/<str:name>", views_offline.public, name="public"),
    path("batches/", views.batches, name="batches"),
    path("batches/list/<uuid:uuid>/", views.list_batch, name="list_batch"),
    path("batches/<uuid:uuid>/", views.batch, name="batch"),
    path("batches/<uuid:uuid>/review/", views.review, name="review"),
    path("batches/<uuid:uuid>/approve/", views.approve, name="approve"),
    path("batches/<uuid:uuid>/return/", views.send_back, name="return"),
    path("batches/<uuid:uuid>/release/", views.release, name="release"),
    path("batches/<uuid:uuid>/certificates.pdf", views.batch_pdf, name="batch_pdf"),
    path("certificates/mine/", views.mine, name="mine"),
    path("certificates/<uuid:uuid>/", views.certificate, name="certificate"),
    path("certificates/<uuid:uuid>/certificate.pdf", views.pdf, name="pdf"),
    path("certificates/<uuid:uuid>/turn/", views.ask_turn, name="ask_turn"),
    path("certificates/turns/<int:pk>/", views.decide, name="decide"),
]
