"""Whoever answers questions about many certificates: a list of QR texts at hand, tables, a remote service.

A `Lookup` turns a question into the JSON of a report (core/report.py); batches and the command line
know nothing else about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chizheng.certificates.core import numbers
from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.report import to_json
from chizheng.certificates.core.verification import (
    Entry,
    Limits,
    Question,
    Status,
    TrustView,
    Verdict,
    examine,
    examine_answer,
)
from chizheng.kernel.errors import BadInput

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a batch: a question, or what was presented (a QR text, a credential): it proves itself."""

    question: Question
    presented: str = ""


class Lookup(Protocol):
    """Answers rows in order; raises ChizhengError only where no row can be answered."""

    def answer(self, rows: Sequence[Row], lang: str) -> list[Answer]: ...


@dataclass(frozen=True)
class HeldCertificates:
    """A register made of QR texts: an employer's file of what its people handed in.

    Every text is verified when it is asked for; a number among them that verifies as forged is as
    good as not there.
    """

    texts: Mapping[str, tuple[str, ...]]
    trust: TrustView
    now: datetime
    limits: Limits

    @classmethod
    def of(cls, lines: Iterable[str], trust: TrustView, *, now: datetime, limits: Limits) -> HeldCertificates:
        """From lines of QR text; lines that are not genuine are left out."""
        texts: dict[str, list[str]] = {}
        for line in lines:
            text = line.strip("\r\n\t")
            if not text:
                continue
            try:
                report = examine(text, trust, now=now, limits=limits)
            except BadInput:
                continue
            if number := report.shown.get("number"):
                texts.setdefault(str(number), []).append(text)
        return cls({n: tuple(found) for n, found in texts.items()}, trust, now, limits)

    def answer(self, rows: Sequence[Row], lang: str) -> list[Answer]:
        return [self._one(row, lang) for row in rows]

    def _one(self, row: Row, lang: str) -> Answer:
        try:
            if row.presented:
                report = examine(
                    row.presented, self.trust, now=self.now, limits=self.limits, name=row.question.name
                )
                return to_json(report, lang)
            found = self.texts.get(numbers.normal(row.question.number), ())
            entries = [self._entry(text) for text in found]
            report = examine_answer(row.question, entries, self.trust, now=self.now, limits=self.limits)
        except BadInput as fault:
            return refusal(fault, lang)
        return to_json(report, lang)

    def _entry(self, text: str) -> Entry:
        report = examine(text, self.trust, now=self.now, limits=self.limits)
        status = Status[report.verdict.name] if report.verdict in _STATUSES else Status.VALID
        basis = Basis(int(str(report.shown["basis"])))
        return Entry(str(report.shown["number"]), (str(report.shown["name"]),), status, basis,
                     shown=report.shown)  # fmt: skip


_STATUSES = (Verdict.REVOKED, Verdict.SUSPENDED, Verdict.SUPERSEDED)


def refusal(fault: BadInput, lang: str) -> Answer:
    """The answer to a row that is no question: nothing was checked."""
    return {
        "verdict": "unreadable",
        "says": "无法核验" if not lang.startswith("en") else "Not checked",
        "colour": "red",
        "medium": "answer",
        "reasons": [{"code": fault.code, "message": fault.say(lang)}],
        "as_of": None,
        "stale": False,
        "issuer": "",
        "certificate": {},
    }
