"""The shipped catalogue: the occupations that gates and the demo name, with levels where known."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from chizheng.catalogue.core.levels import parse_levels
from chizheng.catalogue.core.occupation import Catalogue, Occupation, OccupationKind

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def catalogue() -> Catalogue:
    """`catalogue/data/occupations.yaml`, read once per process; a full classification is imported over it."""
    text = (resources.files("chizheng.catalogue") / "data" / "occupations.yaml").read_text(encoding="utf-8")
    return Catalogue(tuple(_occupation(row) for row in yaml.load(text, _Loader)))  # noqa: S506  # safe loader


def _occupation(row: dict[str, object]) -> Occupation:
    unknown = set(row) - {"name", "code", "kind", "levels", "edition", "aliases", "verified", "note"}
    if unknown:
        raise ValueError(f"occupations.yaml, {row.get('name')}: unknown keys {sorted(unknown)}")
    aliases = row.get("aliases", [])
    assert isinstance(aliases, list)
    return Occupation(
        name=str(row["name"]),
        code=str(row.get("code", "")),
        kind=OccupationKind(str(row.get("kind", "occupation"))),
        levels=parse_levels(str(row.get("levels", ""))),
        edition=str(row.get("edition", "")),
        aliases=tuple(str(a) for a in aliases),
        verified=row.get("verified") is True,
        note=str(row.get("note", "")),
    )
