"""Publish status as static files, always rebuilt from the events and never read, changed and written.

    public/status.bundle            the whole nation's states, signed (what offline verifiers hold)
    public/status/chain.bundle      the state at the end of the last day that has a delta
    public/status/deltas/DAY.delta  what changed since the day before in the chain
    public/status/YEAR.json         Bitstring Status List credential    YEAR.jwt  Token Status List
    public/status/index.json        what there is: days of the chain, digests of the years

`check_status` computes everything again and compares, bit by bit.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from chizheng.certificates import keyring
from chizheng.certificates.core import status_lists
from chizheng.certificates.core.commitments import Turn
from chizheng.certificates.core.envelopes import vc
from chizheng.certificates.core.keys import Algorithm, Ed25519Verifier, HeldSigner, key_id
from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.core.status import LIFE, Exceptions, State
from chizheng.certificates.core.status_bundle import (
    Bundle,
    open_bundle,
    seal_delta,
    seal_full,
    state_digest,
)
from chizheng.certificates.core.verification import Status
from chizheng.certificates.house import STATUS_CAPACITY, profile
from chizheng.certificates.io import trust_file
from chizheng.certificates.io.durable import write_durably
from chizheng.certificates.models import CertificateEvent
from chizheng.certificates.queries import issuer_keys, log_keys, published
from chizheng.kernel.errors import ChizhengError
from chizheng.law.io.shelf import law
from chizheng.platform import clock
from chizheng.platform.home import folder


def public_folder() -> Path:
    return folder("public")


def exceptions() -> dict[int, dict[int, State]]:
    """Slots that are not valid, by year of the status list: the fold of the events of published certificates."""
    found: dict[int, dict[int, State]] = {
        year: {} for year in published().values_list("status_year", flat=True).distinct()
    }
    turns: dict[tuple[int, int], list[str]] = defaultdict(list)
    rows = CertificateEvent.objects.filter(kind__in=list(Turn), certificate__in=published())
    for year, slot, kind in rows.order_by("at", "pk").values_list(
        "certificate__status_year", "certificate__status_slot", "kind"
    ):
        turns[year, slot].append(kind)
    for (year, slot), kinds in turns.items():
        state = State[LIFE.fold(kinds)]
        if state is not State.VALID:
            found[year][slot] = state
    return found


def shards() -> list[Exceptions]:
    """The yearly shards as the events give them now."""
    return [Exceptions.of(year, STATUS_CAPACITY, states) for year, states in sorted(exceptions().items())]


def publish_status(*, now: datetime) -> Path:
    """Write and sign everything that verifiers hold; returns the national bundle's path.

    Yearly lists are signed anew when their states changed or a day went by; a day's delta is made once,
    by the first publication of the next day, so that whoever holds yesterday needs one small file.
    """
    years = shards()
    key = keyring.private("status")
    age = max_age_days(now) * 86_400
    as_of = int(now.timestamp())
    sealed: dict[str, Any] = {
        "as_of": as_of, "expires": as_of + age, "name": key.name, "signer": key.signer,
    }  # fmt: skip
    _extend_chain(years, now, sealed)
    _yearly(years, now, age)
    bundle = public_folder() / "status.bundle"
    write_durably(bundle, seal_full(years, sequence=as_of, **sealed))
    _write_offline(years, now)
    return bundle


def max_age_days(now: datetime) -> int:
    return law().number("verification.status_max_age_days", on=clock.day_of(now))


def _keys() -> list[VerifierKey]:
    """Whose signatures count on what is published: the present status key, and former ones."""
    return [keyring.public("status"), *keyring.former("status")]


# --- the chain of days


def _extend_chain(years: Sequence[Exceptions], now: datetime, sealed: Mapping[str, Any]) -> None:
    chain = public_folder() / "status" / "chain.bundle"
    today = clock.day_of(now).isoformat()
    index = _index()
    if chain.exists():
        before = open_bundle(chain.read_bytes(), _keys())
        if index["days"] and index["days"][-1]["day"] >= today:
            return
        if int(now.timestamp()) <= before.sequence:
            return
        name = f"deltas/{today}.delta"
        delta = seal_delta(before, years, sequence=int(now.timestamp()), **sealed)
        write_durably(public_folder() / "status" / name, delta)
        base = before.sequence
    else:
        name, base = "", 0
    write_durably(chain, seal_full(years, sequence=int(now.timestamp()), **sealed))
    index["days"].append({"day": today, "seq": int(now.timestamp()), "base": base, "file": name})
    _write_index(index)


def _index() -> dict[str, Any]:
    path = public_folder() / "status" / "index.json"
    if not path.exists():
        return {"days": [], "years": {}}
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def _write_index(index: Mapping[str, Any]) -> None:
    write_durably(public_folder() / "status" / "index.json", json.dumps(index, indent=1).encode() + b"\n")


# --- the lists of two standards


def _yearly(years: Sequence[Exceptions], now: datetime, age: int) -> None:
    index = _index()
    key = keyring.private("status")
    signer = HeldSigner(key.signer)
    who = profile()
    for shard in years:
        state = hashlib.sha256(state_digest([shard])).hexdigest()
        before = index["years"].get(str(shard.year), {})
        if before.get("state") == state and before.get("signed", 0) > now.timestamp() - 86_400:
            continue
        url = f"{who.status}/{shard.year}"
        until = now + timedelta(seconds=age)
        document = status_lists.bitstring_credential(
            status_lists.bitstring_of(shard), url=url, issuer=who.did, valid_from=_stamp(now),
            valid_until=_stamp(until), ttl_ms=86_400_000,
        )  # fmt: skip
        signed = vc.secure(document, signer, method=vc.method_of(who.did, signer), created=now)
        token = status_lists.token_jwt(
            status_lists.token_of(shard), uri=url, kid=signer.key_id.hex(), signer=key.signer,
            issued=int(now.timestamp()), expires=int(until.timestamp()), ttl=86_400,
        )  # fmt: skip
        write_durably(public_folder() / "status" / f"{shard.year}.json", signed)
        write_durably(public_folder() / "status" / f"{shard.year}.jwt", token.encode())
        index["years"][str(shard.year)] = {"state": state, "signed": int(now.timestamp())}
    _write_index(index)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_offline(years: Sequence[Exceptions], now: datetime) -> None:
    statuses = {y.year: {slot: Status(int(s)) for slot, s in y.by_slot().items()} for y in years}
    institutions = published().exclude(institution="").values_list("institution", flat=True).distinct()
    write_durably(
        public_folder() / "trust.json",
        trust_file.dump(
            issuer_keys().values(), log_keys(now.year).values(), sorted(institutions), statuses, now
        ),
    )


# --- the second look


@dataclass(frozen=True, slots=True)
class StatusFinding:
    """One published file that does not say what the events say."""

    file: str
    what: str


def check_status() -> list[StatusFinding]:
    """Rebuild every state from the events and compare with all that is published, signatures included."""
    root = public_folder()
    years = shards()
    keys = _keys()
    findings = []

    def examine(name: str, look: Any) -> None:
        try:
            fault = look()
        except FileNotFoundError:
            fault = "missing"
        except (ChizhengError, ValueError, KeyError) as problem:
            fault = problem.say("en") if isinstance(problem, ChizhengError) else f"{type(problem).__name__}"
        if fault:
            findings.append(StatusFinding(name, fault))

    examine(
        "status.bundle", lambda: _differs(open_bundle((root / "status.bundle").read_bytes(), keys), years)
    )
    for shard in years:
        name = f"status/{shard.year}"
        examine(
            f"{name}.json", lambda s=shard, n=name: _bitstring_fault((root / f"{n}.json").read_bytes(), s)
        )
        examine(f"{name}.jwt", lambda s=shard, n=name: _token_fault((root / f"{n}.jwt").read_text(), s))
    examine("status/chain.bundle", lambda: _chain_fault(root / "status"))
    return findings


def _differs(bundle: Bundle, years: Sequence[Exceptions]) -> str:
    if bundle.state == state_digest(years):
        return ""
    for shard in years:
        shown = bundle.years[shard.year].by_slot() if shard.year in bundle.years else {}
        mine = shard.by_slot()
        wrong = sorted(s for s in mine.keys() | shown.keys() if mine.get(s) != shown.get(s))
        if wrong:
            return f"year {shard.year}, slot {wrong[0]}: {len(wrong)} states differ from the events"
    return "years differ from the events"


def _bitstring_fault(raw: bytes, shard: Exceptions) -> str:
    secured = vc.parse(raw)
    known = {key_id(Algorithm.ED25519, key.public): key for key in _keys()}
    signer = known.get(secured.key_id, keyring.public("status"))
    vc.check(secured, Ed25519Verifier(signer.public))
    encoded = secured.unsecured["credentialSubject"]["encodedList"]
    return _list_fault(status_lists.decode_bitstring(encoded), shard)


def _token_fault(token: str, shard: Exceptions) -> str:
    claims = status_lists.open_token_jwt(token, _keys(), now=0)
    return _list_fault(status_lists.read_token_json(claims["status_list"]), shard)


def _list_fault(states: status_lists.States, shard: Exceptions) -> str:
    if len(states) < shard.capacity:
        return f"{len(states)} entries instead of {shard.capacity}"
    slots = np.flatnonzero(states)
    shown = {int(s): int(states[s]) for s in slots}
    mine = {slot: int(state) for slot, state in shard.by_slot().items()}
    wrong = [s for s in mine.keys() | shown.keys() if mine.get(s) != shown.get(s)]
    return f"slot {min(wrong)}: {len(wrong)} states differ from the events" if wrong else ""


def _chain_fault(where: Path) -> str:
    """Walk the deltas backwards through the index and forwards through the files: each must fit the last."""
    keys = _keys()
    days = _index()["days"]
    end = open_bundle((where / "chain.bundle").read_bytes(), keys)
    if not days or days[-1]["seq"] != end.sequence:
        return "the index does not end at chain.bundle"
    state: bytes | None = None
    for before, day in zip([None, *days], days, strict=False):
        if before is None or not day["file"]:
            continue
        delta = open_bundle((where / day["file"]).read_bytes(), keys)
        if delta.base != before["seq"] or delta.sequence != day["seq"]:
            return f"{day['file']} does not follow {before['day']}"
        if state is not None and delta.base_state != state:
            return f"{day['file']} starts from another state"
        state = delta.state
    if state is not None and state != end.state:
        return "the last delta does not lead to chain.bundle"
    return ""
