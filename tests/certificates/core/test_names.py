from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import names


def test_dots_spaces_and_widths_make_no_other_name():
    written = [
        "阿依努尔·吐尔逊",
        "阿依努尔•吐尔逊",
        "阿依努尔・吐尔逊",
        "阿依努尔．吐尔逊",
        "阿依努尔吐尔逊",
        " 阿依努尔 · 吐尔逊 ",
    ]
    assert len({names.folded(name) for name in written}) == 1
    assert names.same("ＺＨＥＮ  Shili", "zhen shili")


def test_another_character_is_another_name():
    assert not names.same("王喆", "王吉")
    assert not names.same("甄示例", "甄示列")
    assert not names.same("", "")


def test_rare_characters_stay_themselves():
    plane2 = "𠮷\U00030edd"
    assert names.printed("甄" + plane2) == "甄" + plane2
    assert not names.same("甄𠮷", "甄吉")
    # U+E863 is where GB 18030-2005 kept 䶮
    assert names.same("甄\ue863", "甄䶮")


@given(st.text(max_size=60))
def test_printing_and_folding_are_stable(name):
    assert names.printed(names.printed(name)) == names.printed(name)
    assert names.folded(names.printed(name)) == names.folded(name)
    assert names.folded(names.folded(name)) == names.folded(name)
