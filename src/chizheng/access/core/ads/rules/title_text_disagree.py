"""A title that recruits for one trade over a text that recruits for others misleads (information must be true)."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.posts import TITLE, overlap
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.wording import FIXES


def check(reading: Reading) -> Iterator[Finding]:
    titled = [m for m in reading.posts if m.field == TITLE]
    written = [m for m in reading.posts if m.field != TITLE and not m.by_certificate]
    if not titled or not written or any(overlap(a, b) for a in titled for b in written):
        return
    if any(reading.ad.title[m.start : m.end].lower() in reading.folded[1] for m in titled):
        return
    cited = reading.day.basis("ads.information_true")
    assert cited is not None
    posts = list(dict.fromkeys(m.occupation for m in written))
    yield Finding(
        "title_text_disagree",
        Severity.NOTICE,
        cited,
        FIXES["title"].format(posts="、".join(posts)),
        {"title": "、".join(dict.fromkeys(m.occupation for m in titled)), "text": "、".join(posts)},
    )


RULE = Rule("title_text_disagree", "ads.information_true", check)
