"""W3C Verifiable Credential 2.0 in the shape of Open Badges 3.0, secured with `eddsa-jcs-2022`.

The claims stand once, in `credentialSubject.record`; what wallets and badge readers look at (name,
achievement, results, evidence, status) is drawn from them by `document`. A verifier draws it again and
compares, so the readable part can never say something else than the record that the log knows.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.claims import Basis, Claims, DocumentKind, Rating, Sex
from chizheng.certificates.core.envelopes import base58, jcs
from chizheng.certificates.core.keys import MULTICODEC, Algorithm, Forged, Signer, Verifier, key_id, verifier
from chizheng.certificates.core.promise import LogPromise
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

Json = dict[str, Any]

CONTEXT: Final[list[object]] = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    {"@vocab": "urn:chizheng:term#"},
]
CRYPTOSUITE: Final = "eddsa-jcs-2022"
STATUS_MESSAGES: Final = [
    {"status": "0x0", "message": "valid"},
    {"status": "0x1", "message": "revoked"},
    {"status": "0x2", "message": "suspended"},
    {"status": "0x3", "message": "superseded"},
]
_RATINGS: Final = {Rating.PASS: "合格", Rating.GOOD: "良好", Rating.EXCELLENT: "优秀"}
_PARTS: Final = (("theory", "理论知识"), ("practice", "操作技能"), ("comprehensive", "综合评审"))
_PROOF_FIELDS: Final = frozenset(
    ("@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue")
)


@dataclass(frozen=True, slots=True)
class Profile:
    """The issuing authority as its certificates show it.

    `did`: did:web or did:key. `name`: as printed. `status`: address of its status lists, to which the
    year is appended.
    """

    did: str
    name: str
    status: str


# -- drawing a document ------------------------------------------------------------------------------


def document(claims: Claims, issuer: Profile, promise: LogPromise | None) -> Json:
    """The unsecured credential of a record: the same input gives the same document."""
    number, version = claims.number, claims.version
    about = f"urn:chizheng:achievement:{claims.occupation_code or '-'}:{claims.level}"
    described: list[Json] = [
        {"id": f"{about}:level", "type": ["ResultDescription"], "name": "等级",
         "resultType": "PerformanceLevel", "allowedValue": ["5", "4", "3", "2", "1", "0"]},
    ]  # fmt: skip
    results: list[Json] = [
        {"type": ["Result"], "resultDescription": f"{about}:level", "value": str(claims.level)}
    ]
    for part, label in _PARTS:
        tenths = getattr(claims, part)
        if tenths is not None:
            described.append(
                {"id": f"{about}:{part}", "type": ["ResultDescription"], "name": label,
                 "resultType": "RawScore", "valueMin": "0", "valueMax": "100"}
            )  # fmt: skip
            results.append(
                {"type": ["Result"], "resultDescription": f"{about}:{part}", "value": score(tenths)}
            )
    if claims.rating:
        described.append(
            {"id": f"{about}:rating", "type": ["ResultDescription"], "name": "评定成绩",
             "resultType": "PerformanceLevel", "allowedValue": list(_RATINGS.values())}
        )  # fmt: skip
        results.append(
            {
                "type": ["Result"],
                "resultDescription": f"{about}:rating",
                "value": _RATINGS[claims.rating],
            }
        )
    status_list = f"{issuer.status}/{claims.status_year}"
    day = f"{claims.issued.isoformat()}T00:00:00Z"
    drawn: Json = {
        "@context": CONTEXT,
        "id": f"urn:chizheng:certificate:{number}:{version}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": claims.occupation,
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": issuer.name},
        "validFrom": day,
        "awardedDate": day,
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "hashed": False, "identityHash": claims.name,
                 "identityType": "name"}
            ],
            "achievement": {
                "id": about, "type": ["Achievement"], "achievementType": "Certification",
                "name": claims.occupation, "humanCode": claims.occupation_code,
                "description": claims.occupation, "criteria": {"narrative": "国家职业标准"},
                "resultDescription": described,
            },
            "result": results,
            "record": _record(claims),
        },
        "credentialStatus": {
            "id": f"{status_list}#{claims.status}", "type": "BitstringStatusListEntry",
            "statusPurpose": "message", "statusListIndex": str(claims.status),
            "statusListCredential": status_list, "statusSize": 2, "statusMessage": STATUS_MESSAGES,
        },
    }  # fmt: skip
    evidence: list[Json] = []
    if claims.sitting:
        evidence.append(
            {
                "id": f"urn:chizheng:sitting:{claims.sitting}",
                "type": ["Evidence"],
                "name": "鉴定批次",
                "genre": "sitting",
            }
        )
    if promise is not None:
        evidence.append(
            {"id": f"urn:chizheng:log:{promise.log_id.hex()}:{promise.index}", "type": ["Evidence"],
             "name": "透明日志登记", "genre": "log", "promise": _b64(promise.to_bytes())}
        )  # fmt: skip
    if evidence:
        drawn["evidence"] = evidence
    return drawn


def score(tenths: int) -> str:
    """
    >>> score(855), score(600)
    ('85.5', '60')
    """
    whole, tenth = divmod(tenths, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


def _record(c: Claims) -> Json:
    return {
        "number": c.number, "name": c.name, "document": int(c.document), "documentTail": c.document_tail,
        "sex": int(c.sex), "birth": c.birth.isoformat() if c.birth else None, "occupation": c.occupation,
        "occupationCode": c.occupation_code, "level": c.level, "theory": c.theory,
        "practice": c.practice, "comprehensive": c.comprehensive, "rating": int(c.rating),
        "issued": c.issued.isoformat(), "institution": c.institution, "authority": c.authority,
        "sitting": c.sitting, "basis": int(c.basis), "version": c.version, "status": c.status,
        "salt": _b64(c.salt), "checkCode": c.check_code,
    }  # fmt: skip


# -- securing ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _configured(method: str, created: str) -> tuple[bytes, bytes]:
    """Hash of the proof configuration, and the JSON of the proof up to its value."""
    proof = _proof(method, created)
    text = jcs.encode(proof)
    return hashlib.sha256(text).digest(), text[:-1] + b',"proofValue":"z'


def _proof(method: str, created: str) -> Json:
    return {
        "@context": CONTEXT,
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }


def secure(unsecured: Mapping[str, object], signer: Signer, *, method: str, created: datetime) -> bytes:
    """The secured document as JSON bytes; `unsecured` keeps the JCS profile (lint has seen to it)."""
    stamp = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if unsecured.get("@context") == CONTEXT:
        config, proof = _configured(method, stamp)
    else:  # a proof carries the context of its own document: a status list has another than a badge
        text = jcs.encode({**_proof(method, stamp), "@context": unsecured["@context"]})
        config, proof = hashlib.sha256(text).digest(), text[:-1] + b',"proofValue":"z'
    canonical = jcs.encode(unsecured)
    signature = signer.sign(config + hashlib.sha256(canonical).digest())
    value = base58.encode(signature).encode()
    return canonical[:-1] + b',"proof":[' + proof + value + b'"}]}'


@dataclass(frozen=True, slots=True)
class Secured:
    """A parsed document with its proof taken off, not yet checked.

    `received`: the bytes that `unsecured` was read from, where the proof stood last and could be cut off;
    b'' where the document must be written anew to be hashed.
    """

    unsecured: Json
    proof: Json
    received: bytes = b""

    @property
    def method(self) -> str:
        return str(self.proof["verificationMethod"])

    @property
    def key_id(self) -> bytes:
        """The key that the verification method names (see `key_id_of`)."""
        return key_id_of(self.method)

    @property
    def issuer(self) -> str:
        issuer = self.unsecured.get("issuer")
        return str(issuer.get("id", "")) if isinstance(issuer, dict) else str(issuer or "")


def parse(data: bytes) -> Secured:
    """Read a document with exactly one `eddsa-jcs-2022` proof; raises BadInput (`bad_vc`, `bad_json`)."""
    found, proof, received = _cut(data) or _taken_off(data)
    if isinstance(proof, list):
        if len(proof) != 1:
            raise _fault("exactly one proof is read")
        proof = proof[0]
    if not isinstance(proof, dict):
        raise _fault("proof is not an object")
    if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != CRYPTOSUITE:
        raise _fault("cryptosuite is not eddsa-jcs-2022")
    if proof.get("proofPurpose") != "assertionMethod":
        raise _fault("proofPurpose is not assertionMethod")
    for field in ("verificationMethod", "proofValue"):
        if not isinstance(proof.get(field), str):
            raise _fault(f"proof without {field}")
    if unknown := proof.keys() - _PROOF_FIELDS:
        raise _fault(f"proof field {sorted(unknown)[0]!r}"[:80])
    return Secured(found, proof, received)


_LAST: Final = b',"proof":'


def _cut(data: bytes) -> tuple[Json, object, bytes] | None:
    """Document, proof and the document's own bytes, where `proof` is the last member, as we write it.

    What stands before `,"proof":`, closed with a brace, is an object of its own and what stands behind
    it a value of its own exactly if the mark is no part of a string or of an inner object: the halves
    together say what the whole says. Anything else, another `proof` before included, is left to `_taken_off`.
    """
    at = data.rfind(_LAST)
    if at < 2 or len(data) > jcs.MAX_BYTES or not data.endswith(b"}"):
        return None
    received = data[:at] + b"}"
    try:
        found, proof = jcs.load(received), jcs.load(data[at + len(_LAST) : -1])
    except BadInput:
        return None
    if not isinstance(found, dict) or not found or "proof" in found:
        return None
    return found, proof, received


def _taken_off(data: bytes) -> tuple[Json, object, bytes]:
    found = jcs.load(data)
    if not isinstance(found, dict) or "proof" not in found:
        raise _fault("no object with a proof")
    return found, found.pop("proof"), b""


def check(secured: Secured, key: Verifier) -> bytes:
    """The bytes that `key` signed, canonical if it keeps the rules; Forged if it made no proof of them.

    vc-di-eddsa section 3.3.2. The document is hashed as it was received where that is what was signed (the
    claims were read from those very bytes, so nothing else can have been signed); else it is canonicalised.
    `read` compares the bytes returned with the canonical ones.
    """
    unsecured, proof, received = secured.unsecured, secured.proof, secured.received
    if "@context" in proof and proof["@context"] != unsecured.get("@context"):
        context = unsecured.get("@context")
        mine = proof["@context"] if isinstance(proof["@context"], list) else [proof["@context"]]
        theirs = context if isinstance(context, list) else [context]
        if theirs[: len(mine)] != mine:
            raise Forged
        if len(theirs) != len(mine):
            unsecured, received = {**unsecured, "@context": proof["@context"]}, b""
    value = proof["proofValue"]
    if not value.startswith("z"):
        raise _fault("proofValue is not base58btc")
    signature = base58.decode(value[1:])
    config = {name: item for name, item in proof.items() if name != "proofValue"}
    hashed = _hash_of_config(config)
    if received:
        with contextlib.suppress(Forged):
            key.verify(hashed + hashlib.sha256(received).digest(), signature)
            return received
    canonical = jcs.encode_foreign(unsecured)
    if canonical == received:
        raise Forged
    key.verify(hashed + hashlib.sha256(canonical).digest(), signature)
    return canonical


def _hash_of_config(config: Json) -> bytes:
    created, method = config.get("created"), config.get("verificationMethod")
    usual = isinstance(created, str) and len(created) < 40 and isinstance(method, str) and len(method) < 200
    if usual and config == _proof(str(method), str(created)):
        return _configured(str(method), str(created))[0]
    return hashlib.sha256(jcs.encode_foreign(config)).digest()


# -- reading -----------------------------------------------------------------------------------------


def read(unsecured: Json, signed: bytes = b"") -> tuple[Claims, Profile, LogPromise | None]:
    """Claims, issuer and promise of our own document; raises BadInput (`bad_vc`, `bad_claims`).

    Refuses a document whose readable part differs from what `document` draws from its record: by a byte,
    compared with `signed` (what `check` returned) or else with the canonical bytes of `unsecured`.
    """
    try:
        subject, issuer = unsecured["credentialSubject"], unsecured["issuer"]
        claims = _claims(subject["record"])
        status = str(unsecured["credentialStatus"]["statusListCredential"]).rsplit("/", 1)[0]
        profile = Profile(str(issuer["id"]), str(issuer["name"]), status)
        promise = None
        for item in unsecured.get("evidence", []):
            if item.get("genre") == "log":
                promise = LogPromise.from_bytes(_unb64(item["promise"]))
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error):
        raise _fault("not a certificate of this register") from None
    if jcs.encode(document(claims, profile, promise)) != (signed or jcs.encode_foreign(unsecured)):
        raise _fault("the readable part differs from the record")
    return claims, profile, promise


def _claims(r: Json) -> Claims:
    claims = Claims(
        number=r["number"], name=r["name"], document=DocumentKind(r["document"]),
        document_tail=r["documentTail"], sex=Sex(r["sex"]),
        birth=date.fromisoformat(r["birth"]) if r["birth"] else None, occupation=r["occupation"],
        occupation_code=r["occupationCode"], level=r["level"], theory=r["theory"],
        practice=r["practice"], comprehensive=r["comprehensive"], rating=Rating(r["rating"]),
        issued=date.fromisoformat(r["issued"]), institution=r["institution"], authority=r["authority"],
        sitting=r["sitting"], basis=Basis(r["basis"]), version=r["version"], status=r["status"],
        salt=_unb64(r["salt"]),
    )  # fmt: skip
    for field in claims_.faults(claims):
        raise BadInput("bad_claims", FAULTS["bad_claims"], field=field, value=str(r.get(field))[:40])
    return claims


# -- verification methods ----------------------------------------------------------------------------

_FRAGMENT: Final = re.compile(r"[0-9a-f]{16}\Z")


def method_of(did: str, key: Signer | Verifier) -> str:
    """`did#fragment`: the key's id in hexadecimal, for did:key its multibase form."""
    if did.startswith("did:key:"):
        return f"{did}#{did[8:]}"
    return f"{did}#{key.key_id.hex()}"


