"""Occupations as thought: records, names, levels, and the rows of a classification. Pure."""
