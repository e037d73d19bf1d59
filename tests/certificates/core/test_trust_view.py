from datetime import date

import pytest

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.envelopes import cose
from chizheng.certificates.core.note import ED25519, VerifierKey
from chizheng.certificates.core.promise import promise
from chizheng.certificates.core.status import Exceptions, State, StatusView
from chizheng.certificates.core.trust import DatedKey, IssuerKey, LogSpan, TrustList
from chizheng.certificates.core.trust_view import ListedTrust
from chizheng.certificates.core.verification import Verdict, examine
from chizheng.kernel.periods import Period
from tests.certificates.made import ISSUED, ISSUER, LIMITS, LOG, NOW, PROFILE, claims, promised

ORIGIN = "log.example.cn/2026"
YEARS = Period(date(2026, 1, 1), date(2028, 1, 1))
KEY = VerifierKey(ORIGIN, ED25519, LOG.public)


def listed(end=None, *, slots=None):
    import numpy as np

    issuer = IssuerKey(
        ISSUER.key_id.hex(), PROFILE.did, "3200", "ed25519", ISSUER.public, YEARS, (LogSpan(ORIGIN, 0, end),)
    )
    root = VerifierKey("root", ED25519, LOG.public)
    trust = TrustList(1, 0, 2**33, (root,), 1, (issuer,), (DatedKey(KEY, YEARS),))
    held = {s: np.array((slots or {}).get(s, []), dtype=np.int64)
            for s in (State.REVOKED, State.SUSPENDED, State.SUPERSEDED)}  # fmt: skip
    shard = Exceptions(2026, 2_000_000, held)
    states = StatusView([shard], as_of=int(NOW.timestamp()) - 3600, expires=int(NOW.timestamp()) + 3600)
    return ListedTrust(trust, states, lambda code: (f"机关{code}", f"authority {code}"))


def text():
    c = claims()
    made = promise(claims_.leaf(c), log_id=KEY.id, index=41, time=int(promised(c).time), signer=LOG)
    return cose.to_text(cose.Frame.of(ISSUER).seal(claims_.encode(c), made, ISSUER))


@pytest.mark.parametrize("state", list(State))
def test_the_signed_list_and_the_status_bundle_answer_as_any_view(state):
    slots = {} if state is State.VALID else {state: [claims().status]}
    report = examine(text(), listed(slots=slots), now=NOW, limits=LIMITS)
    assert report.verdict is Verdict[state.name]
    assert report.issuer.name == "机关3200"
    assert ISSUED.year == 2026


def test_a_span_that_ends_cuts_the_key_off():
    assert examine(text(), listed(42), now=NOW, limits=LIMITS).verdict is Verdict.VALID
    report = examine(text(), listed(41), now=NOW, limits=LIMITS)
    assert report.reasons[0].code == "key_cut_off"


def test_unknown_years_and_keys():
    view = listed()
    assert view.status(1999, 1) is None
    assert view.status(2026, 3_000_000) is None
    assert view.issuer(b"12345678") is None
    assert view.log(b"1234") is None
    assert view.recognises("3200")
    assert ListedTrust(view.trust, None).as_of is None
