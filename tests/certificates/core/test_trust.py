"""Trust list: thresholds, rotation, rollback, expiry, and the spelling that is signed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.trust import DatedKey, IssuerKey, LogSpan, SignedList, TrustList, accept
from chizheng.kernel.errors import BadInput, Refused
from chizheng.kernel.periods import Period
from tests.certificates.log_house import key

R1, R2, R3, R4 = (key(f"root{n}.example") for n in (1, 2, 3, 4))
LOG, W, S = key("log.example/2026"), key("w.example"), key("status.example")
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def _issuer(n: int, period: Period, **kw: object) -> IssuerKey:
    return IssuerKey(f"{n:016x}", "测试省鉴定指导中心", "44010001", "ed25519", bytes([n]) * 32, period, **kw)  # type: ignore[arg-type]


BASE = TrustList(
    sequence=7,
    issued_at=100,
    expires=1000,
    roots=(R1.vkey, R2.vkey, R3.vkey),
    threshold=2,
    issuers=(
        _issuer(1, Period(date(2025, 1, 1), date(2026, 4, 1))),
        _issuer(2, Period(date(2026, 3, 1)), spans=(LogSpan(LOG.name, 0, 500),)),
    ),
    logs=(DatedKey(LOG.vkey, YEAR),),
    witnesses=(DatedKey(W.witness_vkey, YEAR),),
    quorum=1,
    status=(DatedKey(S.vkey, YEAR),),
)


def _signed(trust: TrustList, *roots: object) -> SignedList:
    signed = SignedList(trust, ())
    for root in roots:
        signed = signed.signed(root.name, root.signer)  # type: ignore[attr-defined]
    return signed


def _accept(offered: SignedList, held: TrustList | None = None, now: int = 500) -> TrustList:
    pinned = (R1.vkey, R2.vkey, R3.vkey)
    return accept(SignedList.parse(bytes(offered)), held=held, pinned=pinned, pinned_threshold=2, now=now)


def test_first_use_needs_the_pinned_roots() -> None:
    assert _accept(_signed(BASE, R1, R3)) == BASE
    for roots in ((R1,), (R1, R1), (R1, R4)):
        with pytest.raises(Refused, match="trust_threshold"):
            _accept(_signed(BASE, *roots))


def test_rollback_and_silent_change_are_refused() -> None:
    assert _accept(_signed(BASE, R1, R2), held=BASE) == BASE
    for trust in (replace(BASE, sequence=6), replace(BASE, quorum=0)):
        with pytest.raises(Refused, match="trust_rollback"):
            _accept(_signed(trust, R1, R2), held=BASE)


def test_rotation_needs_old_and_new_roots() -> None:
    rotated = replace(BASE, sequence=8, roots=(R2.vkey, R3.vkey, R4.vkey))
    assert _accept(_signed(rotated, R2, R3), held=BASE) == rotated
    stranger = replace(BASE, sequence=8, roots=(R4.vkey,), threshold=1)
    with pytest.raises(Refused, match="trust_threshold"):
        _accept(_signed(stranger, R4), held=BASE)
    with pytest.raises(Refused, match="trust_threshold"):  # the new root has not shown that it has its key
        _accept(_signed(stranger, R1, R2), held=BASE)
    assert _accept(_signed(stranger, R1, R2, R4), held=BASE) == stranger


def test_expired_list_is_refused() -> None:
    with pytest.raises(Refused, match="trust_expired"):
        _accept(_signed(BASE, R1, R2), now=1000)
    assert BASE.fresh(999) and not BASE.fresh(1000)


def test_keys_overlap_and_end_by_date_and_by_log_index() -> None:
    assert [i.id[-1] for i in BASE.issuers_of("44010001", date(2026, 3, 15))] == ["1", "2"]
    first, second = BASE.issuer(bytes.fromhex(f"{1:016x}")), BASE.issuer(bytes.fromhex(f"{2:016x}"))
    assert first and second and BASE.issuer(b"\xff" * 8) is None
    assert first.valid(date(2026, 3, 31)) and not first.valid(date(2026, 4, 1))
    day = date(2026, 5, 1)
    assert second.valid(day, (LOG.name, 499)) and not second.valid(day, (LOG.name, 500))
    assert not second.valid(day) and not second.valid(day, ("log.other", 1))
    assert BASE.recognises("44010001") and not BASE.recognises("99")


def test_what_verifiers_look_up() -> None:
    day = date(2026, 5, 1)
    assert BASE.log_keys(day) == [LOG.vkey] and BASE.log_keys(date(2028, 1, 1)) == []
    assert BASE.log_keys(day, "log.other") == []
    found = BASE.log(LOG.vkey.id)
    assert found is not None and found.key == LOG.vkey
    assert BASE.witness_quorum(day).k == 1 and BASE.status_keys(day) == [S.vkey]


def test_members_that_are_not_signed_are_refused() -> None:
    whole = json.loads(bytes(_signed(BASE, R1, R2)))
    whole["list"]["issuers"][0]["extra"] = 1
    with pytest.raises(BadInput, match="trust_malformed"):
        SignedList.parse(json.dumps(whole).encode())
    whole = json.loads(bytes(_signed(BASE, R1, R2)))
    whole["list"]["issuers"][0]["to"] = "2030-01-01"
    changed = SignedList.parse(json.dumps(whole).encode())
    with pytest.raises(Refused, match="trust_threshold"):
        accept(changed, held=None, pinned=BASE.roots, pinned_threshold=2, now=500)


def test_impossible_lists() -> None:
    for change in ({"threshold": 0}, {"threshold": 4}, {"issuers": BASE.issuers[:1] * 2}):
        with pytest.raises(BadInput, match="trust_malformed"):
            replace(BASE, **change)


@given(
    st.one_of(
        st.binary(max_size=80), st.sampled_from(range(0, 2000, 7)).map(lambda n: bytes(_signed(BASE, R1))[:n])
    )
)
def test_any_bytes_parse_or_are_refused(raw: bytes) -> None:
    try:
        SignedList.parse(raw)
    except BadInput as fault:
        assert fault.code in ("trust_malformed", "vkey_malformed")
