"""The same two bits in the words of two standards.

Bitstring Status List (W3C): bits counted from the most significant, GZIP, multibase base64url, at
least 131,072 entries. Token Status List (IETF): entries from the least significant bit of each byte,
zlib at level 9, as a JWT or CWT with `exp` and `ttl`.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import cbor2
import numpy as np
from numpy.typing import NDArray

from chizheng.certificates.core.log_wording import bad, refused
from chizheng.certificates.core.note import Signer, VerifierKey
from chizheng.certificates.core.status import Exceptions

States = NDArray[np.uint8]

BITSTRING_FLOOR = 131_072
"""Smallest number of entries: below it a list says too much about too few (W3C, 6.1)."""
UNPACKED_LIMIT = 32 << 20
"""Bytes: a small file must not unpack to a full memory."""
WIDTHS = (1, 2, 4, 8)

_PURPOSES = ("valid", "revoked", "suspended", "superseded")


def pack(states: States, bits: int, *, msb_first: bool) -> bytes:
    """States of `bits` bits each, packed; the value itself is written most significant bit first in a
    Bitstring list, and stands at its place value in a Token list."""
    if bits not in WIDTHS or (states.size and int(states.max()) >> bits):
        raise bad("status_malformed", what=f"states do not fit {bits} bits")
    per = 8 // bits
    padded = np.zeros(-(-len(states) // per) * per, dtype=np.uint8)
    padded[: len(states)] = states
    rows = padded.reshape(-1, per)
    packed = np.zeros(len(rows), dtype=np.uint8)
    for place in range(per):
        packed |= rows[:, place] << np.uint8(bits * (per - 1 - place if msb_first else place))
    return packed.tobytes()


def unpack(raw: bytes, bits: int, *, msb_first: bool) -> States:
    """The inverse of `pack`, padding included."""
    if bits not in WIDTHS:
        raise bad("status_malformed", what=f"{bits} bits per entry")
    per = 8 // bits
    packed = np.frombuffer(raw, dtype=np.uint8)
    rows = np.empty((len(packed), per), dtype=np.uint8)
    for place in range(per):
        shift = np.uint8(bits * (per - 1 - place if msb_first else place))
        rows[:, place] = packed >> shift & np.uint8((1 << bits) - 1)
    return rows.reshape(-1)


def pack_exceptions(shard: Exceptions, *, msb_first: bool) -> bytes:
    """`pack` of a yearly shard at two bits, from its exceptions alone: no byte per certificate on the way."""
    packed = np.zeros(-(-shard.capacity // 4), dtype=np.uint8)
    for state, slots in shard.slots.items():
        place = (slots & 3).astype(np.uint8)
        shift = 2 * ((3 - place) if msb_first else place)
        np.bitwise_or.at(packed, slots >> 2, (np.uint8(state) << shift).astype(np.uint8))
    return packed.tobytes()


def _b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _unb64url(text: str) -> bytes:
    try:
        raw = text.encode("ascii")
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise bad("status_malformed", what="not base64url") from None


def _inflate(raw: bytes, wbits: int) -> bytes:
    stream = zlib.decompressobj(wbits)
    try:
        plain = stream.decompress(raw, UNPACKED_LIMIT)
    except zlib.error:
        raise bad("status_malformed", what="not compressed as it should be") from None
    if stream.unconsumed_tail or not stream.eof:
        raise bad("status_malformed", what="truncated or too large")
    return plain


def encode_bitstring(states: States, bits: int = 2) -> str:
    """`encodedList` of a Bitstring Status List."""
    padded = np.zeros(max(len(states), BITSTRING_FLOOR), dtype=np.uint8)
    padded[: len(states)] = states
    return "u" + _b64url(gzip.compress(pack(padded, bits, msb_first=True), 9, mtime=0))


def decode_bitstring(encoded: str, bits: int = 2) -> States:
    """States of an `encodedList`; the multibase letter of version 1.0 may be missing (older lists)."""
    body = encoded[1:] if encoded.startswith("u") else encoded
    return unpack(_inflate(_unb64url(body), 16 + zlib.MAX_WBITS), bits, msb_first=True)


def bitstring_of(shard: Exceptions) -> str:
    """`encodedList` of a whole yearly shard."""
    packed = pack_exceptions(shard, msb_first=True).ljust(BITSTRING_FLOOR // 4, b"\0")
    return "u" + _b64url(gzip.compress(packed, 6, mtime=0))


def token_of(shard: Exceptions) -> dict[str, Any]:
    """The `status_list` claim of a whole yearly shard."""
    return {"bits": 2, "lst": _b64url(zlib.compress(pack_exceptions(shard, msb_first=False), 6))}


def bitstring_credential(
    encoded: str, *, url: str, issuer: str, valid_from: str, valid_until: str, ttl_ms: int
) -> dict[str, Any]:
    """The BitstringStatusListCredential (VC 2.0) of an encoded list, unsigned; times are RFC 3339 strings."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": valid_from,
        "validUntil": valid_until,
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "message",
            "statusSize": 2,
            "statusMessage": [{"status": hex(n), "message": word} for n, word in enumerate(_PURPOSES)],
            "encodedList": encoded,
            "ttl": ttl_ms,
        },
    }


