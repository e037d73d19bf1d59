"""Private keys: files encrypted at rest, or a PKCS#11 token, behind one `Signer`.

A key file is JSON: the note name, the public key, and the 32-byte seed sealed with ChaCha20-Poly1305
under a key that scrypt makes of the passphrase; name and public key are authenticated with it. The
passphrase comes from `CHIZHENG_KEY_PASSPHRASE`, or from the file that `CHIZHENG_KEY_PASSPHRASE_FILE` names.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from chizheng.certificates.core.log_wording import bad
from chizheng.certificates.core.note import COSIGNATURE, ED25519, Signer, VerifierKey, b64, unb64
from chizheng.certificates.io.durable import write_durably
from chizheng.kernel.errors import Unavailable

FORMAT = "chizheng/key/v1"
PASSPHRASE = "CHIZHENG_KEY_PASSPHRASE"  # noqa: S105 -- the name of a variable
LOG2_N, R, P = 15, 8, 1
"""scrypt cost: 32 MB and about a tenth of a second."""
LOG2_N_LIMIT = 20


class SeedSigner:
    """An Ed25519 key in memory."""

    __slots__ = ("_public", "_secret")

    def __init__(self, seed: bytes) -> None:
        self._public, self._secret = crypto_sign_seed_keypair(seed)

    @property
    def public(self) -> bytes:
        return self._public

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[:64]

    def __repr__(self) -> str:  # never the secret
        return f"SeedSigner(public={self._public.hex()})"


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A signer and the name it signs under."""

    name: str
    signer: Signer

    @property
    def vkey(self) -> VerifierKey:
        return VerifierKey(self.name, ED25519, self.signer.public)

    @property
    def witness_vkey(self) -> VerifierKey:
        """As a witness: cosignatures have a key id of their own."""
        return VerifierKey(self.name, COSIGNATURE, self.signer.public)


def passphrase(environ: Mapping[str, str] = os.environ, variable: str = PASSPHRASE) -> bytes:
    """From the environment or the file it names; raises BadInput naming both ways."""
    text = environ.get(variable)
    if text is None and (path := environ.get(variable + "_FILE")):
        try:
            text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError:
            text = None
    if not text:
        raise bad("passphrase_missing", env=variable)
    return text.encode()


def create(path: Path, name: str, secret: bytes, *, seed: bytes | None = None) -> NamedKey:
    """Make a new key (or seal `seed`) under passphrase `secret`; never overwrites a file."""
    if path.exists():
        raise bad("key_file_malformed", path=path.name, what="it exists; keys are never overwritten")
    seed = seed or secrets.token_bytes(32)
    key = NamedKey(name, SeedSigner(seed))
    VerifierKey.parse(str(key.vkey))  # a name nobody could verify under is refused before it is kept
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    head = {
        "format": FORMAT,
        "vkey": str(key.vkey),
        "kdf": {"name": "scrypt", "log2n": LOG2_N, "r": R, "p": P, "salt": b64(salt)},
        "cipher": "chacha20-poly1305",
        "nonce": b64(nonce),
    }
    sealed = ChaCha20Poly1305(_stretch(secret, salt, LOG2_N)).encrypt(nonce, seed, _bound(head))
    write_durably(path, json.dumps({**head, "sealed": b64(sealed)}, indent=1).encode() + b"\n", mode=0o600)
    return key


def load(path: Path, secret: bytes) -> NamedKey:
    """Open a key file; a wrong passphrase and a changed file look alike."""
    whole, vkey = _read(path)
    try:
        salt, nonce, sealed = (unb64(t) for t in (whole["kdf"]["salt"], whole["nonce"], whole["sealed"]))
        log2n = whole["kdf"]["log2n"]
        if salt is None or nonce is None or sealed is None or len(nonce) != 12:
            raise ValueError("base64")
        if type(log2n) is not int or not 10 <= log2n <= LOG2_N_LIMIT:
            raise ValueError("scrypt cost")
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise bad("key_file_malformed", path=path.name, what=str(fault)) from None
    head = {k: v for k, v in whole.items() if k != "sealed"}
    try:
        seed = ChaCha20Poly1305(_stretch(secret, salt, log2n)).decrypt(nonce, sealed, _bound(head))
    except InvalidTag:
        raise bad("passphrase_wrong", path=path.name) from None
    return NamedKey(vkey.name, SeedSigner(seed))


def public_of(path: Path) -> VerifierKey:
    """The public key of a key file, without its passphrase."""
    return _read(path)[1]


def _read(path: Path) -> tuple[dict[str, Any], VerifierKey]:
    try:
        whole = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as fault:
        raise bad("key_file_malformed", path=path.name, what=type(fault).__name__) from None
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise bad("key_file_malformed", path=path.name, what=f"format is not {FORMAT}")
    return whole, VerifierKey.parse(str(whole.get("vkey")))


def _bound(head: Mapping[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, separators=(",", ":")).encode()


def _stretch(secret: bytes, salt: bytes, log2n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << log2n, r=R, p=P).derive(secret)


_PROBE: Final = b"chizheng/token-probe/v1"
"""No note and no certificate begins like this: a signature over it is of use to nobody."""


class TokenSigner:
    """An Ed25519 key on a PKCS#11 token; the private part never leaves it."""

    def __init__(self, module: str, token: str, label: str, pin: str) -> None:
        try:
            import pkcs11
        except ImportError:
            raise bad("pkcs11_missing") from None
        try:
            held = pkcs11.lib(module).get_token(token_label=token)
            try:
                session = held.open(user_pin=pin)
            except pkcs11.UserAlreadyLoggedIn:  # logging in is per process: another key of ours has done it
                session = held.open()
            self._key: Any = session.get_key(label=label, object_class=pkcs11.ObjectClass.PRIVATE_KEY)
            public = session.get_key(label=label, object_class=pkcs11.ObjectClass.PUBLIC_KEY)
            self._mechanism = pkcs11.Mechanism.EDDSA
            point = public[pkcs11.Attribute.EC_POINT]
        except (pkcs11.PKCS11Error, RuntimeError) as fault:
            raise _token_fault(fault) from None
        # tokens give the point bare or wrapped in an OCTET STRING
        self._public = bytes(point[-32:])
        self._prove()

    def _prove(self) -> None:
        """The two halves under one label may be of another kind, or not belong together: known now, not when
        a head is to be signed."""
        seal = self.sign(_PROBE)
        try:
            Ed25519PublicKey.from_public_bytes(self._public).verify(seal, _PROBE)
        except (InvalidSignature, ValueError):
            raise _token_fault("the key of this label is no Ed25519 pair") from None

    @property
    def public(self) -> bytes:
        return self._public

    def sign(self, message: bytes) -> bytes:
        import pkcs11

        try:
            return bytes(self._key.sign(message, mechanism=self._mechanism))
        except pkcs11.PKCS11Error as fault:
            raise _token_fault(fault) from None


def _token_fault(fault: Exception | str) -> Unavailable:
    from chizheng.certificates.core.log_wording import WORDING

    what = fault if isinstance(fault, str) else type(fault).__name__
    return Unavailable("pkcs11_fault", WORDING["pkcs11_fault"], what=what)
