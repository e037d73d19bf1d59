"""Rotate a key of the house: one person asks, another confirms, and the trust list says it before the key is used.

    issuer   the old key ends at the log's size of that moment, while nobody can append
    status   both count for a while: verifiers still hold what the old one signed
    log      only before the year's first entry: a shard keeps the key it was begun with
    root     the next list is signed by the old root and by the new one
    pdf      its root certificate is published beside the list, which does not name it

`confirm_rotation` publishes the list first and then puts the new key in its place; stopped in between, it is
run again and finishes. Where the list asks for more root signatures than this house has, it writes what is to be
signed (`chizheng keys sign`) and `publish_list` finishes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from chizheng.certificates import keyring
from chizheng.certificates.core import keys as keys_
from chizheng.certificates.core.keys import Algorithm
from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.core.trust import DatedKey, IssuerKey, LogSpan, SignedList, TrustList, accept
from chizheng.certificates.house import SINCE, authority_of_house, name_of_house, profile
from chizheng.certificates.io.durable import write_durably
from chizheng.certificates.io.tilelog import TileReader, locked, shards
from chizheng.certificates.models import Batch, Commitment
from chizheng.certificates.usecases.commit_sitting import log_folder
from chizheng.certificates.usecases.publish_trust import published_list
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, NotFound, Refused
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand
from chizheng.platform import clock, ledger

KINDS: Final = (*keyring.NAMES, "pdf")
_ROLES: Final = ("administrator", "authority")

_ROLE = Wording(
    zh="密钥由系统管理员和劳动行政部门轮换", en="keys are rotated by administrators and the authority"
)
_SAME = Wording(zh="申请和确认须由两个人办理", en="asking and confirming take two different people")
_KIND = Wording(
    zh="没有“{value}”这种密钥；可轮换：{known}", en="there is no key '{value}'; there are {known}"
)
_ONE = Wording(
    zh="“{name}”密钥的轮换已由{by}申请；先确认或撤回",
    en="the rotation of '{name}' was asked by {by}; confirm or withdraw it",
)
_NONE = Wording(zh="没有待确认的密钥轮换", en="no rotation waits for confirmation")
_TOKEN = Wording(
    zh="“{name}”密钥在硬件令牌里：请在令牌上以新标签生成，再改 CHIZHENG_TOKEN_KEYS 的设置并重新签发信任名单",
    en="the '{name}' key is on a token: make the next one there under a new label, then sign the list anew",
)
_BEGUN = Wording(
    zh="{year} 年的日志已有条目；日志密钥只能在一年的第一条之前轮换。密钥被盗的处理见密钥仪式文档",
    en="the log of {year} has entries; its key rotates before the first of a year. For theft see the key ceremony",
)
_PENDING = Wording(
    zh="还有 {count} 件已写入或待写入日志的工作没有办完；先运行 chizheng issue",
    en="{count} pieces of work are half way into the log; run `chizheng issue` first",
)
_MORE = Wording(
    zh="信任名单还差 {missing} 个根签名；请由其他持根人运行 chizheng keys sign {file} --key 根密钥，再 chizheng keys publish {file}",
    en="the list lacks {missing} root signatures; let other holders run `chizheng keys sign {file} --key ROOT`, "
    "then `chizheng keys publish {file}`",
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation that waits: which key, asked by whom, and the next public key ('' for the PDF seal)."""

    name: str
    by: int
    vkey: str
    asked_at: str


def pending() -> Rotation | None:
    """The rotation that waits for a second person."""
    try:
        return Rotation(**json.loads(_note().read_bytes()))
    except FileNotFoundError:
        return None


