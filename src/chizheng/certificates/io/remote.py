"""Ask a Chizheng server: `POST {base}/api/v1/verifications` with rows, answers in the same order.

{"lang": "zh", "rows": [{"presented": "CZ1:…", "name": ""}, {"number": "…", "name": "…", "check_code": ""}]}
{"answers": [ …core/report.py… ]}
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from chizheng.certificates.core.lookup import Answer, Row
from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import BadInput, Unavailable

PATH = "/api/v1/verifications"
CHUNK = 200
MAX_ANSWER_BYTES = 8_000_000
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class RemoteLookup:
    """A server by its base address; only https, or http on this machine."""

    base: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise BadInput("remote_address", FAULTS["remote_address"], address=self.base)

    def answer(self, rows: Sequence[Row], lang: str) -> list[Answer]:
        """All answers, in chunks; raises Unavailable (`remote_failed`)."""
        answers: list[Answer] = []
        for start in range(0, len(rows), CHUNK):
            answers += self._chunk(rows[start : start + CHUNK], lang)
        return answers

    def _chunk(self, rows: Sequence[Row], lang: str) -> list[Answer]:
        asked = [
            {"presented": row.presented, "name": row.question.name}
            if row.presented
            else {
                "number": row.question.number,
                "name": row.question.name,
                "check_code": row.question.check_code,
            }
            for row in rows
        ]
        request = Request(  # noqa: S310 - the scheme is checked above
            self.base.rstrip("/") + PATH,
            data=json.dumps({"lang": lang, "rows": asked}).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        try:
            with urlopen(request, timeout=SECONDS) as response:  # noqa: S310
                raw = response.read(MAX_ANSWER_BYTES + 1)
            answers = json.loads(raw)["answers"]
            if len(raw) > MAX_ANSWER_BYTES or not isinstance(answers, list) or len(answers) != len(rows):
                raise ValueError("answer")
            if not all(isinstance(a, dict) and "verdict" in a and "reasons" in a for a in answers):
                raise ValueError("answer")
        except (URLError, OSError, http.client.HTTPException) as fault:
            raise _failed(str(getattr(fault, "reason", fault))) from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _failed("unexpected answer") from None
        return answers


def _failed(what: str) -> Unavailable:
    return Unavailable("remote_failed", FAULTS["remote_failed"], what=what[:80])
