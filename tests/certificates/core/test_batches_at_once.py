"""What is made for many at once is what was made for one."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import names
from chizheng.certificates.core.commitments import number_tag, number_tags


@given(st.binary(min_size=1, max_size=64), st.lists(st.text(st.characters(codec="utf-8"), max_size=40)))
def test_number_tags_are_hmac_sha_256(key: bytes, numbers: list[str]) -> None:
    expected = [hmac.digest(key, b"chizheng/number/v1\n" + n.encode(), "sha256")[:16] for n in numbers]
    assert number_tags(key, numbers) == expected
    assert [number_tag(key, n) for n in numbers] == expected


@given(st.lists(st.text(max_size=6) | st.sampled_from(["甄示例", "阿依努尔•吐尔逊", "甄" * 121, " 王 五"])))
def test_printed_names(given_: list[str]) -> None:
    assert list(names.printed_all(given_)) == [names.printed(name) for name in given_]
