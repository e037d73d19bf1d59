"""Pages of the assessment."""

from __future__ import annotations

from django.urls import path

from chizheng.assessment.views import candidates, marks, proofs, sessions, uploads

urlpatterns = [
    path("assessment/sessions/", sessions.index, name="sessions"),
    path("assessment/sessions/new/", sessions.new, name="new"),
    path("assessment/sessions/<uuid:uuid>/", sessions.show, name="session"),
    path("assessment/sessions/<uuid:uuid>/do/", sessions.do, name="do"),
    path("assessment/sessions/<uuid:uuid>/roster/", sessions.roster, name="roster"),
    path("assessment/sessions/<uuid:uuid>/attendance/", sessions.attendance, name="attendance"),
    path("assessment/sessions/<uuid:uuid>/panel/", sessions.panel, name="panel"),
    path("assessment/registrations/<uuid:uuid>/withdraw/", sessions.withdraw, name="withdraw"),
    path("assessment/sessions/<uuid:uuid>/enrolment/", uploads.enrolment, name="enrolment"),
    path("assessment/sessions/<uuid:uuid>/enrolment/sheet/", uploads.template, name="enrolment_sheet"),
    path("assessment/uploads/<uuid:uuid>/", uploads.show, name="upload"),
    path("assessment/uploads/<uuid:uuid>/advance/", uploads.advance, name="advance"),
    path("assessment/uploads/<uuid:uuid>/returned/", uploads.returned, name="returned"),
    path("assessment/sessions/<uuid:uuid>/marks/", marks.grid, name="marks"),
    path("assessment/sessions/<uuid:uuid>/marks/sheet/", marks.sheet, name="marks_sheet"),
    path("assessment/sessions/<uuid:uuid>/evidence/", proofs.evidence, name="evidence"),
    path("assessment/registrations/<uuid:uuid>/evidence/", proofs.see, name="see"),
    path("assessment/sessions/<uuid:uuid>/markings/", proofs.markings, name="markings"),
    path("assessment/ties/", proofs.ties, name="ties"),
    path("my/registrations/", candidates.mine, name="mine"),
    path("my/registrations/<uuid:uuid>/ticket/", candidates.ticket, name="ticket"),
]