def token_list(states: States, bits: int = 2) -> bytes:
    """`lst` of a Token Status List before base64url."""
    return zlib.compress(pack(states, bits, msb_first=False), 9)


def decode_token_list(lst: bytes, bits: int) -> States:
    return unpack(_inflate(lst, zlib.MAX_WBITS), bits, msb_first=False)


def token_json(states: States, bits: int = 2) -> dict[str, Any]:
    """The `status_list` claim of a JWT."""
    return {"bits": bits, "lst": _b64url(token_list(states, bits))}


def read_token_json(claim: Mapping[str, Any]) -> States:
    bits, lst = claim.get("bits"), claim.get("lst")
    if not isinstance(bits, int) or not isinstance(lst, str):
        raise bad("status_malformed", what="status_list without bits or lst")
    return decode_token_list(_unb64url(lst), bits)


def read_token_cbor(raw: bytes) -> States:
    """The `status_list` claim of a CWT."""
    try:
        claim = cbor2.loads(raw)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError):
        raise bad("status_malformed", what="not CBOR") from None
    if not isinstance(claim, dict) or not isinstance(claim.get("bits"), int):
        raise bad("status_malformed", what="status_list without bits")
    if not isinstance(claim.get("lst"), bytes):
        raise bad("status_malformed", what="status_list without lst")
    return decode_token_list(claim["lst"], claim["bits"])


def token_jwt(
    claim: Mapping[str, Any], *, uri: str, kid: str, signer: Signer, issued: int, expires: int, ttl: int
) -> str:
    """`application/statuslist+jwt` around a `status_list` claim, signed with Ed25519."""
    head = {"alg": "EdDSA", "kid": kid, "typ": "statuslist+jwt"}
    body = {"sub": uri, "iat": issued, "exp": expires, "ttl": ttl, "status_list": dict(claim)}
    signed = ".".join(_b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, body))
    return signed + "." + _b64url(signer.sign(signed.encode()))


def open_token_jwt(token: str, keys: Sequence[VerifierKey], *, now: int) -> dict[str, Any]:
    """Claims of a status list token signed by one of `keys` and not expired at `now`."""
    head, dot, rest = token.partition(".")
    body, dot2, signature = rest.partition(".")
    if not dot or not dot2:
        raise bad("status_malformed", what="not a JWT")
    try:
        header, claims = json.loads(_unb64url(head)), json.loads(_unb64url(body))
    except ValueError:
        raise bad("status_malformed", what="not a JWT") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise bad("status_malformed", what="not a JWT")
    if header.get("alg") != "EdDSA" or header.get("typ") != "statuslist+jwt":
        raise refused("status_chain", what="another algorithm or type than EdDSA statuslist+jwt")
    if not any(k.holds(f"{head}.{body}", _unb64url(signature)) for k in keys):
        raise refused("signature_missing", wanted=", ".join(k.name for k in keys) or "-")
    if isinstance(claims.get("exp"), int) and claims["exp"] <= now:
        raise refused("status_chain", what="expired")
    return claims


_CWT_SUB, _CWT_EXP, _CWT_IAT, _CWT_TTL, _CWT_STATUS_LIST = 2, 4, 6, 65534, 65533
_ALG, _KID, _TYP, _EDDSA = 1, 4, 16, -8


def token_cwt(
    states: States, *, uri: str, kid: bytes, signer: Signer, issued: int, expires: int, ttl: int
) -> bytes:
    """`application/statuslist+cwt`: COSE_Sign1 with Ed25519."""
    protected = cbor2.dumps({_ALG: _EDDSA, _TYP: "application/statuslist+cwt"})
    claims = {
        _CWT_SUB: uri,
        _CWT_IAT: issued,
        _CWT_EXP: expires,
        _CWT_TTL: ttl,
        _CWT_STATUS_LIST: {"bits": 2, "lst": token_list(states)},
    }
    payload = cbor2.dumps(claims)
    signature = signer.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {_KID: kid}, payload, signature]))
