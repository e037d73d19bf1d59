"""Assessors of practical examinations: severity, consistency, habits, agreement.

ratings = Ratings.of(persons, assessors, criteria, scores)
fit = fit_facets(ratings)
habits(fit), fair_scores(fit)
"""

from chizheng.quality.core.raters.agreement import (
    Metric,
    cohen_kappa,
    fleiss_kappa,
    intraclass,
    krippendorff_alpha,
)
from chizheng.quality.core.raters.design import Ratings, assessor_sets
from chizheng.quality.core.raters.facets import FacetFit, fit_facets
from chizheng.quality.core.raters.habits import Drift, FairScores, Habits, fair_scores, habits, robust_z

__all__ = [
    "Drift", "FacetFit", "FairScores", "Habits", "Metric", "Ratings", "assessor_sets", "cohen_kappa",
    "fair_scores", "fit_facets", "fleiss_kappa", "habits", "intraclass", "krippendorff_alpha", "robust_z",
]  # fmt: skip
