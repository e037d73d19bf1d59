"""Assessors of practical examinations: severity, consistency, habits, agreement.

    ratings = Ratings.of(persons, assessors, criteria, scores)
    fit = fit_facets(ratings)
    assessor_report(fit)
"""

from chizheng.quality.core.raters.design import Ratings, assessor_sets
from chizheng.quality.core.raters.facets import FacetFit, fit_facets

__all__ = ["FacetFit", "Ratings", "assessor_sets", "fit_facets"]
