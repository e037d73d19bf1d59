"""The published status bundle as a server holds it: opened, verified, and opened again when it changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.core.status import StatusView
from chizheng.certificates.core.status_bundle import open_bundle
from chizheng.kernel.errors import ChizhengError

LOOK_AGAIN = 1.0
"""Seconds between looks at the file's stamp."""


class BundleFile:
    """Call it for the status view of the moment; None before the first good bundle.

    `keys` is asked at every opening, for keys rotate. A damaged or forged file does not take the last good
    one away: its age shows in the answers.
    """

    def __init__(
        self, path: Path, keys: Callable[[], Sequence[VerifierKey]], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._path, self._keys, self._clock = path, keys, clock
        self._lock = threading.Lock()
        self._view: StatusView | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._looked = 0.0

    def __call__(self) -> StatusView | None:
        now = self._clock()
        if 0 <= now - self._looked < LOOK_AGAIN:
            return self._view
        with self._lock:
            self._looked = now
            try:
                stat = self._path.stat()
                stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
                if stamp != self._stamp:
                    self._view = open_bundle(self._path.read_bytes(), self._keys()).view()
                    self._stamp = stamp
            except (OSError, ChizhengError):
                pass
            return self._view
