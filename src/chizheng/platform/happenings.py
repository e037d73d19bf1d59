"""Happenings: what a context announces and those to its right listen to, so that imports run one way.

    announce("session_closed", session=session.pk)        inside the transaction; told after commit
    @listen("session_closed")                              at import of the listening context's app

A listener must be safe to run twice and must not be the only thing that keeps a promise: whatever it
does is also done by a command that looks for what is due (a process may die between the two).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import transaction

_listeners: dict[str, list[Callable[..., None]]] = defaultdict(list)


def listen(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a listener for a happening."""

    def register(listener: Callable[..., None]) -> Callable[..., None]:
        if listener not in _listeners[name]:
            _listeners[name].append(listener)
        return listener

    return register


def announce(name: str, **ids: Any) -> None:
    """Tell listeners after the surrounding transaction has committed; ids only, never rows."""

    def tell() -> None:
        for listener in _listeners[name]:
            try:
                listener(**ids)
            except Exception:  # the deed is committed: a listener's fault is ours, not the clerk's
                logging.getLogger(__name__).exception("listener of %s failed", name)

    transaction.on_commit(tell)
