import json

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.envelopes import jcs
from chizheng.kernel.errors import BadInput
from tests.shared_data import shared

text = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
bmp_keys = st.text(st.characters(blacklist_categories=("Cs",), max_codepoint=0xFFFF), max_size=8)
in_profile = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(bmp_keys, inner, max_size=4),
    max_leaves=15,
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | text
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=15,
)


@given(in_profile)
def test_inside_the_profile_we_write_what_the_oracle_writes(value):
    assert jcs.faults(value) == []
    assert jcs.encode(value) == rfc8785.dumps(value)
    assert jcs.encode_foreign(value) == rfc8785.dumps(value)


@given(anything)
def test_outside_we_refuse_or_agree(value):
    try:
        written = jcs.encode_foreign(value)
    except BadInput as fault:
        assert fault.code == "out_of_profile"
        assert jcs.faults(value)
        return
    assert written == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [1.5, {"a": [1.0]}, 2**53, {"\U00010000": 1}, {"a": -(2**53)}, {"x": 1e300}]
)
def test_what_the_profile_excludes(value):
    assert jcs.faults(value)
    with pytest.raises(BadInput, match="out_of_profile"):
        jcs.encode_foreign(value)


@pytest.mark.parametrize(
    "value", [{"a": "1.5e3"}, {"a.b": "x"}, {"q": 'he said "1.5" \\'}, {"𠮷"[:0] + "k": "𠮷"}]
)
def test_what_only_looks_excluded(value):
    assert jcs.encode_foreign(value) == rfc8785.dumps(value)


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data):
    try:
        value = jcs.load(data)
        jcs.encode_foreign(value)
    except BadInput:
        pass


def test_deep_documents_are_refused_not_recursed():
    deep = b"[" * 5000 + b"]" * 5000
    with pytest.raises(BadInput):
        jcs.encode_foreign(jcs.load(deep))
    with pytest.raises(BadInput):
        jcs.load(b" " * (jcs.MAX_BYTES + 1))


def test_rfc_8785_example():
    """Section 3.2.3 sorts by UTF-16 units; the keys below the astral one keep their order."""
    keys = ["\u20ac", "\r", "1", "\u0080", "\u00f6", "\ufb33"]
    assert list(orjson.loads(jcs.encode(dict.fromkeys(keys, 0)))) == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\ufb33",
    ]


def test_vectors_of_the_rfc():
    root = shared("data/vectors/rfc8785-jcs/testdata")
    agreed, refused = 0, 0
    for path in sorted((root / "input").glob("*.json")):
        value = json.loads(path.read_text(encoding="utf-8"))
        expected = (root / "output" / path.name).read_bytes()
        try:
            assert jcs.encode_foreign(value) == expected, path.name
            agreed += 1
        except BadInput:
            assert path.name in (
                "values.json",
                "weird.json",
                "structures.json",
                "arrays.json",
            )  # floats, astral keys
            refused += 1
    assert agreed >= 2
    assert agreed + refused == 6
