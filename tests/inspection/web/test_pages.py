"""An inspector's and an employer's way through the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chizheng.inspection.models import Case, Complaint, Filing, ScreeningRun
from chizheng.people.models import Account
from chizheng.platform.clock import today
from tests.factories.inspection import employer, employer_account, entry, filed, inspector
from tests.factories.people import resident_number

pytestmark = pytest.mark.django_db


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(account)
    return client


def test_an_employer_files_by_workbook_and_by_api() -> None:
    body = employer()
    client = signed_in(employer_account(body))
    content = (
        f"姓名,身份证号,职业,上岗日期\n样例甲,{resident_number(1)},焊工,2026-03-01\n样例乙,1,焊工,2026-03-01"
    )
    file = SimpleUploadedFile("备案.csv", content.encode())
    shown = client.post(reverse("inspection:filings_upload"), {"file": file}, follow=True).content.decode()
    assert "下载有问题的行" in shown and Filing.objects.count() == 1
    row = {"name": "样例丙", "document": resident_number(3), "occupation": "电工", "start": "2026-03-01"}
    path = "/api/v1/inspection/filings"
    answer = client.post(path, {"filings": [row, {**row, "document": "9"}]}, content_type="application/json")
    assert (answer.json()["accepted"], answer.json()["faults"][0]["row"]) == (1, 2)
    refused = signed_in(inspector()).post(path, {"filings": [row]}, content_type="application/json")
    assert refused.status_code == 403
    assert Client().post(path, {"filings": [row]}, content_type="application/json").status_code == 401
    assert Filing.objects.count() == 2


def test_an_inspector_screens_writes_and_others_see_nothing_of_it() -> None:
    body, officer = employer(), inspector()
    filed(body, entry(1, "消防设施操作员", start=today() - timedelta(days=9)))
    client = signed_in(officer)
    asked = {"place": "32", "start": today().isoformat(), "last": ""}
    shown = client.post(reverse("inspection:runs"), asked, follow=True).content.decode()
    run = ScreeningRun.objects.get()
    assert "<svg" in shown and body.name in shown
    page = reverse("inspection:run", args=[run.uuid])
    assert "…" in client.get(page, {"employer": body.uuid}).content.decode()
    assert signed_in(inspector("44")).get(page).status_code == 404
    letters = {"seed": "s", "held_out": "0.001", "answer_by": (today() + timedelta(days=30)).isoformat()}
    shown = client.post(reverse("inspection:send", args=[run.uuid]), letters, follow=True).content.decode()
    assert body.name in shown
    theirs = signed_in(body.accounts.get())
    letter = reverse("inspection:letter", args=[run.campaign.members.get().uuid])
    assert "用工持证情况告知函" in theirs.get(letter).content.decode()
    pdf = theirs.get(reverse("inspection:letter_pdf", args=[run.campaign.members.get().uuid]))
    assert pdf.content.startswith(b"%PDF")
    assert signed_in(employer_account(employer())).get(letter).status_code == 404
    assert not Case.objects.exists()


def test_a_visitor_complains_and_follows_up_by_the_receipt_alone() -> None:
    visitor = Client(headers={"accept": "text/html"})
    said = {"employer_name": "某单位", "place": "3201", "text": "无证上岗", "reporter": "张样例"}
    shown = visitor.post(reverse("inspection:complain"), said)
    code = shown.context["code"]
    row = Complaint.objects.get()
    after = visitor.post(reverse("inspection:receipt"), {"code": code}).content.decode()
    assert "已收到" in after and "张样例" not in after
    assert visitor.post(reverse("inspection:receipt"), {"code": "X"}).context["complaint"] is None
    keeper, other = inspector(), inspector()
    page = reverse("inspection:complaint", args=[row.uuid])
    signed_in(keeper).post(page, {"act": "keep"})
    assert "张样例" in signed_in(keeper).post(page, {"act": "read"}).content.decode()
    refused = signed_in(other).post(page, {"act": "read"})
    assert refused.status_code == 403 and "张样例" not in refused.content.decode()
