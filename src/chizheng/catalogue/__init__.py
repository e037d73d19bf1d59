"""Catalogue (article 2.1): occupations with history and aliases, standards, regions, code tables."""
