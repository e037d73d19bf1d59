"""Journeys that change statuses write logs of their own: the house of the certificates' tests."""

from tests.certificates.web.conftest import house as house
