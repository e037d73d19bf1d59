"""Whatever is handed in, vetting answers: no text raises, spans stay inside, order and ids are kept."""

from __future__ import annotations

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from chizheng.access.core.ads.ad import Ad
from chizheng.access.core.ads.day import Day
from chizheng.access.core.ads.vet import Vetter
from chizheng.access.io.ads import line
from chizheng.access.io.alias_table import cues, lexicon
from chizheng.law.io.shelf import law

VETTER = Vetter(lexicon(), cues(), Day(law(), on=date(2014, 6, 1)))
_WORDS = (
    "招聘 诚聘 焊工 电工 车、铣 工 厨师 服务员 酒店 3名 若干 （ ） ： ； 。 1、 电工证 优先 须持 男 女 "
    "18-35岁 押金 包过 学徒 / 、 维修工 叉车 司机 前台 的 会 培训 有限公司 未婚 年龄"
)
PIECES = st.sampled_from([*_WORDS.split(), "\n", " "])
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join))


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4))
def test_any_ad_is_answered(rows: list[tuple[str, str, str]]) -> None:
    ads = [Ad(str(n), *row) for n, row in enumerate(rows)]
    vetted = VETTER.vet(ads)
    assert [v.id for v in vetted] == [a.id for a in ads]
    for ad, vetting in zip(ads, vetted, strict=True):
        for mention in vetting.mentions:
            field = ad.text if mention.field else ad.title
            assert 0 <= mention.start < mention.end <= len(field)
            assert 0.0 <= mention.confidence <= 1.0
        assert set(vetting.gated) <= {m.occupation for m in vetting.posts}
        assert len({f.code for f in vetting.findings}) == len(vetting.findings)
        assert set(json.loads(line(vetting))) == {"id", "posts", "gated", "certificate", "findings"}


@given(TEXTS, TEXTS)
def test_an_ad_reads_the_same_in_traditional_width_and_case(title: str, text: str) -> None:
    """Handing in what folding makes of an ad changes nothing of what is read."""
    folding = lexicon().folding
    one = VETTER.vet([Ad("1", title, text)])[0]
    two = VETTER.vet([Ad("1", folding.fold(title), folding.fold(text))])[0]
    assert one.mentions == two.mentions and one.certificate == two.certificate
