"""Papers: text of any kind is set as text, the same input gives the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from pypdf import PdfReader

from chizheng.access.io.papers import Paper, Section, render

AT = datetime(2026, 10, 8, 2, 0, 0, 123456, tzinfo=UTC)


def text_of(data: bytes) -> str:
    return "".join(p.extract_text() for p in PdfReader(BytesIO(data)).pages)


def test_what_looks_like_markup_is_printed_as_it_is() -> None:
    hostile = '#panic("x") *粗* $x$ @ref <label> \\ "'
    paper = Paper(form="letter", title="推荐信", facts=[("单位", hostile)], paragraphs=[hostile],
                  sections=[Section("表", ["甲", "乙"], [1, 1], [[hostile, "二"]])])  # fmt: skip
    text = text_of(render(paper, at=AT))
    assert text.count("panic") == 3 and "*粗*" in text


def test_the_same_paper_is_the_same_bytes_in_whatever_zone_the_instant_is_given() -> None:
    paper = Paper(
        form="poster", title="就业准入职业名单", sections=[Section("表", ["甲"], [1], [["车工"]] * 400)]
    )
    one = render(paper, at=AT)
    assert one == render(paper, at=AT.astimezone(ZoneInfo("Asia/Shanghai")))
    assert len(PdfReader(BytesIO(one)).pages) > 1
