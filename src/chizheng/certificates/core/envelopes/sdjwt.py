"""SD-JWT VC (RFC 9901 and the dc+sd-jwt profile): the holder shows the level and hides the scores.

    <issuer JWT>~<disclosure>~...~                      what the issuer gives, and what the holder shows
    <issuer JWT>~<disclosure>~...~<key binding JWT>     bound to the holder's key, one audience, one nonce

Name, number, occupation, level, dates and the log promise stand open; scores, rating, birth date, sex
and document are disclosures of their own (`HIDEABLE`). The open `claims_digest` lets a verifier compute
the log leaf without seeing them. Reading follows the RFC for any SD-JWT (nested and array disclosures).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.claims import Claims
from chizheng.certificates.core.envelopes.vc import Profile
from chizheng.certificates.core.keys import JOSE, Algorithm, Forged, Signer, Verifier, verifier
from chizheng.certificates.core.promise import LogPromise
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

Json = dict[str, Any]

VCT: Final = "urn:chizheng:vct:skill-certificate:1"
HIDEABLE: Final = (
    "birth", "sex", "document", "document_tail", "theory", "practice", "comprehensive", "rating",
)  # fmt: skip
MAX_TEXT: Final = 64 * 1024
MAX_DISCLOSURES: Final = 256
MAX_DEPTH: Final = 16
_BY_NAME: Final = {name: algorithm for algorithm, name in JOSE.items()}


# -- issuer ------------------------------------------------------------------------------------------


def issue(
    claims: Claims,
    issuer: Profile,
    promise: LogPromise | None,
    signer: Signer,
    *,
    issued_at: datetime,
    salt: Callable[[], str],
    holder: Verifier | None = None,
) -> str:
    """The full SD-JWT with every disclosure.

    `salt`: gives a fresh base64url text of 128 random bits at each call. `holder`: the wallet's key;
    with it a presentation can be bound.
    """
    body: Json = {
        "iss": issuer.did,
        "iat": int(issued_at.timestamp()),
        "vct": VCT,
        "issuer_name": issuer.name,
        "number": claims.number,
        "name": claims.name,
        "occupation": claims.occupation,
        "occupation_code": claims.occupation_code,
        "level": claims.level,
        "issued": claims.issued.isoformat(),
        "institution": claims.institution,
        "authority": claims.authority,
        "sitting": claims.sitting,
        "basis": int(claims.basis),
        "version": claims.version,
        "claims_digest": _b64(claims_.digest(claims)),
        "status": {"status_list": {"idx": claims.status, "uri": f"{issuer.status}/{claims.status_year}"}},
    }
    if promise is not None:
        body["log_promise"] = _b64(promise.to_bytes())
    if holder is not None:
        body["cnf"] = {"jwk": jwk(holder)}
    hidden: Json = {
        "birth": claims.birth.isoformat() if claims.birth else None,
        "sex": int(claims.sex),
        "document": int(claims.document),
        "document_tail": claims.document_tail,
        "theory": claims.theory,
        "practice": claims.practice,
        "comprehensive": claims.comprehensive,
        "rating": int(claims.rating),
    }
    disclosures = [_b64(orjson.dumps([salt(), name, hidden[name]])) for name in HIDEABLE]
    body["_sd"] = sorted(_digest(d) for d in disclosures)  # sorted, so that order tells nothing
    body["_sd_alg"] = "sha-256"
    token = sign_jwt({"typ": "dc+sd-jwt"}, body, signer)
    return "~".join([token, *disclosures, ""])


def sign_jwt(header: Json, body: Json, signer: Signer) -> str:
    """A compact JWS over JSON bytes, `alg` and `kid` of the signer."""
    header = {"alg": JOSE[signer.algorithm], "kid": signer.key_id.hex(), **header}
    signed = f"{_b64(orjson.dumps(header))}.{_b64(orjson.dumps(body))}"
    return f"{signed}.{_b64(signer.sign(signed.encode()))}"


# -- holder ------------------------------------------------------------------------------------------


def present(text: str, show: Collection[str]) -> str:
    """The same credential with only the named disclosures (top-level claims); raises BadInput."""
    parsed = parse(text)
    kept = [raw for raw in parsed.disclosures if _open(raw)[-2:-1] and _open(raw)[-2] in show]
    return "~".join([parsed.token, *kept, ""])


def bind(presented: str, holder: Signer, *, audience: str, nonce: str, at: datetime) -> str:
    """Append the holder's proof of possession for one verifier and one nonce."""
    presented = presented[: presented.rindex("~") + 1]
    body = {
        "iat": int(at.timestamp()),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": _b64(hashlib.sha256(presented.encode()).digest()),
    }
    return presented + sign_jwt({"typ": "kb+jwt"}, body, holder)


