import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.claims import leaf
from chizheng.certificates.core.keys import Ed25519Verifier, Forged
from chizheng.certificates.core.promise import SIZE, LogPromise, leaf_hash, promise
from chizheng.kernel.errors import BadInput
from tests.certificates.made import LOG, LOG_ID, STRANGER, claims, promised

KEY = Ed25519Verifier(LOG.public)
counts = st.integers(0, 2**32 - 1)


@given(counts, counts)
def test_round_trip_in_76_bytes(index, time):
    made = promise(b"leaf", log_id=LOG_ID, index=index, time=time, signer=LOG)
    assert len(made.to_bytes()) == SIZE == 76
    assert LogPromise.from_bytes(made.to_bytes()) == made
    made.verify(b"leaf", KEY)


def test_it_holds_for_one_leaf_at_one_index_of_one_log():
    made = promised(claims())
    data = made.to_bytes()
    for at in range(SIZE):
        altered = LogPromise.from_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(Forged):
            altered.verify(leaf(claims()), KEY)
    with pytest.raises(Forged):
        made.verify(leaf(claims(name="甄冒名")), KEY)
    with pytest.raises(Forged):
        made.verify(leaf(claims()), Ed25519Verifier(STRANGER.public))


def test_the_leaf_hash_is_that_of_rfc_6962():
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("data", [b"", bytes(75), bytes(77)])
def test_other_sizes_are_refused(data):
    with pytest.raises(BadInput, match="bad_promise"):
        LogPromise.from_bytes(data)


def test_values_that_do_not_fit_are_refused():
    with pytest.raises(BadInput, match="bad_promise"):
        LogPromise(LOG_ID, 2**32, 0, bytes(64))
