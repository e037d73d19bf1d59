"""Bytes of the catalogue: the shipped occupations and classifications from sheets."""
