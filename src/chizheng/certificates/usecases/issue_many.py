"""Several processes that issue at once: each takes groups of batches that no other is at."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

from chizheng.certificates.models import Batch
from chizheng.certificates.usecases.issue_batch import GROUP_SIZE, WAITING, issue_group
from chizheng.platform.clock import now


def issue_with_workers(*, workers: int) -> None:
    """Start that many processes and wait; what one leaves behind, the caller's own round picks up."""
    start = (
        "import sys; from chizheng.platform.boot import boot; boot(); "
        "from chizheng.certificates.usecases.issue_many import share; share(int(sys.argv[1]), int(sys.argv[2]))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", start, str(n), str(workers)], env=dict(os.environ))
        for n in range(workers)
    ]
    for process in started:
        process.wait()


def share(number: int, of: int) -> None:
    """Issue the waiting batches whose turn it is: every `of`-th group, so that two seldom meet at a lock."""
    gc.freeze()  # a group makes some hundred thousand objects and no cycles worth looking for at every step
    gc.set_threshold(200_000, 20, 50)
    waiting = Batch.objects.filter(state__in=WAITING).order_by("approved_at", "id")
    groups: list[list[int]] = [[]]
    size = 0
    for pk, count in waiting.values_list("pk", "count"):
        if groups[-1] and size + count > GROUP_SIZE:
            groups.append([])
            size = 0
        groups[-1].append(pk)
        size += count
    for group in groups[number::of]:
        if group:
            issue_group(group, now())
