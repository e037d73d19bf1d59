"""Linted before signed, by type: only `lint` makes a `Linted`, only `lint_all` a `LintedAll`, and what signs
takes nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import repeat
from typing import Final

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
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


class AllRefused(Refused):
    """Raised for many drafts at once, with the findings of each that has some by its place."""

    def __init__(self, findings: Mapping[int, list[Finding]]) -> None:
        self.findings = findings
        rules = {found.rule: None for some in findings.values() for found in some}
        super().__init__("not_linted", FAULTS["not_linted"], findings=", ".join(rules))


class Linted:
    """A draft that passed every rule. There is no other way to get one than `lint`."""

    __slots__ = ("draft", "record")
    draft: Draft
    record: bytes
    """The canonical bytes of the claims: what is stored, hashed and signed."""

    def __init__(self, draft: Draft, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only lint() makes a Linted")
        object.__setattr__(self, "draft", draft)
        object.__setattr__(self, "record", claims_.encode(draft.claims))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Linted does not change")


class LintedAll:
    """The drafts of a batch that passed every rule, in their order. There is no other way to get one than
    `lint_all`."""

    __slots__ = ("digests", "leaves", "records")
    records: Sequence[bytes]
    """Canonical bytes, as in `Linted`."""
    digests: Sequence[bytes]
    leaves: Sequence[bytes]
    """The log entries."""

    def __init__(self, records: Sequence[bytes], ends: Iterable[bytes], seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only lint_all() makes a LintedAll")
        digests = [sha256(record).digest() for record in records]
        object.__setattr__(self, "records", tuple(records))
        object.__setattr__(self, "digests", tuple(digests))
        object.__setattr__(self, "leaves", tuple(map(claims_.leaf_of, digests, ends)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a LintedAll does not change")

    def __len__(self) -> int:
        return len(self.records)


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


def lint_all(drafts: Roll | Sequence[Draft], context: Context) -> LintedAll:
    """The drafts of one batch, ready to be signed; raises AllRefused with the findings of each.

    A roll is judged by columns as long as every rule is clear, and one by one where something stands
    against it.
    """
    if isinstance(drafts, Roll) and (not drafts or all(rule.clears(drafts, context) for rule in RULES)):
        end = claims_.leaf_end(drafts.common.sitting, drafts.common.basis, drafts.common.version)
        return LintedAll(drafts.records, repeat(end, len(drafts)), _SEAL)
    refused = {n: found for n, draft in enumerate(drafts) if (found := findings(draft, context))}
    if refused:
        raise AllRefused(refused)
    claims = [draft.claims for draft in drafts]
    ends = [claims_.leaf_end(c.sitting, c.basis, c.version) for c in claims]
    return LintedAll([claims_.encode(c) for c in claims], ends, _SEAL)
