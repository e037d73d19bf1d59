"""A file is counted as it comes in, before a form or a view sees it."""

from __future__ import annotations

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from chizheng.platform import uploads


def sent(*sizes: int) -> object:
    files = [SimpleUploadedFile(f"{n}.bin", b"x" * size) for n, size in enumerate(sizes)]
    return RequestFactory().post("/", {"file": files}).FILES


def test_a_file_or_a_request_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_FILE", 100_000)
    monkeypatch.setattr(uploads, "MAX_REQUEST", 250_000)
    assert len(sent(100_000, 100_000).getlist("file")) == 2  # type: ignore[attr-defined]
    for sizes in ((100_001,), (90_000, 90_000, 90_000), (300_000,)):
        with pytest.raises(RequestDataTooBig):
            sent(*sizes)


@pytest.mark.django_db
def test_a_visitor_is_told_and_nothing_is_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_FILE", 1_000)
    answer = client.post("/verify/", {"file": SimpleUploadedFile("大.pdf", b"%PDF" + b" " * 5_000)})
    assert answer.status_code in (400, 413)
