"""The climb to the maximum: EM-gradient steps far away, Newton steps near by.

Both are preconditioned gradient steps (Lange 1995): with the complete-data information the step is one
of EM, with the observed information (Louis 1982) one of Newton. In between, information lost to the
unknown abilities is counted in part, as much as keeps the matrix positive definite and the likelihood
rising. Where a pass over the data is dear the information is kept for several steps while they shrink fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.calibration.family import assemble
from chizheng.quality.core.calibration.points import Evaluation, Point, Space
from chizheng.quality.core.calibration.types import Floats

_FIRST_EM = 4
_KEEP = 0.4  # keep the information while a step is at most this fraction of the one before
_LONGEST_STEP = 1.0


class Engine(Protocol):
    """What a likelihood must answer."""

    category_counts: Floats

    def evaluate(self, point: Point) -> Evaluation: ...

    def information(self, point: Point) -> Floats: ...


@dataclass(slots=True)
class Climb:
    """Where the climb ended."""

    point: Point
    value: float
    iterations: int
    evaluations: int
    converged: bool


def climb(
    engine: Engine, space: Space, start: Point, *, tolerance: float, limit: int, far: bool = True
) -> Climb:
    """Maximise from `start`; `far` begins with EM steps."""
    point, state = start, engine.evaluate(start)
    passes, last = 1, np.inf
    kept: _Kept | None = None
    for iteration in range(1, limit + 1):
        newton = not (far and iteration <= _FIRST_EM)
        fresh = False
        if newton and kept is None:
            kept, fresh = _Kept.of(space, state, engine.information(point)), True
            passes += 1
        step = kept.step(state.gradient) if newton and kept else _blockwise(space, state)
        moved, after, used = _search(engine, point, state, _shortened(point, step))
        passes += used
        if moved is None and newton and not fresh:
            kept = None  # the kept information misled; look again from here
            continue
        if moved is None:
            step = _shortened(point, _blockwise(space, state))
            moved, after, used = _search(engine, point, state, step)
            passes += used
            if moved is None:
                size = float(np.abs(step).max(initial=0.0))
                return Climb(point, state.value, iteration, passes, size < 1e3 * tolerance)
        change = moved.flat() - point.flat()
        size = float(np.abs(change).max(initial=0.0))
        if newton and kept:
            kept.learn(change, state.gradient - after.gradient)
        point, state = moved, after
        if newton and size < tolerance:
            return Climb(point, state.value, iteration, passes, True)
        if size > _KEEP * last:
            kept = None
        last = size if newton else np.inf
    return Climb(point, state.value, limit, passes, False)


@dataclass(slots=True)
class _Kept:
    """A factored information matrix, corrected by the steps taken since (L-BFGS, Nocedal 1980)."""

    free: NDArray[np.bool_]
    inverse: Floats
    moves: list[tuple[Floats, Floats]]

    @classmethod
    def of(cls, space: Space, state: Evaluation, observed: Floats) -> _Kept:
        """Count the lost information only in part where the matrix is not positive definite."""
        free = space.free
        matrix = observed[np.ix_(free, free)]
        complete = assemble(state.item_blocks, state.group_blocks)[np.ix_(free, free)]
        for share in (0.0, 0.1, 0.3, 0.6, 0.9, 1.0):
            mixed = matrix if share == 0 else (1 - share) * matrix + share * complete
            try:
                np.linalg.cholesky(mixed)
                return cls(free, np.asarray(np.linalg.inv(mixed), dtype=np.float64), [])
            except np.linalg.LinAlgError:
                continue
        flat: Floats = np.eye(matrix.shape[0]) / max(float(np.abs(np.diag(complete)).max()), 1.0)
        return cls(free, flat, [])

    def step(self, gradient: Floats) -> Floats:
        ascent = gradient[self.free]
        factors = []
        for move, fall in reversed(self.moves):
            factor = float(move @ ascent) / float(move @ fall)
            ascent = ascent - factor * fall
            factors.append(factor)
        ascent = self.inverse @ ascent
        for (move, fall), factor in zip(self.moves, reversed(factors), strict=True):
            ascent = ascent + (factor - float(fall @ ascent) / float(move @ fall)) * move
        out = np.zeros(self.free.size)
        out[self.free] = ascent
        return out

    def learn(self, change: Floats, fall: Floats) -> None:
        move, drop = change[self.free], fall[self.free]
        if float(move @ drop) > 0:
            self.moves.append((move, drop))


def _blockwise(space: Space, state: Evaluation) -> Floats:
    """EM-gradient step: each item and each group on its own."""
    parts = []
    at = 0
    for blocks in (state.item_blocks, state.group_blocks):
        number, width, _ = blocks.shape
        free = space.free[at : at + number * width].reshape(number, width)
        slope = np.where(free, state.gradient[at : at + number * width].reshape(number, width), 0.0)
        matrix = np.where(free[:, :, None] & free[:, None], blocks, 0.0)
        index = np.arange(width)
        diagonal = matrix[:, index, index]
        matrix[:, index, index] = np.where(free, diagonal * (1 + 1e-9) + 1e-9, 1.0)
        parts.append(np.linalg.solve(matrix, slope[:, :, None])[:, :, 0].ravel())
        at += number * width
    return np.concatenate(parts)


def _shortened(point: Point, step: Floats) -> Floats:
    """No parameter moves by more than one unit at once, and variances stay positive."""
    longest = float(np.abs(step).max(initial=0.0))
    if longest > _LONGEST_STEP:
        step = step * (_LONGEST_STEP / longest)
    curvature = point.groups[:, 1]
    change = step[point.items.size :].reshape(-1, 2)[:, 1]
    scale = 1.0
    for now, delta in zip(curvature.tolist(), change.tolist(), strict=True):
        if delta > -0.5 * now:  # at most double the variance in one step
            scale = min(scale, -0.5 * now / delta)
    return step * scale


def _search(
    engine: Engine, point: Point, state: Evaluation, step: Floats
) -> tuple[Point | None, Evaluation, int]:
    """Halve the step until the likelihood does not fall (to rounding)."""
    slack = 1e-12 * (1 + abs(state.value))
    used = 0
    for _ in range(6):
        moved = point.moved(step)
        after = engine.evaluate(moved)
        used += 1
        if np.isfinite(after.value) and after.value >= state.value - slack:
            return moved, after, used
        step = step / 2
    return None, state, used
