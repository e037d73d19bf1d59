"""What is written into the log, and when: the chain of commitments of a sitting.

    ROSTER (before the exam) -> [ADDENDUM] -> ATTEND -> SUBMIT (before marking) -> SCORE -> ISSUE, CERT…
    EXCEPTION -> ISSUE, CERT…     contest award, expert panel, legacy stock, replacement
    STATUS                   suspend, reinstate, revoke, supersede one certificate
    CORRECTION, ANNUL        never an edit: a new entry with two approvers
    LEDGER                   the head of a seal of the ledger, so that it cannot be rewritten either

An entry is one deterministic CBOR map (RFC 8949, 4.2.1), a CERT leaf a short array. No entry holds
personal data: people appear as salted digests in per-sitting trees whose *roots* are logged, and as
nullifiers, HMACs that let anybody see that one person was entered twice for the same occupation, level
and window, and nobody see who. A sitting is bounded by its rooms; larger ones are split
(`NULLIFIER_LIMIT`).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar, cast

import cbor2

from chizheng.certificates.core.log_wording import bad, refused
from chizheng.certificates.core.merkle import Tree, leaf_hash, verify_inclusion

VERSION = 1
SALT_SIZE = 16
NULLIFIER_SIZE = 16
APPROVER_SIZE = 16
NUMBER_TAG_SIZE = 16
NULLIFIER_LIMIT = 3500
"""Candidates per ROSTER or ADDENDUM entry: an entry must fit 65,535 bytes."""
ISSUE_LIMIT = 1500
"""Certificates behind one ISSUE, for the same reason; a larger batch has several."""


class Cause(StrEnum):
    """Why a certificate may exist without a sitting."""

    CONTEST = "contest"
    PANEL = "panel"
    LEGACY = "legacy"
    REPLACEMENT = "replacement"


class Turn(StrEnum):
    """Events in the life of a certificate's status."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    SUPERSEDE = "supersede"


class Step(StrEnum):
    """The links of the chain of one sitting that have a tree of people behind them."""

    ROSTER = "ROSTER"
    ADDENDUM = "ADDENDUM"
    ATTEND = "ATTEND"
    SUBMIT = "SUBMIT"
    SCORE = "SCORE"


@dataclass(frozen=True, slots=True)
class _Entry:
    """`at`: POSIX seconds when the house made the entry; witnesses bound it from both sides."""

    KIND: ClassVar[str]
    at: int

    def encode(self) -> bytes:
        """Deterministic CBOR of the entry: the leaf."""
        body: dict[str, Any] = {"v": VERSION, "kind": self.KIND}
        for one in fields(self):
            value = getattr(self, one.name)
            if value is None:
                continue
            body[one.name] = list(value) if isinstance(value, tuple) else value
        return cbor2.dumps(body, canonical=True)


