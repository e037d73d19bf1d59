"""What the pages of the certificates share: level names, files to send."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from chizheng.law.io.shelf import law
from chizheng.platform.faults import language


def level_name(level: object) -> str:
    names = law().level_names
    return names[level].say(language()) if isinstance(level, int) and level in names else ""


def pdf_answer(content: bytes, filename: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(False, filename) or "inline"
    return answer


def save(content: bytes, media: str, filename: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    answer["Cache-Control"] = "no-store"
    return answer
