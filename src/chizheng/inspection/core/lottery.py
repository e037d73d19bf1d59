"""Random draws that anybody can repeat 双随机: a number in [0, 1) from a published seed and an identifier.

The seed is a text (say, a date and the day's lottery result), published before the draw. Its BLAKE2b hash
starts SplitMix64, which the identifier then steps: no state, no order, no library to trust.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

_STEP = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)


def numbers(seed: str, identifiers: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """One number in [0, 1) for each identifier (int64), 53 bits."""
    start = np.uint64(int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=8).digest(), "big"))
    x = identifiers.astype(np.int64, copy=False).view(np.uint64)
    for _ in range(2):  # once for the identifier, once for the seed
        x = (x ^ start) + _STEP
        x = (x ^ (x >> np.uint64(30))) * _M1
        x = (x ^ (x >> np.uint64(27))) * _M2
        x = x ^ (x >> np.uint64(31))
    drawn: npt.NDArray[np.float64] = (x >> np.uint64(11)).astype(np.float64) / 2.0**53
    return drawn


def lowest(seed: str, identifiers: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.intp]:
    """Positions of the `count` identifiers with the lowest numbers: a simple random sample."""
    drawn = numbers(seed, identifiers)
    count = min(count, len(drawn))
    if count <= 0:
        return np.empty(0, dtype=np.intp)
    chosen = np.argpartition(drawn, count - 1)[:count]
    ordered: npt.NDArray[np.intp] = chosen[np.lexsort((identifiers[chosen], drawn[chosen]))]
    return ordered
