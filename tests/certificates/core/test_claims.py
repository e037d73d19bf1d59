import contextlib
import random
import string
from datetime import date

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import claims as c
from chizheng.certificates.core.claims import Basis, Claims, DocumentKind, Rating, Sex
from chizheng.kernel.errors import BadInput
from tests.certificates.made import claims

letters = st.text("甄示例试王䶮𠮷·" + string.ascii_letters, min_size=1, max_size=20)
score = st.none() | st.integers(0, 1000)
records = st.builds(
    Claims,
    number=st.from_regex(r"\A[0-9]{2}[0-9]{4}[0-4][0-9]{3}[1-5][0-9]{4}[1-9]\Z")
    | st.from_regex(r"\A[YS][0-9]{4}[0-9]{2}[0-9]{6}[0-9]{2}[1-5T][0-9]{6}\Z")
    | st.from_regex(r"\A[A-Z0-9]{1,20}\Z"),
    name=letters,
    document=st.sampled_from(DocumentKind),
    document_tail=st.from_regex(r"\A[0-9X]{0,4}\Z"),
    sex=st.sampled_from(Sex),
    birth=st.none() | st.dates(date(1900, 1, 1), date(2020, 1, 1)),
    occupation=letters,
    occupation_code=st.just("")
    | st.from_regex(r"\A[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}\Z")
    | st.just("X2-10-01"),
    level=st.integers(0, 5),
    theory=score,
    practice=score,
    comprehensive=score,
    rating=st.sampled_from(Rating),
    issued=st.dates(date(1990, 1, 1), date(2089, 12, 31)),
    institution=st.from_regex(r"\A[0-9]{0,8}\Z"),
    authority=st.from_regex(r"\A[0-9A-Z]{1,8}\Z"),
    sitting=st.from_regex(r"\A[0-9A-Z-]{0,20}\Z"),
    basis=st.sampled_from(Basis),
    version=st.integers(1, 9),
    status=st.integers(0, 2**40),
    salt=st.binary(min_size=16, max_size=32),
)


@given(records)
def test_what_is_written_is_read_and_written_the_same(record):
    data = c.encode(record)
    assert c.decode(data) == record
    assert cbor2.dumps(cbor2.loads(data), canonical=True) == data


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data):
    with pytest.raises(BadInput):
        c.decode(data)


@given(records, st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_never_reads_as_the_same_record(record, where, flip):
    data = bytearray(c.encode(record))
    data[where % len(data)] ^= flip
    with contextlib.suppress(BadInput):
        assert c.decode(bytes(data)) != record


def test_another_spelling_of_the_same_values_is_refused():
    record = cbor2.loads(c.encode(claims()))
    record[8] = 4  # the level, which the number says already
    with pytest.raises(BadInput, match="bad_claims"):
        c.decode(cbor2.dumps(record, canonical=True))
    del record[8]
    record[99] = "more"
    with pytest.raises(BadInput, match="bad_claims"):
        c.decode(cbor2.dumps(record, canonical=True))


def test_the_bytes_of_one_record_do_not_drift():
    """Pinned: certificates already in people's hands commit to exactly these bytes."""
    assert c.encode(claims()).hex() == PINNED
    assert c.leaf(claims())[:6] == b"\x85\x64CERT"


PINNED = (
    "ae011b000945cac65279510269e79484e7a4bae4be8b0382016430303258040205191d4c0666e7848ae5b7a5071a005e"
    "4d6c098319035719038ef60a020b1951290d64333230300e6e5332362d313030312d3030303132111a00100001125000"
    "112233445566778899aabbccddeeff"
)


def test_the_identity_document_never_enters_the_record():
    assert "identity" not in {f for f in Claims.__dataclass_fields__}
    assert c.faults(claims(document_tail="90071002X")) == ["document_tail"]


def test_the_leaf_tells_nothing_without_the_salt():
    """Two records that differ in the salt alone have leaves without a common digest; of the number
    nothing else is in the leaf, hashed or not."""
    one, other = cbor2.loads(c.leaf(claims())), cbor2.loads(c.leaf(claims(salt=bytes(16))))
    assert one[1] != other[1] and [one[0], *one[2:]] == [other[0], *other[2:]]
    assert one == ["CERT", c.digest(claims()), claims().sitting, 0, 1]


def test_check_codes_are_unambiguous_and_spread():
    drawn = random.Random(1)
    codes = {claims(salt=drawn.randbytes(16)).check_code for _ in range(500)}
    assert len(codes) == 500
    assert not set("".join(codes)) & set("ILOU")
    code = claims().check_code
    assert c.read_check_code(f"{code[:4]} {code[4:]}".lower()) == code
    with pytest.raises(BadInput):
        c.read_check_code("ABC")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "甄\x07"), ("name", "甄\u202e示"), ("level", 6), ("theory", 1001),
        ("theory", True), ("salt", b"short"), ("version", 0), ("status", -1), ("authority", ""),
        ("number", "97 10012003400001"),
    ],
)  # fmt: skip
def test_values_out_of_form_are_named(field, value):
    assert field in c.faults(claims(**{field: value}))
