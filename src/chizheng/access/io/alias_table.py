"""Reads the alias and cue tables of `access/data/ads`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files

import yaml

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.lexicon import Kind, Lexicon, Word
from chizheng.access.core.ads.normalise import Folding
from chizheng.access.core.ads.rules import RULES
from chizheng.kernel.periods import Period

_DATA = files("chizheng.access") / "data" / "ads"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _load(name: str) -> Mapping[str, object]:
    table = yaml.load((_DATA / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert isinstance(table, dict)
    return table


def _split(value: object) -> list[str]:
    if not value:
        return []
    return value.split() if isinstance(value, str) else [str(v) for v in value]


@lru_cache(maxsize=1)
def folding() -> Folding:
    """Character tables; the map of traditional characters is the one OpenCC ships."""
    source = files("opencc") / "dictionary" / "TSCharacters.txt"
    pairs = (line.split("\t") for line in source.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return Folding({source: target.split()[0] for source, target in pairs})


def words() -> Iterator[Word]:
    """Every row of the tables as a word."""
    aliases, cues = _load("aliases.yaml"), _load("cues.yaml")
    kinds = {"names": Kind.NAME, "trades": Kind.TRADE, "certificates": Kind.CERTIFICATE}
    for row in aliases["occupations"]:
        if unknown := set(row) - _ROW_KEYS:
            raise ValueError(f"aliases.yaml, {row.get('name')}: unknown keys {sorted(unknown)}")
        readings = tuple(_split(row["name"]))
        for key, kind in kinds.items():
            for text in _split(row.get(key)):
                yield Word(text, kind, readings)
        for text in (t for region in (row.get("regional") or {}).values() for t in _split(region)):
            yield Word(text, Kind.NAME, readings)
    for row in aliases["decisions"]:
        yield Word(
            row["word"],
            Kind[row["kind"].upper()],
            tuple(row.get("occupations", ())),
            period=Period(row["from"], row.get("to")),
        )
    for text in _split(cues["blocks"]):
        yield Word(text, Kind.BLOCK)
    for text in _split(cues["general_posts"]):
        yield Word(text, Kind.GENERAL, general=True)
    hospitality = cues["hospitality"]
    for text in _split(hospitality["words"]):
        yield Word(text, Kind.WAITER, ("餐厅服务员",))
    for text in _split(hospitality["desk"]):
        yield Word(text, Kind.WAITER, ("前厅服务员",))
    for rule in RULES:
        for text in rule.triggers:
            yield Word(text, Kind.TRIGGER, wakes=frozenset({rule.code}))


@lru_cache(maxsize=8)
def lexicon(on: date | None = None) -> Lexicon:
    """The words in force on a day."""
    return Lexicon(words(), folding(), on=on)


@lru_cache(maxsize=1)
def cues() -> Cues:
    return Cues.compile(_load("cues.yaml"))
