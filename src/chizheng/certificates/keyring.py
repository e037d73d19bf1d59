"""The house's keys, each a file encrypted at rest under `<home>/keys`, and who may reach which.

    root      signs the trust list; used in a ceremony, then put away
    issuer    signs certificates; reachable from `usecases.issue_batch` and `usecases.credentials` only
    log       signs checkpoints and log promises
    status    signs status bundles
    pdf       seals PDFs on request (X.509, PKCS#12); not needed for verification

A deployment gives each its own user, machine or token (docs/key-ceremony.md): names in `CHIZHENG_TOKEN_KEYS`
are keys of that label on a PKCS#11 token, the others are files. `CHIZHENG_MODE` says which this process may open. The passphrase is `CHIZHENG_KEY_PASSPHRASE` (or its
`_FILE`), else a secret the program made for itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.core.witness import Quorum
from chizheng.certificates.io import keys, pdf_seal
from chizheng.certificates.io.durable import flush_folder, write_durably
from chizheng.certificates.io.pades import PdfSeal
from chizheng.kernel.errors import BadInput, ChizhengError, Forbidden, Unavailable
from chizheng.kernel.wording import Wording
from chizheng.platform.home import folder
from chizheng.platform.secrets import secret

NAMES: Final = ("root", "issuer", "log", "status")
_MAY_OPEN: Final = {
    "all": {"root", "issuer", "log", "status", "pdf"},
    "issuer": {"issuer", "log", "pdf"},
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
_WITNESS = Wording(
    zh="见证方名单 {path} 第 {line} 行有误：{why}。每行写“见证公钥 地址”，地址可省",
    en="line {line} of the witness list {path}: {why}. Write 'VKEY URL' on a line; the URL may be left out",
)
_QUORUM = Wording(
    zh="CHIZHENG_WITNESS_QUORUM 是“{value}”，应为 0 至 {most} 的整数（名单 keys/witnesses 里有 {most} 个见证方）",
    en="CHIZHENG_WITNESS_QUORUM is '{value}'; it must be 0 to {most}, the witnesses in keys/witnesses",
)


TOKEN_KEYS: Final = "CHIZHENG_TOKEN_KEYS"  # noqa: S105 - a variable's name
"""Names of keys that live on a token, e.g. `issuer,log`; with `CHIZHENG_TOKEN_MODULE` (the library),
`CHIZHENG_TOKEN` (its label) and `CHIZHENG_TOKEN_PIN` (or its `_FILE`)."""


def on_token(name: str) -> bool:
    return name in os.environ.get(TOKEN_KEYS, "").split(",")


def path(name: str) -> Path:
    """The key's file; of a key on a token only the public half, as text."""
    return folder("keys", 0o700) / (f"{name}.vkey" if on_token(name) else f"{name}.key")


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
        if path(name).exists():
            continue
        if on_token(name):  # made in the token's own ceremony; we note its public half
            key = keys.NamedKey(origin(name), _token(name))
            write_durably(path(name), f"{key.vkey}\n".encode())
        else:
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
    if on_token(name):
        return VerifierKey.parse(path(name).read_text().strip())
    return keys.public_of(path(name))


def private(name: str) -> keys.NamedKey:
    """The private half; raises Forbidden in a process that has no business with it."""
    require(name)
    return _private(name, str(path(name)), path(name).stat().st_mtime_ns)


def require(name: str) -> None:
    """Raise where this process may not open a key (Forbidden), or nobody can for there is none (Unavailable)."""
    _require_mode(name)
    if not path(name).exists():
        raise Unavailable("no_key", _MISSING, name=name)


def _require_mode(name: str) -> None:
    mode = settings.RUN_MODE
    if name not in _MAY_OPEN.get(mode, set()):
        allowed = " / ".join(m for m, names in _MAY_OPEN.items() if name in names)
        raise Forbidden("key_not_for_mode", _MODE, mode=mode, name=name, allowed=allowed)


def trust_list() -> Path:
    """The published trust list, signed by the root."""
    return folder("public") / "trust-list.json"


# --- rotation: the key to come stands beside the present one; of former ones only the public half is kept


def next_path(name: str) -> Path:
    """Where the key to come is kept until a second person has confirmed it."""
    return folder("keys", 0o700) / ("pdf.next.p12" if name == "pdf" else f"{name}.next.key")


def make_next(name: str) -> keys.NamedKey:
    return keys.create(next_path(name), origin(name), _passphrase())


def private_next(name: str) -> keys.NamedKey:
    """The key to come, for the one signature by which it joins the list itself."""
    _require_mode(name)
    return keys.load(next_path(name), _passphrase())


def make_next_seal(name: str, now: datetime) -> None:
    sealed, certificate = pdf_seal.make(name, _passphrase(), now)
    write_durably(next_path("pdf").with_suffix(".der"), certificate)
    write_durably(next_path("pdf"), sealed, mode=0o600)


def drop_next(name: str) -> None:
    for file in (next_path(name), next_path(name).with_suffix(".der")):
        file.unlink(missing_ok=True)