@dataclass(frozen=True, slots=True)
class Roster(_Entry):
    """Who will sit, before they sit. `starts_at`: start of the exam, POSIX seconds."""

    KIND = "ROSTER"
    sitting: str
    place: str
    occupation: str
    level: int
    window: str
    starts_at: int
    count: int
    root: bytes
    nullifiers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Addendum(_Entry):
    """Candidates added after the roster closed; always visible as such."""

    KIND = "ADDENDUM"
    sitting: str
    count: int
    root: bytes
    nullifiers: tuple[bytes, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Attend(_Entry):
    """Who came, within minutes of the start."""

    KIND = "ATTEND"
    sitting: str
    count: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Submit(_Entry):
    """Sealed answer and score sheets, before marking."""

    KIND = "SUBMIT"
    sitting: str
    count: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Score(_Entry):
    """Results: `count` marked, `passes` of them passed."""

    KIND = "SCORE"
    sitting: str
    count: int
    passes: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Issue(_Entry):
    """Stands before the `count` CERT leaves it accounts for, in the same batch, and says in their order:
    the tags of their numbers, and the sitting, its SCORE entry (`year/index`) and the nullifiers of those
    certified; or the EXCEPTION entry that allows them.

    `conflicts` is said for old stock only, where a number is known to be another certificate's too: 0, or
    the how-manieth holder of the number after the first this one is."""

    KIND = "ISSUE"
    count: int
    numbers: tuple[bytes, ...]
    sitting: str | None = None
    score: str | None = None
    nullifiers: tuple[bytes, ...] | None = None
    exception: str | None = None
    conflicts: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        examined = None not in (self.sitting, self.score, self.nullifiers)
        if examined == (self.exception is not None):
            raise bad("entry_malformed", what="certificates stand on a sitting or on an exception")
        if self.nullifiers is not None and len(self.nullifiers) != self.count:
            raise bad("entry_malformed", what="one nullifier for each certificate")
        if self.conflicts is not None and (examined or len(self.conflicts) != self.count):
            raise bad("entry_malformed", what="a conflict mark for each certificate of an exception")
        if len(self.numbers) != self.count or self.count > ISSUE_LIMIT:
            raise bad("entry_malformed", what=f"one number tag for each certificate, {ISSUE_LIMIT} at most")


@dataclass(frozen=True, slots=True)
class Cert:
    """The leaf of one certificate: CBOR of `["CERT", digest, sitting, basis, version]`.

    It holds only what the bearer can compute from the certificate (`core.claims.leaf` makes the same
    bytes), so that an inclusion proof or a promise can be checked with nothing else at hand. `digest`
    is the hash of the salted claims; `basis` 0 is an examination, else the place of its Cause plus 1.
    """

    KIND: ClassVar[str] = "CERT"
    digest: bytes
    sitting: str
    basis: int
    version: int = 1

    def encode(self) -> bytes:
        return cbor2.dumps([self.KIND, self.digest, self.sitting, self.basis, self.version])


@dataclass(frozen=True, slots=True)
class Status(_Entry):
    """A turn in the status of the certificate at `slot` of the shard of `year` (core.status).

    `sitting` is said where a whole sitting was annulled or its results corrected, so that anybody can
    count whether the consequences were drawn.
    """

    KIND = "STATUS"
    year: int
    slot: int
    turn: Turn
    reason: str
    approvers: tuple[bytes, ...]
    sitting: str | None = None

    def __post_init__(self) -> None:
        _two_approvers(self.approvers)


@dataclass(frozen=True, slots=True)
class Correction(_Entry):
    """Replaces what the entry `of` (`year/index`) said, with two approvers; the old one stays."""

    KIND = "CORRECTION"
    of: str
    corrects: Step
    sitting: str
    count: int
    root: bytes
    reason: str
    approvers: tuple[bytes, ...]
    passes: int | None = None

    def __post_init__(self) -> None:
        _two_approvers(self.approvers)
        if (self.passes is not None) != (self.corrects is Step.SCORE):
            raise bad("entry_malformed", what="passes are said with a SCORE and only there")


@dataclass(frozen=True, slots=True)
class Exceptional(_Entry):
    """Permission for `count` certificates without a sitting of their own, with two persons.

    `root`: tree over the digests of the certificates it allows.
    """

    KIND = "EXCEPTION"
    cause: Cause
    place: str
    count: int
    root: bytes
    reason: str
    approvers: tuple[bytes, ...]

    def __post_init__(self) -> None:
        _two_approvers(self.approvers)


@dataclass(frozen=True, slots=True)
class Annul(_Entry):
    """The whole sitting is void; no certificate may follow, those issued are revoked one by one."""

    KIND = "ANNUL"
    sitting: str
    reason: str
    approvers: tuple[bytes, ...]

    def __post_init__(self) -> None:
        _two_approvers(self.approvers)


@dataclass(frozen=True, slots=True)
class Ledger(_Entry):
    """The head of a seal of the house's own ledger (`platform.seals`): what was done up to entry `until` cannot
    be told differently afterwards. `number` counts seals from 1; `before` is the head of the one before."""

    KIND = "LEDGER"
    number: int
    after: int
    until: int
    count: int
    before: bytes
    head: bytes


Entry = (
    Roster
    | Addendum
    | Attend
    | Submit
    | Score
    | Issue
    | Cert
    | Status
    | Correction
    | Exceptional
    | Annul
    | Ledger
)

KINDS: dict[str, type[_Entry]] = {
    kind.KIND: kind
    for kind in (
        Roster,
        Addendum,
        Attend,
        Submit,
        Score,
        Issue,
        Status,
        Correction,
        Exceptional,
        Annul,
        Ledger,
    )
}
"""Everything but CERT, which has a form of its own."""
_ENUMS: dict[str, type[StrEnum]] = {"turn": Turn, "cause": Cause, "corrects": Step}


def decode(raw: bytes) -> Entry:
    """Read an entry back; refuses anything but the deterministic encoding of a known kind."""
    try:
        body = cbor2.loads(raw)
        if isinstance(body, list):
            return _decode_cert(body, raw)
        kind = KINDS[body.pop("kind")]
        if body.pop("v") != VERSION:
            raise ValueError("unknown version")
        for name, value in body.items():
            if isinstance(value, list):
                body[name] = tuple(value)
            elif name in _ENUMS:
                body[name] = _ENUMS[name](value)
        entry = cast(Entry, kind(**body))
        same = entry.encode() == raw
    except (cbor2.CBORError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        raise bad("entry_malformed", what=f"{type(fault).__name__}") from None
    if not same:
        raise bad("entry_malformed", what="not the deterministic encoding")
    return entry


def _decode_cert(body: list[Any], raw: bytes) -> Cert:
    kind, *members = body
    cert = Cert(*members)
    sizes = isinstance(cert.digest, bytes) and len(cert.digest) == 32
    if kind != Cert.KIND or not sizes or cert.encode() != raw:
        raise ValueError("not a CERT leaf")
    return cert


def _two_approvers(approvers: Sequence[bytes]) -> None:
    if len(set(approvers)) < 2 or any(len(a) != APPROVER_SIZE for a in approvers):
        raise bad("entry_malformed", what="two different approvers are needed")


def approver_digest(key: bytes, account: str) -> bytes:
    """How an approver appears in the log: a keyed digest that the house can open and others compare."""
    return hmac.digest(key, b"chizheng/approver/v1\n" + account.encode(), "sha256")[:APPROVER_SIZE]


def nullifier(key: bytes, document: str, occupation: str, level: int, window: str) -> bytes:
    """One person, one occupation, one level, one window -> one 16-byte value, whatever the station.

    `key` can link people and belongs in a token at the guidance centre, not at stations. `document` is
    the canonical document number of the person.
    """
    text = "\n".join(["chizheng/nullifier/v1", document, occupation, str(level), window])
    return hmac.digest(key, text.encode(), "sha256")[:NULLIFIER_SIZE]


def number_tag(key: bytes, number: str) -> bytes:
    """One certificate number -> one 16-byte value, so that anybody sees a number given twice and nobody
    without the key can try numbers against the log."""
    [tag] = number_tags(key, [number])
    return tag


def number_tags(key: bytes, numbers: Iterable[str]) -> list[bytes]:
    """`number_tag` of each. HMAC-SHA-256 in its two steps, since setting up the ready-made one costs more
    than the hashing; the key has at most a block of 64 bytes."""
    block = key.ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    inner += b"chizheng/number/v1\n"
    return [
        sha256(outer + sha256(inner + number.encode()).digest()).digest()[:NUMBER_TAG_SIZE]
        for number in numbers
    ]


def parts_of_issue(count: int) -> list[range]:
    """The certificates of a batch of `count` that each of its ISSUE entries accounts for."""
    return [range(n, min(n + ISSUE_LIMIT, count)) for n in range(0, max(count, 1), ISSUE_LIMIT)]


def place_in_log(first: int, order: int) -> int:
    """Index of the CERT leaf `order` (from 0) of a batch whose first leaf stands at `first`: behind every
    `ISSUE_LIMIT` leaves comes the next ISSUE."""
    return first + order + order // ISSUE_LIMIT


@dataclass(frozen=True, slots=True)
class PersonLeaf:
    """One person in one step's tree: salt, nullifier and what is said about them, all hashed.

    `facts` are small and canonical, e.g. `{"theory": 78, "practice": 81, "passed": True}` in SCORE.
    The salt (16 random bytes) is kept with the case file; erased, the leaf means nothing any more.
    """

    salt: bytes
    nullifier: bytes
    facts: Mapping[str, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        if len(self.salt) < SALT_SIZE or len(self.nullifier) != NULLIFIER_SIZE:
            raise bad("entry_malformed", what="a leaf needs 16 bytes of salt and a nullifier")
        return cbor2.dumps([self.salt, self.nullifier, dict(self.facts)], canonical=True)

    @classmethod
    def decode(cls, raw: bytes) -> PersonLeaf:
        """A leaf back from its bytes, as the case file keeps it."""
        try:
            salt, nullifier, facts = cbor2.loads(raw)
            return cls(bytes(salt), bytes(nullifier), dict(facts))
        except (cbor2.CBORError, ValueError, TypeError) as fault:
            raise bad("entry_malformed", what=f"{type(fault).__name__}") from None

    @property
    def hash(self) -> bytes:
        return leaf_hash(self.encode())


def person_tree(leaves: Sequence[PersonLeaf]) -> Tree:
    """Tree of a sitting, in order of nullifier so that the order of enrolment does not show."""
    return Tree([leaf.hash for leaf in sorted(leaves, key=lambda leaf: leaf.nullifier)])


@dataclass(frozen=True, slots=True)
class Link:
    """Proof that a person's leaf is in the tree of one logged step."""

    entry: Roster | Addendum | Attend | Submit | Score | Correction
    leaf: PersonLeaf
    index: int
    proof: tuple[bytes, ...]

    @property
    def step(self) -> Step:
        return self.entry.corrects if isinstance(self.entry, Correction) else Step(self.entry.KIND)


def link(
    entry: Roster | Addendum | Attend | Submit | Score | Correction, leaves: Sequence[PersonLeaf], who: bytes
) -> Link:
    """The link of person `who` (a nullifier) in `entry`, whose tree was made of `leaves`."""
    ordered = sorted(leaves, key=lambda leaf: leaf.nullifier)
    for index, leaf in enumerate(ordered):
        if leaf.nullifier == who:
            return Link(entry, leaf, index, tuple(person_tree(ordered).inclusion(index)))
    raise refused("evidence_missing", step=entry.KIND, what="the person is not in it")


def check_evidence(links: Sequence[Link]) -> bytes:
    """Raise unless `links` show one person on the roster (or an addendum), present, submitted and
    passed in one sitting, in that order of time; returns the person's nullifier. Part of the lint
    before signing: certified people are a subset of the roster."""
    steps = [one.step for one in links]
    if steps not in (
        [Step.ROSTER, Step.ATTEND, Step.SUBMIT, Step.SCORE],
        [Step.ADDENDUM, Step.ATTEND, Step.SUBMIT, Step.SCORE],
    ):
        raise refused("evidence_missing", step="/".join(steps) or "-", what="roster, attend, submit, score")
    first = links[0]
    for before, here in zip([None, *links], links, strict=False):
        step = here.step.value
        if here.entry.sitting != first.entry.sitting:
            raise refused("evidence_missing", step=step, what="another sitting")
        if here.leaf.nullifier != first.leaf.nullifier:
            raise refused("evidence_missing", step=step, what="another person")
        if before is not None and not isinstance(here.entry, Correction) and here.entry.at < before.entry.at:
            raise refused("evidence_missing", step=step, what="earlier than the step before")
        verify_inclusion(here.leaf.hash, here.index, here.entry.count, here.proof, here.entry.root)
    if links[-1].leaf.facts.get("passed") is not True:
        raise refused("evidence_missing", step=Step.SCORE.value, what="not passed")
    return first.leaf.nullifier


def reference(year: int, index: int) -> str:
    """How entries name each other: `2026/17`."""
    return f"{year}/{index}"
