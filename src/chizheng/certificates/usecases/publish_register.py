"""Two ways to ask without the database: the register snapshot for servers, the padded buckets for everybody."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from chizheng.certificates import keyring
from chizheng.certificates.core.register import bucket_digest, code_value, plain_name, plain_number
from chizheng.certificates.core.status import State
from chizheng.certificates.io.buckets import BucketPress, Holding
from chizheng.certificates.io.durable import write_durably
from chizheng.certificates.io.register import Columns, build
from chizheng.certificates.models import Certificate
from chizheng.certificates.queries import published, read_claims
from chizheng.certificates.usecases.publish_status import public_folder
from chizheng.platform.home import folder
from chizheng.platform.secrets import secret

_STATES: Final = {
    "valid": State.VALID, "revoked": State.REVOKED, "suspended": State.SUSPENDED, "superseded": State.SUPERSEDED,
}  # fmt: skip
SPARE: Final = 8
"""Places beyond the expected fill of a bucket: six standard deviations and a little."""


def snapshot_path() -> Path:
    return folder("register", 0o700) / "snapshot"


def _answering() -> Iterator[Certificate]:
    """The certificates that answer to number and name: of several versions with one spelling, the newest."""
    seen: set[bytes] = set()
    for row in published().order_by("-version", "pk").iterator(chunk_size=5_000):
        key = bytes(row.look_up)
        if key not in seen:
            seen.add(key)
            yield row


def publish_register(*, now: datetime) -> int:
    """Write the snapshot that answers ahead of Django; returns its bytes. A new key each time."""
    numbers, names, table = [], [], []
    for row in _answering():
        record = read_claims(row)
        numbers.append(plain_number(record.number))
        names.append(plain_name(record.name))
        packed = record.occupation_code.replace("-", "")
        table.append((
            row.status_year, row.status_slot, record.level, int(record.basis),
            int(packed) if packed.isdigit() and len(packed) < 10 else 0, code_value(record.check_code),
        ))  # fmt: skip
    columns = np.array(table, dtype=np.int64).reshape(-1, 6)
    return build(
        snapshot_path(),
        Columns(numbers, names, *(columns[:, n] for n in range(6))),
        key=secrets.token_bytes(16), as_of=int(now.timestamp()),
    )  # fmt: skip


def publish_buckets(*, now: datetime) -> Path:
    """Write a new epoch of 65,536 buckets and point `buckets/current.json` at it; the one before stays a while."""
    root = public_folder() / "buckets"
    epoch = secrets.token_bytes(16)
    holdings = [_holding(row, epoch) for row in _answering()]
    counts = np.bincount([h.prefix for h in holdings], minlength=1)
    mean = len(holdings) / 65_536
    capacity = max(int(counts.max()), int(mean + 6 * mean**0.5) + SPARE)
    key = keyring.private("status")
    press = BucketPress(
        root, epoch=epoch, capacity=capacity, signer=key.signer, filler=bytes.fromhex(secret("buckets"))
    )
    press.publish(holdings, as_of=int(now.timestamp()), name=key.name)
    current = root / "current.json"
    before = json.loads(current.read_bytes())["epoch"] if current.exists() else ""
    pointer = {
        "epoch": epoch.hex(), "before": before, "capacity": capacity, "as_of": int(now.timestamp()),
        "key": str(keyring.public("status")),
    }  # fmt: skip
    write_durably(current, json.dumps(pointer, indent=1).encode() + b"\n")
    for old in root.iterdir():
        if old.is_dir() and old.name not in (epoch.hex(), before):
            shutil.rmtree(old)
    return root / epoch.hex()


def _holding(row: Certificate, epoch: bytes) -> Holding:
    record = read_claims(row)
    whole = bucket_digest(epoch, record.number, record.name, record.check_code)
    return Holding(whole, _STATES[row.state], record.level, int(record.basis))
