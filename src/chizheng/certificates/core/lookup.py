"""Whoever answers questions about many certificates: a list of QR texts at hand, tables, a remote service.

A `Lookup` turns a question into the JSON of a report (core/report.py); batches and the command line
know nothing else about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chizheng.certificates.core import claims, numbers
from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.envelopes import cose, jcs, sdjwt, vc
from chizheng.certificates.core.report import to_json
from chizheng.certificates.core.verification import (
    Entry,
    Limits,
    Question,
    Report,
    Status,
    TrustView,
    Verdict,
    examine,
    examine_answer,
)
from chizheng.certificates.core.wording import NEXT
from chizheng.kernel.errors import BadInput, ChizhengError

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a batch: a question, or what was presented (a QR text, a credential): it proves itself.

    `printed`: the text of the document that the QR code was found in.
    """

    question: Question
    presented: str = ""
    printed: str = ""


class Lookup(Protocol):
    """Answers rows in order; raises ChizhengError only where no row can be answered."""

    def answer(self, rows: Sequence[Row], lang: str) -> list[Answer]: ...


@dataclass(frozen=True)
class HeldCertificates:
    """A register made of QR texts: an employer's file of what its people handed in.

    Every text is verified when the register is made; what is not genuine is as good as not there.
    """

    entries: Mapping[str, tuple[Entry, ...]]
    trust: TrustView
    now: datetime
    limits: Limits

    @classmethod
    def of(cls, lines: Iterable[str], trust: TrustView, *, now: datetime, limits: Limits) -> HeldCertificates:
        """From lines of QR text; lines that are not genuine are left out."""
        found: dict[str, list[Entry]] = {}
        for line in lines:
            text = line.strip("\r\n\t")
            if not text:
                continue
            try:
                report = examine(text, trust, now=now, limits=limits)
            except BadInput:
                continue
            if report.shown:
                entry = _entry(report)
                found.setdefault(entry.number, []).append(entry)
        return cls({number: tuple(those) for number, those in found.items()}, trust, now, limits)

    def answer(self, rows: Sequence[Row], lang: str) -> list[Answer]:
        return [self._one(row, lang) for row in rows]

    def _one(self, row: Row, lang: str) -> Answer:
        name = row.question.name
        try:
            if row.presented:
                report = examine(
                    row.presented,
                    self.trust,
                    now=self.now,
                    limits=self.limits,
                    name=name,
                    printed=row.printed,
                )
            else:
                entries = self.entries.get(numbers.normal(row.question.number), ())
                report = examine_answer(row.question, entries, self.trust, now=self.now, limits=self.limits)
        except BadInput as fault:
            return refusal(fault, lang)
        return to_json(report, lang)


def presented_in(text: str) -> list[str]:
    """The certificates in a text: one, or one a line, or a JSON list of them; the text itself where it is none.

    A file of several must not be read as one that somebody damaged.
    """
    text = text.strip("\r\n\t \ufeff")
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    codes = bool(lines) and (lines[0].startswith(cose.PREFIX) or sdjwt.looks_like(lines[0]))
    if codes or all(
        line[0] + line[-1] == "{}" for line in lines
    ):  # a credential laid out has other lines too
        return lines or [text]
    if text.startswith("["):
        with suppress(BadInput):
            found = jcs.load(text.encode("utf-8", "replace"))
            if isinstance(found, list) and found:
                return [item if isinstance(item, str) else jcs.encode(item).decode() for item in found]
    return [text]


def claimed_number(text: str) -> str:
    """The number that something unproven says it has, '' where it says none."""
    text = text.strip()
    try:
        if text.startswith(cose.PREFIX):
            return numbers.normal(claims.decode(cose.parse(cose.from_text(text)).payload).number)
        if text.startswith("{"):
            return numbers.normal(vc.read(vc.parse(text.encode("utf-8", "replace")).unsecured)[0].number)
    except ChizhengError:
        pass
    return ""


def _entry(report: Report) -> Entry:
    shown = report.shown
    return Entry(
        number=str(shown["number"]),
        names=(str(shown["name"]),),
        status=Status[report.verdict.name] if report.verdict in _STATUSES else Status.VALID,
        basis=Basis(int(str(shown["basis"]))),
        check_code=report.claims.check_code if report.claims else "",
        shown=shown,
    )


_STATUSES = (Verdict.REVOKED, Verdict.SUSPENDED, Verdict.SUPERSEDED)


def refusal(fault: BadInput, lang: str) -> Answer:
    """The answer to a row that is no question: nothing was checked."""
    return {
        "verdict": "unreadable",
        "says": "无法核验" if not lang.startswith("en") else "Not checked",
        "colour": "red",
        "medium": "answer",
        "reasons": [{"code": fault.code, "message": fault.say(lang)}],
        "next": NEXT["unread"].say(lang),
        "as_of": None,
        "stale": False,
        "issuer": "",
        "certificate": {},
    }
