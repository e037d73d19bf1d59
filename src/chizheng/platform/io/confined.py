"""Strangers' files that only a large reader understands are read in a process of their own, with an end to its time
and memory: a page that unpacks to gigabytes takes that process down and nothing else.

    answer = confined("chizheng.certificates.io.read_pdf", content, seconds=20, megabytes=1024)

The module is run as `python -m`, calls `limit()` before it reads its standard input, and writes JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from typing import Any


class Overrun(Exception):
    """The reader ran out of time or memory, or fell over."""


def confined(module: str, content: bytes, *, seconds: int, megabytes: int) -> Any:
    """What `module` says of `content`; raises Overrun where it does not come to an end within its limits."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(os.path.abspath(p) for p in sys.path),
        "LC_ALL": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",  # each thread would ask for address space of its own
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, str(seconds), str(megabytes)],
            input=content,
            capture_output=True,
            timeout=seconds + 10,
            env=environment,
            cwd="/",
            check=True,
        )
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as fault:
        raise Overrun(module) from fault


def limit() -> None:
    """For the module that is run: hold itself to the limits on its command line, and write no core."""
    seconds, megabytes = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
