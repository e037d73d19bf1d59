"""A small invented province, drawn from a seed: what the demo, the journeys and the benches live on.

Nobody in it exists: names are built from the words for sample and example, and resident numbers carry
county codes that were never assigned.
"""
