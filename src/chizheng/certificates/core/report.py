"""A report as plain JSON values: what the API answers and the command line prints.

{"verdict": "valid", "says": "有效", "colour": "green", "medium": "qr",
 "reasons": [{"code": "genuine", "message": "…"}], "next": "…", "as_of": "2026-11-24T04:00:00+00:00",
 "stale": false, "issuer": "…", "certificate": {"number": "…", "name": "…", …}}
"""

from __future__ import annotations

from typing import Any

from chizheng.certificates.core.verification import Report


def to_json(report: Report, lang: str = "zh") -> dict[str, Any]:
    """The report in one language; the same keys always, `certificate` empty where nothing may be shown."""
    issuer = report.issuer
    return {
        "verdict": report.verdict.value,
        "says": report.headline(lang),
        "colour": report.colour,
        "medium": report.medium.value,
        "reasons": [{"code": reason.code, "message": reason.say(lang)} for reason in report.reasons],
        "next": report.next_step(lang),
        "as_of": report.freshness.as_of.isoformat() if report.freshness.as_of else None,
        "stale": report.freshness.stale,
        "issuer": "" if issuer is None else issuer.name_en if lang.startswith("en") else issuer.name,
        "certificate": dict(report.shown),
    }
