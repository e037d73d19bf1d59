"""Occupations and regions."""

from __future__ import annotations

from datetime import date

from factory.django import DjangoModelFactory

from chizheng.catalogue.models import Occupation, Region

EVER = (date(1990, 1, 1), None)


class OccupationFactory(DjangoModelFactory[Occupation]):
    class Meta:
        model = Occupation
        django_get_or_create = ("name",)

    name = "车工"
    code = "6-18-01-01"
    levels = [5, 4, 3, 2, 1]
    standard_edition = "2018"
    period = EVER
    verified = True


class RegionFactory(DjangoModelFactory[Region]):
    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = "32"
    name = "江苏省"
    period = EVER
