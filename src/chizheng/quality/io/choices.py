"""Chosen options by candidate (CSV or Parquet, `docs/formats/results.md`), as sheets to compare in a room.

One row per candidate and sitting; columns candidate, and if need be session, room, paper, date; every further column
is an item, its cell the option chosen ('' for a blank). Where session, room or date are not among them they are
taken from the results by the candidate's number.
"""

# ruff: noqa: S608 - identifiers are quoted column names of the file; values are parameters

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from chizheng.kernel.errors import BadInput
from chizheng.quality.core.surveillance.rooms import Sheets
from chizheng.quality.core.wording import WORDING
from chizheng.quality.io.result_files import cell, quoted, readable
from chizheng.quality.io.results import CHINESE, ITEM_NAME

MOST_OPTIONS = 12
_ROLES = {
    "candidate": "candidate", "session": "session", "room": "room", "paper": "paper", "date": "date", "试卷": "paper",
    **{name: column for name, column in CHINESE.items() if column in ("candidate", "session", "room", "date")},
}  # fmt: skip
_IGNORED = frozenset(CHINESE) | set(CHINESE.values()) | {"姓名", "name", "座位", "座位号", "seat"}
Seats = Mapping[str, tuple[str, str, int]]


def read_sheets(
    path: Path, seats: Seats, *, key: Path | None = None, wide: bool = False
) -> tuple[list[Sheets], bool]:
    """Sheets by paper, and whether their rooms are known (a room, or failing that a session).

    `seats`: candidate -> (session, room, day) of the results. `wide`: `path` is the table of results itself, and
    only columns named like items (`ITEM_NAME`) are. Raises BadInput naming row, column and remedy.
    """
    names, columns = _read(path)
    roles: dict[str, str] = {}
    for name in names:
        role = _ROLES.get(_plain(name))
        if role and role not in roles:
            roles[role] = name
    items = [
        n for n in names
        if n not in roles.values() and _plain(n) not in _IGNORED and (not wide or ITEM_NAME.fullmatch(n.strip()))
    ]  # fmt: skip
    if wide and len(items) < 2:
        return [], False
    if "candidate" not in roles:
        raise BadInput("answers_no_candidate", WORDING["answers_no_candidate"], path=path.name)
    if not items:
        raise BadInput("answers_no_items", WORDING["answers_no_items"], path=path.name)
    chosen = np.stack([_options(path, n, columns[n]) for n in items], axis=1)
    kept = (chosen != "").any(axis=1)
    chosen = chosen[kept]

    def texts(role: str) -> list[str] | None:
        return [str(v) for v in columns[roles[role]][kept]] if role in roles else None

    candidate = texts("candidate") or []
    session, room, day = texts("session"), texts("room"), texts("date")
    of_results = [seats.get(c, ("", "", 0)) for c in candidate]
    session = session or [s for s, _, _ in of_results]
    room = room or [r for _, r, _ in of_results]
    days = [_ordinal(d) for d in day] if day else [d for _, _, d in of_results]
    paper = texts("paper") or [""] * len(candidate)
    place = [f"{s}/{r}" if s and r else s or r for s, r in zip(session, room, strict=True)]
    keys = _key(key, items) if key else {}
    sheets = [
        _sheets(p, items, chosen, candidate, place, days, keys, np.flatnonzero([q == p for q in paper]))
        for p in sorted(set(paper))
    ]
    return sheets, any(place)


def _plain(name: str) -> str:
    return name.strip().lstrip("\ufeff").lower()


def _read(path: Path) -> tuple[list[str], dict[str, np.ndarray]]:
    with readable(path) as (plain, source), closing(duckdb.connect()) as con:
        described = con.execute(f"DESCRIBE SELECT * FROM {source}", {"path": str(plain)}).fetchall()
        names = [str(row[0]) for row in described]
        picked = ", ".join(f"{cell(_ROLES.get(_plain(n), ''), quoted(n))} AS {quoted(n)}" for n in names)
        got = con.execute(f"SELECT {picked} FROM {source}", {"path": str(plain)}).fetchnumpy()
    return names, {n: np.asarray(got[n], dtype=object) for n in names}


def _options(path: Path, name: str, column: np.ndarray) -> np.ndarray:
    values = np.char.upper(column.astype(str))
    if values.size and np.char.str_len(values).max() > 3:
        row = int(np.flatnonzero(np.char.str_len(values) > 3)[0])
        raise BadInput(
            "answer_too_long", WORDING["answer_too_long"], path=path.name, line=row + 2, column=name,
            value=str(values[row])[:20],
        )  # fmt: skip
    different = np.unique(values[values != ""]).size
    if different > MOST_OPTIONS:
        raise BadInput(
            "answers_many_options",
            WORDING["answers_many_options"],
            path=path.name,
            column=name,
            found=different,
        )
    return values


def _ordinal(text: str) -> int:
    """Days since year 1 of `2026-3-15`, 0 where it is no day."""
    try:
        year, month, day = map(int, text.split("-"))
        return date(year, month, day).toordinal()
    except ValueError:
        return 0


def _key(path: Path, items: list[str]) -> dict[str, str]:
    """Item -> right option, from a table with columns item (题目代码) and key (答案)."""
    names, columns = _read(path)
    place = {_plain(n): n for n in names}
    item, answer = place.get("item") or place.get("题目代码"), place.get("key") or place.get("答案")
    if item is None or answer is None:
        raise BadInput(
            "missing_columns", WORDING["missing_columns"], missing="item, key", present=", ".join(names)
        )
    keys = {str(i): str(k).upper() for i, k in zip(columns[item], columns[answer], strict=True)}
    lacking = [i for i in items if i not in keys]
    if lacking:
        raise BadInput("key_unknown", WORDING["key_unknown"], path=path.name, items="、".join(lacking[:8]))
    return keys


def coded(
    paper: str, items: list[str], chosen: np.ndarray, candidate: list[str], room: list[str], day: list[int],
    keys: Mapping[str, str],
) -> Sheets:  # fmt: skip
    """Sheets of texts as codes; items nobody answered are left out; `keys` empty: the key is not known."""
    used = np.flatnonzero((chosen != "").any(axis=0))
    chosen = chosen[:, used]
    names = [items[j] for j in used]
    options = sorted({str(v) for v in np.unique(chosen)} - {""} | {keys[n] for n in names if n in keys})
    place = {o: k for k, o in enumerate(options)}
    codes = np.full(chosen.shape, -1, np.int8)
    for option, k in place.items():
        codes[chosen == option] = k
    key = np.array([place[keys[n]] for n in names], np.int8) if all(n in keys for n in names) else None
    days = np.array(day, np.int64) if day and all(day) else None
    return Sheets(paper, tuple(names), tuple(options), codes, key, tuple(candidate), tuple(room), days)


def _sheets(
    paper: str, items: list[str], chosen: np.ndarray, candidate: list[str], room: list[str], day: list[int],
    keys: Mapping[str, str], rows: np.ndarray,
) -> Sheets:  # fmt: skip
    def of(texts: list[str]) -> list[str]:
        return [texts[int(r)] for r in rows]

    return coded(paper, items, chosen[rows], of(candidate), of(room), [day[int(r)] for r in rows], keys)
