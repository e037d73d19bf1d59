import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.envelopes import base45, base58
from chizheng.kernel.errors import BadInput
from tests.shared_data import shared

# RFC 9285 sections 4.3 and 4.4
RFC9285 = [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")]


@pytest.mark.parametrize(("data", "text"), RFC9285)
def test_base45_of_the_rfc(data, text):
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@pytest.mark.parametrize("text", ["GGW", ":::", "::", "A", "ab", "BB8-", "é00"])
def test_base45_refuses(text):
    with pytest.raises(BadInput, match="bad_base45"):
        base45.decode(text)


@given(st.binary(max_size=500))
def test_base45_round_trip(data):
    assert base45.decode(base45.encode(data)) == data


@given(st.text(base45.ALPHABET, max_size=60) | st.text(max_size=30))
def test_base45_reads_one_spelling_only(text):
    try:
        data = base45.decode(text)
    except BadInput:
        return
    assert base45.encode(data) == text


# draft-msporny-base58-03 section 5
BASE58 = [
    (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
    (b"The quick brown fox jumps over the lazy dog.",
     "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"),
    (bytes.fromhex("0000287fb4cd"), "11233QC4"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "text"), BASE58)
def test_base58_of_the_draft(data, text):
    assert base58.encode(data) == text
    assert base58.decode(text) == data


@given(st.binary(max_size=120))
def test_base58_round_trip(data):
    assert base58.decode(base58.encode(data)) == data


@pytest.mark.parametrize("text", ["0OIl", "2" * 300, "ä"])
def test_base58_refuses(text):
    with pytest.raises(BadInput, match="bad_base58"):
        base58.decode(text)


def test_base58_of_the_multibase_vectors():
    folder = shared("data/vectors/multibase/tests")
    checked = 0
    for path in sorted(folder.glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        said = lines[0].partition(",")[2].strip()[1:-1].encode().decode("unicode_escape").encode("latin-1")
        for line in lines[1:]:
            name, _, text = line.partition(",")
            if name.strip() == "base58btc":
                text = text.strip()[1:-1]
                assert text[0] == "z" and base58.decode(text[1:]) == said, path.name
                assert base58.encode(said) == text[1:]
                checked += 1
    assert checked >= 3
