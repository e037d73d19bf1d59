import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import cbor
from chizheng.kernel.errors import BadInput

keys = st.integers(-(2**64), 2**64 - 1) | st.text(max_size=8) | st.binary(max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.text(max_size=20)
    | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_the_oracle_writes_we_read(value):
    written = cbor.encode(value)
    try:
        assert cbor.decode(written) == value
    except BadInput as fault:
        assert "deep" in str(fault)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_fault(data):
    for strict in (True, False):
        try:
            value = cbor.decode(data, deterministic=strict)
        except BadInput:
            continue
        if strict:
            assert cbor.encode(value) == data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("9b7fffffffffffffff00", "an array longer than the input"),
        ("bb7fffffffffffffff00", "a map longer than the input"),
        ("5b7fffffffffffffff00", "a string longer than the input"),
        ("81" * 40 + "00", "nested too deep"),
        ("a201000100", "a key twice"),
        ("a202000100", "keys out of order"),
        ("1800", "a long head"),
        ("fb3ff0000000000000", "a float"),
        ("9f01ff", "indefinite length"),
        ("0000", "trailing bytes"),
        ("61ff", "not UTF-8"),
        ("f7", "undefined"),
        ("a1f500", "a key that is true"),
    ],
)
def test_bytes_that_are_refused(data, why):
    with pytest.raises(BadInput, match="bad_cbor"):
        cbor.decode(bytes.fromhex(data))