# -- verifier ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parsed:
    """Parts of an SD-JWT, nothing checked. `binding` is '' where there is none."""

    token: str
    header: Json
    body: Json
    disclosures: tuple[str, ...]
    binding: str

    @property
    def key_id(self) -> bytes:
        kid = str(self.header.get("kid", ""))
        try:
            return bytes.fromhex(kid.rpartition("#")[2])
        except ValueError:
            return b""

    @property
    def algorithm(self) -> Algorithm | None:
        return _BY_NAME.get(str(self.header.get("alg")))


def looks_like(text: str) -> bool:
    """Could this be an SD-JWT (two dots before the first tilde)?"""
    head, tilde, _ = text.strip().partition("~")
    return bool(tilde) and head.count(".") == 2


def parse(text: str) -> Parsed:
    """Take the text apart; raises BadInput (`bad_sdjwt`)."""
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise _fault("too long")
    token, *rest = text.split("~")
    if not rest:
        raise _fault("no tilde")
    *disclosures, binding = rest
    if len(disclosures) > MAX_DISCLOSURES or not all(disclosures):
        raise _fault("too many or empty disclosures")
    header, body, _ = _split(token)
    return Parsed(token, header, body, tuple(disclosures), binding)


def verify_jwt(token: str, key: Verifier) -> Json:
    """The body of a JWS made with `key`; Forged otherwise. The header must name the key's algorithm."""
    header, body, signature = _split(token)
    if _BY_NAME.get(str(header.get("alg"))) is not key.algorithm or "crit" in header:
        raise _fault("the header names another algorithm than the key's")
    key.verify(token.rpartition(".")[0].encode(), signature)
    return body


def verify(parsed: Parsed, key: Verifier) -> Json:
    """Check the issuer's signature and open the disclosures: the claims as shown, digests gone."""
    return disclose(verify_jwt(parsed.token, key), parsed.disclosures)


def verify_binding(parsed: Parsed, *, audience: str, nonce: str, at: datetime, max_age: int) -> None:
    """Raise Forged unless the holder's key signed this very presentation for us, at most `max_age` s ago."""
    confirmed = parsed.body.get("cnf")
    public = confirmed.get("jwk") if isinstance(confirmed, dict) else None
    if not parsed.binding or not isinstance(public, dict):
        raise Forged
    header, _, _ = _split(parsed.binding)
    body = verify_jwt(parsed.binding, key_of_jwk(public))
    presented = "~".join([parsed.token, *parsed.disclosures, ""])
    sd_hash = _b64(hashlib.sha256(presented.encode()).digest())
    issued = body.get("iat")
    now = int(at.astimezone(UTC).timestamp())
    if header.get("typ") != "kb+jwt" or body.get("sd_hash") != sd_hash:
        raise Forged
    if body.get("aud") != audience or body.get("nonce") != nonce:
        raise Forged
    if not isinstance(issued, int) or not now - max_age <= issued <= now + max_age:
        raise Forged


