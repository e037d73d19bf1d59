"""The house's keys, each a file encrypted at rest under `<home>/keys`, and who may reach which.

    root      signs the trust list; used in a ceremony, then put away
    issuer    signs certificates; reachable from `usecases.issue_batch` and `usecases.credentials` only
    log       signs checkpoints and log promises
    status    signs status bundles

A deployment gives each its own user, machine or token (docs/key-ceremony.md); here they are files, and
`CHIZHENG_MODE` says which this process may open. The passphrase is `CHIZHENG_KEY_PASSPHRASE` (or its
`_FILE`), else a secret the program made for itself.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.io import keys
from chizheng.kernel.errors import Forbidden, Unavailable
from chizheng.kernel.wording import Wording
from chizheng.platform.home import folder
from chizheng.platform.secrets import secret

NAMES: Final = ("root", "issuer", "log", "status")
_MAY_OPEN: Final = {
    "all": {"root", "issuer", "log", "status"},
    "issuer": {"issuer", "log"},
    "log": {"log", "status"},
    "ceremony": {"root"},
}

_MODE = Wording(
    zh="运行模式“{mode}”无权使用“{name}”密钥；请由{allowed}进程办理",
    en="run mode '{mode}' may not use the '{name}' key; ask the process of mode {allowed}",
)
_MISSING = Wording(
    zh="还没有“{name}”密钥；请先运行 chizheng keys init（密钥仪式）",
    en="there is no '{name}' key yet; run `chizheng keys init` first",
)


def path(name: str) -> Path:
    return folder("keys", 0o700) / f"{name}.key"


def origin(name: str) -> str:
    """The name under which a key signs notes, e.g. `chizheng.example/log`."""
    return f"{os.environ.get('CHIZHENG_ORIGIN', 'chizheng.local')}/{name}"


def exists() -> bool:
    """Are all the keys there?"""
    return all(path(name).exists() for name in NAMES)


def make() -> list[str]:
    """Make the keys that are missing; keys that exist are never touched. Returns the names made."""
    made = []
    for name in NAMES:
        if not path(name).exists():
            keys.create(path(name), origin(name), _passphrase())
            made.append(name)
    return made


def public(name: str) -> VerifierKey:
    """The public half, which every process may know."""
    if not path(name).exists():
        raise Unavailable("no_key", _MISSING, name=name)
    return _public(name, path(name).stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _public(name: str, stamp: int) -> VerifierKey:
    return keys.public_of(path(name))


def private(name: str) -> keys.NamedKey:
    """The private half; raises Forbidden in a process that has no business with it."""
    mode = settings.RUN_MODE
    if name not in _MAY_OPEN.get(mode, set()):
        allowed = " / ".join(m for m, names in _MAY_OPEN.items() if name in names)
        raise Forbidden("key_not_for_mode", _MODE, mode=mode, name=name, allowed=allowed)
    if not path(name).exists():
        raise Unavailable("no_key", _MISSING, name=name)
    return _private(name, str(path(name)))


@lru_cache(maxsize=16)
def _private(name: str, where: str) -> keys.NamedKey:
    return keys.load(path(name), _passphrase())


def _passphrase() -> bytes:
    if os.environ.get(keys.PASSPHRASE) or os.environ.get(f"{keys.PASSPHRASE}_FILE"):
        return keys.passphrase()
    return secret("keys").encode()
