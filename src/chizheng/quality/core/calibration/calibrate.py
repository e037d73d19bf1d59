"""Calibration: from responses to item parameters with standard errors.

Marginal maximum likelihood (Bock & Aitkin 1981) with abilities integrated over a normal distribution on
fixed nodes; see `family` and `dense` for the likelihoods and `climb` for the way up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from chizheng.kernel.wording import Wording
from chizheng.quality.core.calibration.climb import Climb, Engine, climb
from chizheng.quality.core.calibration.dense import DenseEngine
from chizheng.quality.core.calibration.family import FamilyEngine
from chizheng.quality.core.calibration.layout import Layout, lay_out
from chizheng.quality.core.calibration.points import Point, Space, group_densities, quadrature, space
from chizheng.quality.core.calibration.types import (
    MISSING,
    Anchor,
    Calibration,
    Floats,
    Group,
    Item,
    Model,
    Scores,
    Settings,
)
from chizheng.quality.core.refusals import refuse

_SAMPLE = 2500  # persons of the first, rough climb where there are many more
_MOST_CELLS = 200

_NOT_CONVERGED = Wording(
    zh="迭代 {count} 次后仍未收敛，结果仅供参考",
    en="not converged after {count} iterations; do not use the figures",
)
_STEEP = Wording(
    zh="“{item}”的区分度估计为 {slope:.1f}，接近发散，请检查该题",
    en="'{item}' has an estimated slope of {slope:.1f}, close to divergence; look at the item",
)
_NEGATIVE = Wording(
    zh="“{item}”的区分度为负（{slope:.2f}），答案键可能有误",
    en="'{item}' has a negative slope ({slope:.2f}); its key may be wrong",
)
_FEW = Wording(
    zh="“{item}”只有 {count} 人作答，少于建议的 {wanted} 人，误差较大",
    en="'{item}' has only {count} answers, fewer than the advised {wanted}; its errors are large",
)
_SINGULAR = Wording(
    zh="信息矩阵不可逆，标准误无法给出", en="the information matrix is singular: no standard errors"
)

ADVISED_ANSWERS: Mapping[Model, int] = {
    Model.RASCH: 100,
    Model.TWO_PL: 250,
    Model.GPCM: 250,
    Model.THREE_PL: 1000,
}
"""Answers per item below which a notice is given (sources in docs/quality/calibration.md)."""


def calibrate(
    scores: Scores,
    names: Sequence[str],
    model: Model,
    *,
    weights: Floats | None = None,
    groups: Sequence[str] | NDArray[np.str_] | None = None,
    anchors: Mapping[str, Anchor] | None = None,
    settings: Settings | None = None,
) -> Calibration:
    """Estimate item parameters from `scores` (persons x items, int8, -1 missing).

    `weights` count persons several times. `groups` labels persons; the first label seen is the reference
    N(0, 1), the others have mean and sd estimated. With `anchors` every group's mean and sd are estimated
    on the anchors' scale. Raises BadInput for wrong values, Refused for data that carry no estimate.
    """
    settings = settings or Settings()
    layout = lay_out(scores, names, model, settings, weights=weights, groups=groups, anchors=anchors)
    nodes = quadrature(settings, len(layout.names))
    engine = _engine(layout, nodes, model, settings)
    region = space(layout, model, engine.category_counts)
    start, far = region.start, True
    rough = 0
    if layout.persons > 4 * _SAMPLE:
        stride = layout.persons // _SAMPLE
        part = layout.rows(slice(0, None, stride))
        if part.persons >= _SAMPLE and _every_category(part):
            first = climb(
                _engine(part, nodes, model, settings), region, start, tolerance=3e-3, limit=60, far=True
            )
            start, far, rough = first.point, False, first.iterations
    end = climb(engine, region, start, tolerance=settings.tolerance, limit=settings.max_iterations, far=far)
    end.iterations += rough
    covariance = _covariance(engine, region, end.point) if settings.standard_errors else None
    return _result(model, layout, nodes, engine, region, end, covariance, settings)


def _engine(layout: Layout, nodes: Floats, model: Model, settings: Settings) -> Engine:
    cells = len(layout.seen) * len(layout.labels)
    if model is Model.THREE_PL or (cells > _MOST_CELLS and cells * 20 > layout.persons):
        return DenseEngine(layout, nodes, model, settings)
    return FamilyEngine(layout, nodes)


def _every_category(layout: Layout) -> bool:
    """Does each item keep at least one answer in each of its lowest and highest categories?"""
    return bool(((layout.scores == 0).any(axis=0) & (layout.scores == layout.top).any(axis=0)).all())


def _covariance(engine: Engine, region: Space, point: Point) -> Floats | None:
    """Inverse observed information over the free parameters, placed in the full matrix."""
    observed = engine.information(point)
    free = region.free
    out = np.zeros_like(observed)
    try:
        np.linalg.cholesky(observed[np.ix_(free, free)])
        out[np.ix_(free, free)] = np.linalg.inv(observed[np.ix_(free, free)])
    except np.linalg.LinAlgError:
        return None
    return out


def _result(
    model: Model,
    layout: Layout,
    nodes: Floats,
    engine: Engine,
    region: Space,
    end: Climb,
    covariance: Floats | None,
    settings: Settings,
) -> Calibration:
    notices = list(layout.notices)

    def note(wording: Wording, **params: object) -> None:
        notices.append(Wording(wording.say("zh", **params), wording.say("en", **params)))

    if not np.isfinite(end.value):
        refuse("no_maximum", what="log-likelihood")
    if not end.converged:
        note(_NOT_CONVERGED, count=end.iterations)
    if covariance is None and settings.standard_errors:
        note(_SINGULAR)
    width = region.width
    items = []
    for j, name in enumerate(layout.names):
        at = slice(j * width, (j + 1) * width)
        block = None if covariance is None else covariance[at, at]
        item = _item(
            model,
            name,
            end.point.items[j],
            int(layout.top[j]),
            block,
            layout.anchors[j],
            int(layout.answered[j]),
        )
        items.append(item)
        if item.fixed:
            continue
        if item.slope < 0:
            note(_NEGATIVE, item=name, slope=item.slope)
        elif item.slope > 8:
            note(_STEEP, item=name, slope=item.slope)
        if item.answered < ADVISED_ANSWERS[model]:
            note(_FEW, item=name, count=item.answered, wanted=ADVISED_ANSWERS[model])
    logs, _, _ = group_densities(end.point.groups, nodes)
    value = end.value - engine.prior_value(end.point) if isinstance(engine, DenseEngine) else end.value
    return Calibration(
        model=model,
        items=tuple(items),
        excluded=layout.excluded,
        groups=_groups(layout, region, end.point, covariance),
        persons=layout.persons,
        log_likelihood=value,
        iterations=end.iterations,
        evaluations=end.evaluations,
        converged=end.converged,
        nodes=nodes,
        weights=np.exp(logs),
        notices=tuple(notices),
        recoded=layout.recoded,
    )


def _item(
    model: Model,
    name: str,
    block: Floats,
    top: int,
    covariance: Floats | None,
    anchor: Anchor | None,
    answered: int,
) -> Item:
    slope = float(block[0])
    if anchor is not None:
        return Item(
            name, slope, anchor.steps, anchor.guessing, 0.0, (0.0,) * len(anchor.steps), 0.0,
            (0.0,) * len(anchor.steps), True, answered,
        )  # fmt: skip
    d = np.concatenate([[0.0], block[1 : top + 1]])
    steps = -(d[1:] - d[:-1]) / slope if slope else np.full(top, np.nan)
    guessing = float(1 / (1 + np.exp(-block[2]))) if model is Model.THREE_PL else 0.0
    nan = float("nan")
    if covariance is None:
        return Item(
            name,
            slope,
            tuple(map(float, steps)),
            guessing,
            nan,
            (nan,) * top,
            nan,
            (nan,) * top,
            False,
            answered,
        )
    # delta method: b_k = -(d_k - d_(k-1)) / a
    jacobian = np.zeros((top, covariance.shape[0]))
    jacobian[:, 0] = -steps / slope
    for k in range(1, top + 1):
        jacobian[k - 1, k] = -1 / slope
        if k > 1:
            jacobian[k - 1, k - 1] = 1 / slope
    spread = np.einsum("kp,pr,kr->k", jacobian, covariance, jacobian)
    root = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    se_guessing = float(root[2] * guessing * (1 - guessing)) if model is Model.THREE_PL else 0.0
    return Item(
        name, slope, tuple(map(float, steps)), guessing, float(root[0]),
        tuple(map(float, np.sqrt(np.maximum(spread, 0.0)))), se_guessing,
        tuple(map(float, root[1 : top + 1])), False, answered,
    )  # fmt: skip


def _groups(layout: Layout, region: Space, point: Point, covariance: Floats | None) -> tuple[Group, ...]:
    out = []
    first = point.items.size
    size = np.bincount(layout.group, minlength=len(layout.labels))
    for g, label in enumerate(layout.labels):
        eta1, eta2 = point.groups[g]
        variance = -0.5 / eta2
        mean, sd = float(eta1 * variance), float(np.sqrt(variance))
        free = region.free[first + 2 * g : first + 2 * g + 2]
        se_mean = se_sd = 0.0
        if free.any():
            if covariance is None:
                se_mean, se_sd = (float("nan") if free[0] else 0.0), float("nan")
            else:
                at = slice(first + 2 * g, first + 2 * g + 2)
                # d mean / d eta = (v, eta1 * 2 v^2), d sd / d eta2 = v^2 / sd = sd^3
                jacobian = np.array([[variance, 2 * eta1 * variance**2], [0.0, sd**3]])
                spread = jacobian @ covariance[at, at] @ jacobian.T
                se_mean, se_sd = (float(np.sqrt(max(v, 0.0))) for v in np.diag(spread))
                if not free[0]:
                    se_mean = 0.0
        out.append(Group(label, mean, sd, se_mean, se_sd, int(size[g])))
    return tuple(out)


def in_categories(result: Calibration, scores: Scores, names: Sequence[str]) -> Scores:
    """The columns of `scores` that were calibrated, in the categories of the calibration.

    Scores that the calibration never saw become missing.
    """
    column = {name: j for j, name in enumerate(names)}
    out = np.ascontiguousarray(scores[:, [column[i.name] for i in result.items]], dtype=np.int8)
    for j, item in enumerate(result.items):
        used = result.recoded.get(item.name, tuple(range(len(item.steps) + 1)))
        place = np.full(129, MISSING, dtype=np.int8)  # the last cell answers for MISSING
        place[list(used)] = np.arange(len(used), dtype=np.int8)
        if item.name in result.recoded or int(out[:, j].max(initial=0)) > used[-1]:
            out[:, j] = place[out[:, j]]
    return out