def disclose(body: Mapping[str, object], disclosures: Collection[str]) -> Json:
    """Put disclosures in place of their digests (RFC 9901 section 7.1); raises BadInput.

    Refuses a digest twice, a disclosure that no digest names, a name that is there already, and the
    reserved names `_sd` and `...`.
    """
    if body.get("_sd_alg", "sha-256") != "sha-256":
        raise _fault("hash is not sha-256")
    opened = {_digest(raw): _open(raw) for raw in disclosures}
    if len(opened) != len(disclosures):
        raise _fault("a disclosure twice")
    used: set[str] = set()

    def take(digest: object, parts: int) -> list[Any] | None:
        if not isinstance(digest, str):
            raise _fault("a digest that is no text")
        if digest in used:
            raise _fault("a digest twice")
        used.add(digest)
        found = opened.pop(digest, None)
        if found is not None and len(found) != parts:
            raise _fault("a disclosure of the wrong kind")
        return found

    def walk(value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _fault("nested too deep")
        if isinstance(value, list):
            out = []
            for item in value:
                if isinstance(item, dict) and "..." in item:
                    if len(item) != 1:
                        raise _fault("an array digest with company")
                    found = take(item["..."], 2)
                    if found is not None:
                        out.append(walk(found[1], depth + 1))
                else:
                    out.append(walk(item, depth + 1))
            return out
        if not isinstance(value, dict):
            return value
        digests = value.get("_sd", [])
        if not isinstance(digests, list):
            raise _fault("_sd is no array")
        shown = {k: walk(v, depth + 1) for k, v in value.items() if k != "_sd"}
        if "..." in shown:
            raise _fault("a reserved name")
        for digest in digests:
            found = take(digest, 3)
            if found is None:
                continue
            name = found[1]
            if not isinstance(name, str) or name in ("_sd", "...") or name in shown:
                raise _fault("a disclosed name that is reserved or taken")
            shown[name] = walk(found[2], depth + 1)
        return shown

    shown: Json = walk({k: v for k, v in body.items() if k != "_sd_alg"}, 0)
    if opened:
        raise _fault("a disclosure that no digest names")
    return shown


# -- parts -------------------------------------------------------------------------------------------


def jwk(key: Verifier | Signer) -> Json:
    """The public JSON Web Key of an Ed25519 key (RFC 8037)."""
    if key.algorithm is not Algorithm.ED25519:
        raise BadInput("bad_key", FAULTS["bad_key"], algorithm=key.algorithm.value)
    return {"kty": "OKP", "crv": "Ed25519", "x": _b64(key.public)}


def key_of_jwk(found: Mapping[str, object]) -> Verifier:
    """A verifier of an Ed25519 or P-256 JWK that is meant for signatures; raises BadInput (`bad_key`)."""
    operations = found.get("key_ops", ["verify"])
    if found.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise BadInput("bad_key", FAULTS["bad_key"], algorithm="JWK use")
    match found.get("kty"), found.get("crv"):
        case "OKP", "Ed25519":
            return verifier(Algorithm.ED25519, from_base64url(found.get("x")))
        case "EC", "P-256":
            return verifier(
                Algorithm.ES256, b"\x04" + from_base64url(found.get("x")) + from_base64url(found.get("y"))
            )
    raise BadInput("bad_key", FAULTS["bad_key"], algorithm=str(found.get("crv"))[:20])


def _split(token: str) -> tuple[Json, Json, bytes]:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MAX_TEXT:
        raise _fault("not three parts")
    try:
        header, body = orjson.loads(from_base64url(parts[0])), orjson.loads(from_base64url(parts[1]))
    except orjson.JSONDecodeError:
        raise _fault("not JSON") from None
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise _fault("not objects")
    return header, body, from_base64url(parts[2])


def _open(raw: str) -> list[Any]:
    try:
        found = orjson.loads(from_base64url(raw))
    except orjson.JSONDecodeError:
        raise _fault("a disclosure that is not JSON") from None
    if not isinstance(found, list) or len(found) not in (2, 3) or not isinstance(found[0], str):
        raise _fault("a disclosure that is no array")
    return found


def _digest(raw: str) -> str:
    return _b64(hashlib.sha256(raw.encode()).digest())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: object) -> bytes:
    try:
        if not isinstance(text, str) or not text.isascii():
            raise ValueError
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise _fault("not base64url") from None


def _fault(what: str) -> BadInput:
    return BadInput("bad_sdjwt", FAULTS["bad_sdjwt"], what=what)
