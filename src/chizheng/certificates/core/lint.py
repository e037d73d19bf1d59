"""Linted before signed, by type: only `lint` makes a `Linted`, and `sign` takes nothing else."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.rules import RULES
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import Refused

_SEAL: Final = object()


class LintRefused(Refused):
    """Raised with every finding, so that all can be put right at once."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("not_linted", FAULTS["not_linted"], findings=", ".join(f.rule for f in findings))

    def say(self, lang: str = "zh") -> str:
        return self.wording.say(lang, findings="; ".join(f.say(lang) for f in self.findings))


class Linted:
    """A draft that passed every rule. There is no other way to get one than `lint`."""

    __slots__ = ("digest", "draft", "leaf", "record")
    draft: Draft
    record: bytes
    """The canonical bytes of the claims: what is stored, hashed and signed."""
    digest: bytes
    leaf: bytes
    """The log entry."""

    def __init__(self, draft: Draft, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only lint() makes a Linted")
        put, claims = object.__setattr__, draft.claims
        record = claims_.encode(claims)
        digest = sha256(record).digest()
        put(self, "draft", draft)
        put(self, "record", record)
        put(self, "digest", digest)
        put(self, "leaf", claims_.leaf_of(digest, claims.sitting, claims.basis, claims.version))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Linted does not change")


def findings(draft: Draft, context: Context) -> list[Finding]:
    """Everything that stands against signing, in the order of the rules; the record's form first.

    A record out of form stops the other rules: they may rely on it.
    """
    form = RULES[0].check(draft, context)
    return form or [found for rule in RULES[1:] for found in rule.check(draft, context)]


def lint(draft: Draft, context: Context) -> Linted:
    """The draft, ready to be signed; raises LintRefused with all findings."""
    if found := findings(draft, context):
        raise LintRefused(found)
    return Linted(draft, _SEAL)