def did_key(key: Signer | Verifier) -> str:
    """The did:key of a public key."""
    return "did:key:z" + base58.encode(MULTICODEC[key.algorithm] + key.public)


def key_of_did_key(did: str) -> Verifier:
    """The public key inside a did:key; raises BadInput (`bad_key`, `bad_base58`)."""
    raw = base58.decode(did.partition("#")[0].removeprefix("did:key:z"))
    for algorithm in (Algorithm.ED25519, Algorithm.ES256, Algorithm.SM2):
        if did.startswith("did:key:z") and raw.startswith(MULTICODEC[algorithm]):
            return verifier(algorithm, raw[2:])
    raise BadInput("bad_key", FAULTS["bad_key"], algorithm="did:key")


def key_id_of(method: str) -> bytes:
    """The key id that a verification method names, b'' where it names none we could know."""
    if method.startswith("did:key:"):
        try:
            key = key_of_did_key(method)
        except BadInput:
            return b""
        return key_id(key.algorithm, key.public)
    fragment = method.partition("#")[2]
    return bytes.fromhex(fragment) if _FRAGMENT.match(fragment) else b""


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    if not isinstance(text, str) or len(text) > 1024:
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _fault(what: str) -> BadInput:
    return BadInput("bad_vc", FAULTS["bad_vc"], what=what)