def ask_rotation(*, name: str, actor: Account, now: datetime) -> Rotation:
    """Make the next key beside the present one; nothing is published yet."""
    _require(actor)
    if name not in KINDS:
        raise BadInput("key_kind", _KIND, value=name[:20], known=", ".join(KINDS))
    waiting = pending()
    if waiting is not None:
        raise Conflict("rotation_waits", _ONE, name=waiting.name, by=_display(waiting.by))
    if keyring.on_token(name):
        raise Refused("key_on_token", _TOKEN, name=name)
    if name == "log":
        _require_fresh_year(clock.day_of(now).year)
    published_list()  # raises where there is no list to extend
    if name == "pdf":
        keyring.make_next_seal(name_of_house(on=clock.day_of(now)), now)
        vkey = ""
    else:
        vkey = str(keyring.make_next(name).vkey)
    asked = Rotation(name, actor.pk, vkey, now.isoformat())
    body = {"name": asked.name, "by": asked.by, "vkey": asked.vkey, "asked_at": asked.asked_at}
    write_durably(_note(), json.dumps(body).encode(), mode=0o600)
    _record("keys.ask_rotation", actor, now, key=name, vkey=vkey)
    return asked


def withdraw_rotation(*, actor: Account, now: datetime) -> None:
    """Give up what waits and destroy the key made for it; anybody of the two desks may."""
    _require(actor)
    waiting = _waiting()
    keyring.drop_next(waiting.name)
    _note().unlink()
    _record("keys.withdraw_rotation", actor, now, key=waiting.name)


def confirm_rotation(*, actor: Account, now: datetime) -> str:
    """A second person confirms: the list with the new key is published and the key takes its place; returns the name."""
    _require(actor)
    waiting = _waiting()
    if by_same_hand(actor, waiting.by):
        raise Conflict("self_approval", _SAME)
    if waiting.name == "log":
        _require_fresh_year(clock.day_of(now).year)
    if waiting.name == "pdf":
        _finish(waiting, now)
        write_durably(keyring.trust_list().with_name("pdf-root.der"), keyring.pdf_root())
    else:
        with _nothing_appended():
            before = published_list().list
            listed = _rotated(before, waiting, now)
            offered = _signed(SignedList(listed, ()), waiting)
            got = min(offered.good_roots(x.roots) - x.threshold for x in (before, listed))
            if got < 0:
                file = keyring.trust_list().with_suffix(".proposed.json")
                write_durably(file, bytes(offered))
                raise Refused("roots_missing", _MORE, missing=-got, file=str(file))
            publish_list(offered=offered, actor=actor, now=now)
    _record("keys.confirm_rotation", actor, now, key=waiting.name, asked_by=waiting.by)
    return waiting.name


def publish_list(*, offered: SignedList, actor: Account, now: datetime) -> TrustList:
    """Publish a list whose signatures suffice against the one that is published; finishes a rotation that waits for it."""
    _require(actor)
    waiting = pending()
    if waiting is not None and waiting.vkey and by_same_hand(actor, waiting.by):
        raise Conflict("self_approval", _SAME)
    before = published_list()
    new = accept(
        offered, held=before.list, pinned=before.list.roots, pinned_threshold=before.list.threshold,
        now=int(now.timestamp()),
    )  # fmt: skip
    write_durably(keyring.trust_list(), bytes(offered))
    if waiting is not None and waiting.vkey and _lists(new, waiting):
        _finish(waiting, now)
    _record("keys.publish_list", actor, now, sequence=new.sequence)
    return new


# --- the list


@contextmanager
def _nothing_appended() -> Iterator[None]:
    """Hold the shards' own locks: what is in the log now was allowed to the old key, what comes is not."""
    root = log_folder()
    with ExitStack() as held:
        for shard in shards(root) if root.exists() else []:
            held.enter_context(locked(shard))
        yield


def _rotated(before: TrustList, waiting: Rotation, now: datetime) -> TrustList:
    """The next list: what was listed stays, the new key joins, the old one ends where its kind says."""
    if _lists(before, waiting):  # published already, stopped before the key took its place
        return before
    today, new = clock.day_of(now), VerifierKey.parse(waiting.vkey)
    listed = replace(before, sequence=before.sequence + 1, issued_at=int(now.timestamp()))
    if waiting.name == "issuer":
        return replace(listed, issuers=(*map(_ended, before.issuers), _issuer(before, new)))
    if waiting.name == "status":
        old = keyring.public("status")
        last = today + timedelta(days=law().number("verification.status_key_overlap_days", on=today))
        ended = (
            DatedKey(d.key, Period(d.period.start, last)) if d.key == old and d.period.end is None else d
            for d in before.status
        )
        return replace(listed, status=(*ended, DatedKey(new, Period(today))))
    if waiting.name == "root":
        old = keyring.public("root")
        return replace(listed, roots=tuple(new if root == old else root for root in before.roots))
    fresh = {f"{keyring.origin('log')}/{y}" for y in range(today.year, today.year + 100)}
    kept = tuple(d for d in before.logs if d.key.name not in fresh)
    begun = tuple(
        DatedKey(VerifierKey(d.key.name, d.key.kind, new.public), d.period)
        for d in before.logs
        if d.key.name in fresh
    )
    return replace(listed, logs=(*kept, *begun))


