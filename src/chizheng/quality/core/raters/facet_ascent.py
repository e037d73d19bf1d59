"""The way up the likelihood of many-facet ratings: Newton with a kept information, corrected by L-BFGS."""

from __future__ import annotations

import numpy as np

from chizheng.quality.core.raters.facet_likelihood import FacetLikelihood, Floats, Point

DENSE = 3000
"""Severities whose full information matrix is still solved at once."""
WIDEST = 5.0
"""Standard deviation of the candidates, in logits, beyond which marks cannot tell how wide they are: with marks that
never contradict each other the likelihood grows for ever. There it is held, and said to be (`bounded`)."""
FLATTEST = -0.5 / WIDEST**2
_NEAR = 0.1  # a step this short, or so many steps, and Newton takes over
_FIRST = 12
_KEEP = 0.4


def climb(problem: FacetLikelihood, x: Floats, tolerance: float, limit: int, near: bool = False) -> Point:
    """Newton with the observed information kept and corrected by L-BFGS; see calibration.climb."""
    state, diagonal = problem.evaluate(x)
    dense = problem.expand.shape[1] <= DENSE
    moves: list[tuple[Floats, Floats]] = []
    inverse: Floats | None = None
    last = np.inf
    near = near and dense
    for iteration in range(1, limit + 1):
        if inverse is None or (not near and len(moves) > 30):
            moves, inverse = [], _inverse(problem, state.x, diagonal, near)
        uphill = state.gradient
        if state.x[-1] >= FLATTEST and uphill[-1] > 0:  # held: as if it were known
            uphill = np.append(uphill[:-1], 0.0)
        step = problem.expand @ two_loop(inverse, moves, problem.expand.T @ uphill)
        longest = float(np.abs(step[:-1]).max())
        if longest > 1.0:
            step /= longest
        if step[-1] > -0.5 * state.x[-1]:
            step *= -0.5 * state.x[-1] / step[-1]
        step[-1] = min(step[-1], max(FLATTEST - state.x[-1], 0.0))
        for _ in range(8):
            after, diagonal = problem.evaluate(state.x + step)
            if after.value >= state.value - 1e-12 * abs(state.value):
                break
            step = step / 2
        else:
            if moves:
                inverse = None
                continue
            state.iterations, state.converged = iteration, longest < 1e3 * tolerance
            return state
        change = after.x - state.x
        size = float(np.abs(change).max())
        free_move = problem.reduce(change)
        free_fall = problem.expand.T @ (state.gradient - after.gradient)
        if float(free_move @ free_fall) > 0:
            moves.append((free_move, free_fall))
        state = after
        if size < tolerance:
            state.iterations, state.converged = iteration, True
            return state
        if dense and not near and (size < _NEAR or iteration >= _FIRST):
            near, inverse, size = True, None, np.inf
        elif near and size > _KEEP * last:
            inverse = None
        last = size
    state.iterations = limit
    return state


def _inverse(problem: FacetLikelihood, x: Floats, diagonal: Floats, newton: bool) -> Floats:
    """Inverse information in the free parameters: full, or the complete-data diagonal (as a vector)."""
    if newton:
        matrix = problem.expand.T @ problem.information(x) @ problem.expand
        try:
            np.linalg.cholesky(matrix)
            return np.asarray(np.linalg.inv(matrix))
        except np.linalg.LinAlgError:
            pass
    return 1 / (problem.reduce(diagonal) + 1e-9)


def two_loop(inverse: Floats, moves: list[tuple[Floats, Floats]], gradient: Floats) -> Floats:
    """L-BFGS direction from an initial inverse matrix (or its diagonal)."""
    ascent = gradient
    factors = []
    for move, fall in reversed(moves):
        factor = float(move @ ascent) / float(move @ fall)
        ascent = ascent - factor * fall
        factors.append(factor)
    ascent = inverse @ ascent if inverse.ndim == 2 else inverse * ascent
    for (move, fall), factor in zip(moves, reversed(factors), strict=True):
        ascent = ascent + (factor - float(fall @ ascent) / float(move @ fall)) * move
    return ascent
