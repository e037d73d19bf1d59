"""Two ways to ask without the database: the register snapshot for servers, the padded buckets for everybody."""

from __future__ import annotations

import json
import secrets
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db.models import Q

from chizheng.certificates import keyring
from chizheng.certificates.core import names
from chizheng.certificates.core.claims import Claims
from chizheng.certificates.core.log_wording import bad
from chizheng.certificates.core.register import bucket_digest, code_value, plain_name, plain_number
from chizheng.certificates.core.status import State
from chizheng.certificates.io.buckets import MOST_BITS, BucketPress, Holding, bits_for
from chizheng.certificates.io.durable import write_durably
from chizheng.certificates.io.register import Columns, Register, build
from chizheng.certificates.models import Certificate, CertificateEvent
from chizheng.certificates.queries import published, read_claims
from chizheng.certificates.usecases.publish_status import max_age_days, public_folder
from chizheng.kernel.errors import ChizhengError
from chizheng.platform.home import folder
from chizheng.platform.secrets import secret

_STATES: Final = {
    "valid": State.VALID, "revoked": State.REVOKED, "suspended": State.SUSPENDED, "superseded": State.SUPERSEDED,
}  # fmt: skip
SPARE: Final = 8
"""Places beyond the expected fill of a bucket: six standard deviations and a little."""


def snapshot_path() -> Path:
    return folder("register", 0o700) / "snapshot"


def buckets_folder() -> Path:
    """What is served as `/buckets`, by this site or any web server: one folder for each epoch."""
    path = public_folder() / "buckets"
    path.mkdir(parents=True, exist_ok=True)
    return path


def pointer_path() -> Path:
    return buckets_folder() / "current.json"


def _answering() -> Iterator[tuple[Certificate, Claims]]:
    """The certificates that answer to number and name, with their records: of several versions with one
    spelling, the newest."""
    seen: set[bytes] = set()
    for row in published().order_by("-version", "pk").iterator(chunk_size=5_000):
        record = read_claims(row)
        key = sha256(f"{record.number}\x1f{names.folded(record.name)}".encode()).digest()
        if key not in seen:
            seen.add(key)
            yield row, record


def publish_register(*, now: datetime) -> int:
    """Write the snapshot that answers ahead of Django; returns its bytes. A new key each time."""
    numbers, spelt, table = [], [], []
    for row, record in _answering():
        numbers.append(plain_number(record.number))
        spelt.append(plain_name(record.name))
        packed = record.occupation_code.replace("-", "")
        table.append((
            row.status_year, row.status_slot, record.level, int(record.basis),
            int(packed) if packed.isdigit() and len(packed) < 10 else 0, code_value(record.check_code),
        ))  # fmt: skip
    columns = np.array(table, dtype=np.int64).reshape(-1, 6)
    return build(
        snapshot_path(),
        Columns(numbers, spelt, *(columns[:, n] for n in range(6))),
        key=secrets.token_bytes(16), as_of=int(now.timestamp()),
    )  # fmt: skip


def publish_buckets(*, now: datetime) -> Path:
    """Write a new epoch of buckets and point `buckets/current.json` at it; the one before stays a while.

    The number of buckets follows that of the certificates, or the setting CHIZHENG_BUCKET_BITS.
    """
    root = buckets_folder()
    epoch = secrets.token_bytes(16)
    holdings = [_holding(row, record, epoch) for row, record in _answering()]
    bits = _bits(len(holdings))
    counts = np.bincount([h.prefix(bits) for h in holdings], minlength=1)
    mean = len(holdings) / (1 << bits)
    capacity = max(int(counts.max()), int(mean + 6 * mean**0.5) + SPARE)
    press, name = _press(epoch, bits, capacity)
    press.publish(holdings, as_of=int(now.timestamp()), name=name)
    current = pointer_path()
    before = json.loads(current.read_bytes())["epoch"] if current.exists() else ""
    pointer = {
        "epoch": epoch.hex(), "before": before, "bits": bits, "capacity": capacity, "as_of": int(now.timestamp()),
        "whole": int(now.timestamp()), "key": str(keyring.public("status")),
    }  # fmt: skip
    write_durably(current, json.dumps(pointer, indent=1).encode() + b"\n")
    for old in root.iterdir():
        if old.is_dir() and old.name not in (epoch.hex(), before):
            shutil.rmtree(old)
    return root / epoch.hex()


