"""Folding keeps every offset, and folding twice is folding once."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.access.core.ads.lexicon import Kind, Lexicon, Word
from chizheng.access.core.ads.normalise import SEPARATOR, to_text
from chizheng.access.io.alias_table import folding

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=40)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(ANY)
def test_folding_keeps_the_length_and_is_idempotent(text: str) -> None:
    folded = folding().fold(text)
    assert len(folded) == len(text)
    assert folding().fold(folded) == folded


@given(ANY)
def test_the_skeleton_points_back_to_the_folded_text(text: str) -> None:
    codes = folding().fold_codes(text)
    kept, where = folding().skeleton(codes)
    assert [to_text(codes)[i] for i in where] == list(to_text(kept))
    assert all(a < b for a, b in itertools.pairwise(where))


@given(HAN)
def test_the_skeleton_keeps_every_character_of_a_name(text: str) -> None:
    kept, _ = folding().skeleton(folding().fold_codes(text))
    assert len(kept) == len(text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＣＮＣ", "cnc"),
        ("電焊工", "电焊工"),
        ("銲接", "焊接"),
        ("板金　師傅", "板金 师傅"),
        ("①焊工", "①焊工"),
    ],
)
def test_folding_examples(written: str, read: str) -> None:
    assert folding().fold(written) == read


@given(st.text("ＡＢＣａｂｃ０１２（），", max_size=20))
def test_full_width_folds_as_nfkc_does(text: str) -> None:
    assert folding().fold(text) == unicodedata.normalize("NFKC", text).lower()


def lexicon(*names: str, blocks: tuple[str, ...] = ()) -> Lexicon:
    words = [Word(n, Kind.NAME, (n,)) for n in names] + [Word(b, Kind.BLOCK) for b in blocks]
    return Lexicon(words, folding())


@given(before=ANY, gaps=st.lists(st.sampled_from(["", " ", "  ", "·", "-", "*"]), min_size=2, max_size=2))
def test_a_spaced_out_name_is_found_where_it_stands(before: str, gaps: list[str]) -> None:
    """Whatever stands before, and one or both gaps filled: the span covers the name in the original."""
    name = "电" + gaps[0] + "焊" + gaps[1] + "工"
    if (gaps[0] == "") != (gaps[1] == ""):
        return  # only half spaced: the edge rule decides, tested below
    text = before + "\n" + name + "\n"
    [scan] = lexicon("电焊工").scan([(text,)])
    spans = [text[t.start : t.end] for t in scan.tokens[0]]
    assert name in spans


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("厨/师", ["厨/师"]),
        ("叉车/工程师", []),
        ("招聘厨师，焊工", ["厨师", "焊工"]),
        ("电焊工艺", []),
        ("主管工作", []),
        ("汽车工程", []),
        ("机修/焊工", ["焊工"]),
    ],
)
def test_matching_examples(text: str, found: list[str]) -> None:
    words = lexicon("厨师", "叉车工", "焊工", "电焊工", "管工", "车工", blocks=("汽车工程",))
    [scan] = words.scan([(text,)])
    assert [text[t.start : t.end] for t in scan.tokens[0]] == found


def test_the_longest_word_wins_and_a_block_word_hides_a_name() -> None:
    words = lexicon("电工", "维修电工", "木工", blocks=("木工机械厂",))
    [scan] = words.scan([("维修电工、木工机械厂",)])
    assert [t.word.text for t in scan.tokens[0]] == ["维修电工"]


@given(st.lists(st.tuples(ANY, ANY), max_size=6))
def test_a_batch_reads_each_ad_as_if_it_were_alone(ads: list[tuple[str, str]]) -> None:
    words = lexicon("电工", "焊工")
    ads = [(a + "招电工", b + "焊工2名") for a, b in ads]
    alone = [words.scan([ad])[0] for ad in ads]
    together = words.scan(ads)
    assert [(s.fields, s.tokens) for s in together] == [(s.fields, s.tokens) for s in alone]


def test_the_separator_of_a_batch_in_an_ad_is_a_blank() -> None:
    [scan] = lexicon("焊工").scan([(f"焊{SEPARATOR}工", "")])
    assert [(t.start, t.end) for t in scan.tokens[0]] == [(0, 3)]