def take_next(name: str, *, day: date) -> None:
    """Put the key to come in the place of the present one, whose private half is gone with that. Safe to run twice."""
    coming = next_path(name)
    if not coming.exists():
        return
    if name == "pdf":
        os.replace(coming.with_suffix(".der"), folder("keys", 0o700) / "pdf-root.der")
        os.replace(coming, folder("keys", 0o700) / "pdf.p12")
    else:
        old = public(name)
        until = str(day.year) if name == "log" else f"{day.isoformat()}.{old.id.hex()}"
        write_durably(folder("keys", 0o700) / f"{name}.{until}.former", f"{old}\n".encode())
        os.replace(coming, path(name))
    flush_folder(folder("keys", 0o700))


def former(name: str) -> tuple[VerifierKey, ...]:
    """Public halves of keys that were rotated away, the latest first."""
    files = sorted(folder("keys", 0o700).glob(f"{name}.*.former"), reverse=True)
    return tuple(VerifierKey.parse(file.read_text().strip()) for file in files)


def public_of_log(year: int) -> VerifierKey:
    """The log key of the shard of `year`: a shard keeps the key it was begun with."""
    for until, key in _former_log_keys(folder("keys", 0o700).stat().st_mtime_ns, str(folder("keys", 0o700))):
        if year < until:
            return key
    return public("log")


@lru_cache(maxsize=2)
def _former_log_keys(stamp: int, where: str) -> tuple[tuple[int, VerifierKey], ...]:
    files = sorted(Path(where).glob("log.*.former"))
    return tuple((int(f.name.split(".")[1]), VerifierKey.parse(f.read_text().strip())) for f in files)


def make_pdf_seal(name: str, now: datetime) -> bool:
    """Make the certificate that seals PDFs where there is none; a deployment puts its own in its place."""
    packed, root = folder("keys", 0o700) / "pdf.p12", folder("keys", 0o700) / "pdf-root.der"
    if packed.exists():
        return False
    sealed, certificate = pdf_seal.make(name, _passphrase(), now)
    write_durably(root, certificate)
    write_durably(packed, sealed, mode=0o600)
    return True


def pdf_root() -> bytes:
    """The root (DER) that readers of sealed PDFs must trust."""
    return (folder("keys", 0o700) / "pdf-root.der").read_bytes()


def pdf_signer() -> PdfSeal:
    """The seal for PDFs; only where this process may open it."""
    _require_mode("pdf")
    packed = folder("keys", 0o700) / "pdf.p12"
    if not packed.exists():
        raise Unavailable("no_key", _MISSING, name="pdf")
    return _pdf_signer(str(packed), packed.stat().st_mtime_ns)


@dataclass(frozen=True, slots=True)
class KnownWitness:
    """A body that cosigns our log; `url`: where it is asked, '' where its lines come by file."""

    key: VerifierKey
    url: str = ""


def witnesses() -> tuple[KnownWitness, ...]:
    """The witnesses of `keys/witnesses`, one a line: verifier key, then the address to ask it at."""
    where = folder("keys", 0o700) / "witnesses"
    found = []
    for number, line in enumerate(where.read_text().splitlines() if where.exists() else (), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        vkey, _, url = text.partition(" ")
        try:
            found.append(KnownWitness(VerifierKey.parse(vkey), url.strip()))
        except ChizhengError as fault:
            raise BadInput("witness_list", _WITNESS, path=where.name, line=number, why=fault.say()) from None
    return tuple(found)


def quorum() -> Quorum:
    """How many of our witnesses a head needs: `CHIZHENG_WITNESS_QUORUM` of those in `keys/witnesses`."""
    known = witnesses()
    value = os.environ.get("CHIZHENG_WITNESS_QUORUM", "0")
    if not value.isdecimal() or int(value) > len(known):
        raise BadInput("witness_quorum", _QUORUM, value=value[:20], most=len(known))
    return Quorum(int(value), tuple(w.key for w in known))


@lru_cache(maxsize=2)
def _pdf_signer(packed: str, stamp: int) -> PdfSeal:
    return PdfSeal.from_pkcs12(Path(packed).read_bytes(), _passphrase().decode())


@lru_cache(maxsize=16)
def _private(name: str, where: str, stamp: int) -> keys.NamedKey:
    if on_token(name):
        return keys.NamedKey(public(name).name, _token(name))
    return keys.load(path(name), _passphrase())


def _token(name: str) -> keys.TokenSigner:
    pin = keys.passphrase(variable="CHIZHENG_TOKEN_PIN").decode()
    module, token = (os.environ.get(v, "") for v in ("CHIZHENG_TOKEN_MODULE", "CHIZHENG_TOKEN"))
    return keys.TokenSigner(module, token, name, pin)


def _passphrase() -> bytes:
    if os.environ.get(keys.PASSPHRASE) or os.environ.get(f"{keys.PASSPHRASE}_FILE"):
        return keys.passphrase()
    return secret("keys").encode()
