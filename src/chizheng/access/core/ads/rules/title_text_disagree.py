"""A title that recruits for one trade over a text that recruits for others misleads."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.mention import TITLE
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.wording import FIXES


def check(reading: Reading) -> Iterator[Finding]:
    titled = [m for m in reading.mentions if m.field == TITLE and m.outvoted]
    written = [m for m in reading.posts if m.field != TITLE]
    if not titled:
        return
    cited = reading.day.basis("ads.information_true")
    assert cited is not None
    posts = "、".join(dict.fromkeys(m.occupation for m in written))
    yield Finding(
        "title_text_disagree",
        Severity.NOTICE,
        cited,
        FIXES["title"].format(posts=posts or FIXES["title_posts"]),
        {
            "title": "、".join(dict.fromkeys(m.occupation for m in titled)),
            "text": posts or FIXES["title_posts"],
        },
    )


RULE = Rule("title_text_disagree", "ads.information_true", check, on_mentions=True)
