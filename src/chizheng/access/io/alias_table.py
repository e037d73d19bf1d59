"""Reads the alias and cue tables of `access/data/ads`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.lexicon import Kind, Lexicon, Word
from chizheng.access.core.ads.normalise import Folding
from chizheng.access.core.ads.rules import RULES
from chizheng.kernel.periods import Period

_DATA = files("chizheng.access") / "data" / "ads"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KINDS = {"names": Kind.NAME, "trades": Kind.TRADE, "certificates": Kind.CERTIFICATE}
_ROW_KEYS = {"name", "regional", *_KINDS}


@lru_cache(maxsize=1)
def folding() -> Folding:
    """Character tables; the map of traditional characters is the one OpenCC ships."""
    source = files("opencc") / "dictionary" / "TSCharacters.txt"
    pairs = (line.split("\t") for line in source.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return Folding({traditional: simplified.split()[0] for traditional, simplified in pairs})


@lru_cache(maxsize=1)
def cues() -> Cues:
    return Cues.compile(_load("cues.yaml"))


@lru_cache(maxsize=8)
def lexicon(on: date | None = None) -> Lexicon:
    """The shipped words, with the decisions in force on a day (None: without decisions)."""
    return Lexicon(words(), folding(), on=on)


def lexicon_with(decisions: Iterable[Word], on: date) -> Lexicon:
    """The shipped words and the decisions of persons kept elsewhere (the queue's table)."""
    return Lexicon([*words(), *decisions], folding(), on=on)


def words() -> Iterator[Word]:
    """Every row of the tables as a word; a row with an unknown key raises ValueError, the fault is ours."""
    table, around = _load("aliases.yaml"), _load("cues.yaml")
    for row in table["occupations"]:
        if unknown := set(row) - _ROW_KEYS:
            raise ValueError(f"aliases.yaml, {row.get('name')}: unknown keys {sorted(unknown)}")
        readings = tuple(_split(row["name"]))
        for key, kind in _KINDS.items():
            yield from (Word(text, kind, readings) for text in _split(row.get(key)))
        for region in (row.get("regional") or {}).values():
            yield from (Word(text, Kind.NAME, readings) for text in _split(region))
    for row in table["decisions"]:
        readings, period = tuple(_split(row.get("occupations"))), Period(row["from"], row.get("to"))
        yield Word(str(row["word"]), Kind[str(row["kind"]).upper()], readings, period=period)
    yield from (Word(text, Kind.BLOCK) for text in _split(around["blocks"]))
    yield from (Word(text, Kind.GENERAL, general=True) for text in _split(around["general_posts"]))
    house = around["hospitality"]
    yield from (Word(text, Kind.WAITER, ("餐厅服务员",)) for text in _split(house["words"]))
    yield from (Word(text, Kind.WAITER, ("前厅服务员",)) for text in _split(house["desk"]))
    for rule in RULES:
        yield from (Word(text, Kind.TRIGGER, wakes=frozenset({rule.code})) for text in rule.triggers)


def _load(name: str) -> dict[str, Any]:
    table = yaml.load((_DATA / name).read_text(encoding="utf-8"), _Loader)  # noqa: S506  # safe loader
    assert isinstance(table, dict)
    return table


def _split(value: str | list[str] | None) -> list[str]:
    """Words written with spaces between them, or as a list."""
    if value is None:
        return []
    return value.split() if isinstance(value, str) else value
