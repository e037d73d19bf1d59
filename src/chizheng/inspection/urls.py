from __future__ import annotations

from django.urls import path

from chizheng.inspection.views import cases, filings, public, screening

urlpatterns = [
    path("filings/", filings.index, name="filings"),
    path("filings/upload/", filings.upload, name="filings_upload"),
    path("filings/uploads/<uuid:uuid>/", filings.show, name="filings_show"),
    path("filings/uploads/<uuid:uuid>/advance/", filings.advance, name="filings_advance"),
    path("filings/uploads/<uuid:uuid>/returned/", filings.returned, name="filings_returned"),
    path("inspection/letters/", screening.letters, name="letters"),
    path("inspection/letters/<uuid:uuid>/", screening.letter, name="letter"),
    path("inspection/letters/<uuid:uuid>/letter.pdf", screening.letter_pdf, name="letter_pdf"),
    path("inspection/screenings/", screening.runs, name="runs"),
    path("inspection/screenings/<uuid:uuid>/", screening.run, name="run"),
    path("inspection/screenings/<uuid:uuid>/letters/", screening.send, name="send"),
    path("inspection/campaigns/<uuid:uuid>/", screening.campaign, name="campaign"),
    path("inspection/answers/<int:pk>/", screening.check, name="check"),
    path("inspection/members/<int:pk>/case/", cases.from_letter, name="case_from_letter"),
    path("inspection/cases/", cases.index, name="cases"),
    path("inspection/cases/<uuid:uuid>/", cases.show, name="case"),
    path("inspection/cases/<uuid:uuid>/<slug:event>/", cases.act, name="case_act"),
    path("inspection/documents/<uuid:uuid>.pdf", cases.document, name="document"),
    path("inspection/complaints/", cases.complaints, name="complaints"),
    path("inspection/complaints/<uuid:uuid>/", cases.complaint, name="complaint"),
    path("complain/", public.complain, name="complain"),
    path("complain/receipt/", public.receipt, name="receipt"),
]