def _sizes() -> dict[str, int]:
    """Entries of each shard by its origin."""
    root = log_folder()
    found = {}
    for shard in shards(root) if root.exists() else []:
        lines = TileReader(shard).checkpoint().split(b"\n")
        found[lines[0].decode()] = int(lines[1])
    return found


def _ended(key: IssuerKey) -> IssuerKey:
    """Our present key, closed at what the log holds now; others as they stand."""
    if key.public != keyring.public("issuer").public:
        return key
    sizes = _sizes()
    if key.spans:
        spans = tuple(
            replace(s, end=sizes.get(s.origin, 0)) if s.end is None else s
            for s in key.spans if s.end is not None or sizes.get(s.origin, 0) > s.first
        )  # fmt: skip
    else:
        spans = tuple(LogSpan(origin, 0, size) for origin, size in sorted(sizes.items()))
    # a key that has signed nothing yet keeps a span of nothing: no span at all would mean every entry
    return replace(key, spans=spans or (LogSpan(f"{keyring.origin('log')}/-", 0, 0),))


def _issuer(before: TrustList, new: VerifierKey) -> IssuerKey:
    """The new key, for logged certificates only; of old ones too, for a wallet's copy is signed when it is asked for."""
    return IssuerKey(
        keys_.key_id(Algorithm.ED25519, new.public).hex(), profile().did, authority_of_house(), "ed25519", new.public,
        Period(SINCE), tuple(LogSpan(d.key.name) for d in before.logs),
    )  # fmt: skip


def _lists(listed: TrustList, waiting: Rotation) -> bool:
    public = VerifierKey.parse(waiting.vkey).public
    held = {
        "issuer": [i.public for i in listed.issuers], "status": [d.key.public for d in listed.status],
        "root": [r.public for r in listed.roots], "log": [d.key.public for d in listed.logs],
    }  # fmt: skip
    return public in held[waiting.name]


def _signed(offered: SignedList, waiting: Rotation) -> SignedList:
    """By our root, and by the next one too where the root rotates."""
    roots = [keyring.private("root")]
    if waiting.name == "root" and keyring.next_path("root").exists():
        roots.append(keyring.private_next("root"))
    for root in roots:
        offered = offered.signed(root.name, root.signer)
    return offered


# --- the key


def _finish(waiting: Rotation, now: datetime) -> None:
    keyring.take_next(waiting.name, day=clock.day_of(now))
    _note().unlink(missing_ok=True)


def _require_fresh_year(year: int) -> None:
    if _sizes().get(f"{keyring.origin('log')}/{year}", 0):
        raise Refused("log_begun", _BEGUN, year=year)
    count = Commitment.objects.filter(log_index__isnull=True).count()
    count += Batch.objects.filter(state__in=["reserved", "logged"]).count()
    if count:
        raise Conflict("log_pending", _PENDING, count=count)


# --- small things


def _note() -> Path:
    return keyring.next_path("root").with_name("rotation.json")


def _waiting() -> Rotation:
    waiting = pending()
    if waiting is None:
        raise NotFound("no_rotation", _NONE)
    return waiting


def _require(actor: Account) -> None:
    if actor.role not in _ROLES:
        raise Forbidden("not_your_desk", _ROLE)


def _display(pk: int) -> str:
    return str(Account.objects.get(pk=pk))


@transaction.atomic
def _record(verb: str, actor: Account, now: datetime, **more: Any) -> None:
    ledger.record(verb=verb, subject=("keys", "house"), actor=actor, now=now, **more)
