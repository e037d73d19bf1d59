"""Files that a page hands out."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

PDF = "application/pdf"


def download(content: bytes, name: str, media_type: str, *, show: bool = False) -> HttpResponse:
    """A file to save, or to `show` in the browser, its Chinese name intact (RFC 6266).

    No cache keeps it: most of these files name people.
    """
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(not show, name) or "inline"
    answer["Cache-Control"] = "no-store"
    return answer