def refresh_register(*, now: datetime) -> list[str]:
    """Bring what was published up to date after an issue or a turn; says what was written.

    The snapshot is made anew where certificates were published since; buckets, where they have been
    published at all, change in the files that are concerned, or begin a new epoch when one is full
    or the register has outgrown their number.
    """
    done = []
    at = _taken_at(snapshot_path())
    if at is None or published().filter(batch__published_at__gt=at).exists():
        publish_register(now=now)
        done.append("register")
    if pointer_path().exists():
        pointer = json.loads(pointer_path().read_bytes())
        since = datetime.fromtimestamp(pointer["as_of"], UTC)
        turned = CertificateEvent.objects.filter(at__gte=since).values("certificate")
        touched = published().filter(Q(batch__published_at__gte=since) | Q(pk__in=turned))
        if "bits" not in pointer:  # of the format before: readers of this one cannot use it
            publish_buckets(now=now)
            done.append("buckets")
        elif numbers := set(touched.values_list("number", flat=True)):
            _rewrite(pointer, numbers, now)
            done.append("buckets")
    return done


def publish_due(*, now: datetime) -> list[str]:
    """What is done every day: `refresh_register`, and all buckets whole again before they look out of date.

    Every bucket says of when it is and past `verification.status_max_age_days` nobody takes "valid" from it,
    so those that nothing happened in are written anew at half that age. Buckets begin where there are none.
    """
    current = pointer_path()
    whole = json.loads(current.read_bytes()).get("whole", 0) if current.exists() else 0
    if now.timestamp() - whole < max_age_days(now) * 86_400 / 2:
        return refresh_register(now=now)
    publish_buckets(now=now)
    return [*refresh_register(now=now), "buckets"]


def _rewrite(pointer: dict[str, Any], touched: Collection[str], now: datetime) -> None:
    """Write the buckets again in which a certificate with one of these numbers stands."""
    epoch = bytes.fromhex(pointer["epoch"])
    bits = pointer["bits"]
    changed: set[int] = set()
    by_prefix: dict[int, list[Holding]] = defaultdict(list)
    count = 0
    for row, record in _answering():
        holding = _holding(row, record, epoch)
        count += 1
        by_prefix[prefix := holding.prefix(bits)].append(holding)
        if row.number in touched:
            changed.add(prefix)
    if _bits(count) != bits or any(len(by_prefix[prefix]) > pointer["capacity"] for prefix in changed):
        publish_buckets(now=now)
        return
    press, name = _press(epoch, bits, pointer["capacity"])
    as_of = int(now.timestamp())
    press.rewrite({prefix: by_prefix[prefix] for prefix in sorted(changed)}, as_of=as_of, name=name)
    write_durably(pointer_path(), json.dumps(pointer | {"as_of": as_of}, indent=1).encode() + b"\n")


def _press(epoch: bytes, bits: int, capacity: int) -> tuple[BucketPress, str]:
    key = keyring.private("status")
    filler = bytes.fromhex(secret("buckets"))
    press = BucketPress(
        buckets_folder(), epoch=epoch, bits=bits, capacity=capacity, signer=key.signer, filler=filler
    )
    return press, key.name


def _bits(count: int) -> int:
    """Bits that name a bucket of a register of `count`: as set, else as many as leave each in company."""
    wanted = settings.BUCKET_BITS
    if not wanted:
        return bits_for(count)
    if not wanted.isascii() or not wanted.isdecimal() or int(wanted) > MOST_BITS:
        raise bad("bucket_bits", value=wanted[:20], most=MOST_BITS)
    return int(wanted)


def _taken_at(snapshot: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(Register(snapshot).as_of, UTC)
    except ChizhengError:
        return None


def _holding(row: Certificate, record: Claims, epoch: bytes) -> Holding:
    whole = bucket_digest(epoch, record.number, record.name, record.check_code)
    return Holding(whole, _STATES[row.state], record.level, int(record.basis))
