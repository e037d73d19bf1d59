"""Which certificates persons hold, for gates: asked here, answered by whoever keeps the register.

A register that cannot answer raises `Unavailable`; askers then answer provisionally and ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from chizheng.access.core.gate import HeldCertificate

Register = Callable[[Collection[int]], Mapping[int, tuple[HeldCertificate, ...]]]


def _nobody(persons: Collection[int]) -> Mapping[int, tuple[HeldCertificate, ...]]:
    return {}


_register: Register = _nobody


def answer_with(register: Register) -> None:
    """Let `register` answer from now on: person ids in, certificates of any standing out."""
    global _register
    _register = register


def held(persons: Collection[int]) -> dict[int, tuple[HeldCertificate, ...]]:
    """Certificates by person id, whatever their standing: the gate judges them on the day."""
    return dict(_register(persons)) if persons else {}
