"""What a context has to do every day: named jobs in `<context>/daily.py` under `JOBS`; the portal runs them.

A job looks for what is due itself, in transactions of its own: twice in a row does nothing more, and a
process killed in the midst of it leaves what the next run goes on with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chizheng.kernel.wording import Wording

Did = Mapping[str, int]
"""What a job did, in counts by name; noughts where nothing was due."""


def _ready() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Job:
    """`name`: `<context>.<what>`, for `--only` and the ledger. `what`: the same for people.

    `faults`: counts that mean somebody has to look although the job went through, such as letters not sent.
    `lacks`: '' or why this process cannot do it, such as a key of another process; it is passed over then.
    `last`: behind the jobs of all contexts.
    """

    name: str
    what: Wording
    run: Callable[[datetime], Did]
    faults: frozenset[str] = frozenset()
    lacks: Callable[[], str] = _ready
    last: bool = False
