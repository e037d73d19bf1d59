"""Responses of candidates to items: CSV, Parquet, or npz (docs/formats/responses.md)."""

from __future__ import annotations

import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.io.sheet import MOST_SCORE, first_cells, header_of, plain_bytes, read_sheet
from chizheng.quality.io.wording import file_fault

STDIN = Path("-")
ID_NAMES = frozenset(
    {
        "",
        "id",
        "candidate",
        "person",
        "student",
        "examinee",
        "ticket",
        "考生",
        "考生号",
        "准考证号",
        "编号",
        "序号",
    }
)


@dataclass(frozen=True, slots=True)
class Responses:
    """`scores` persons x items, int8, -1 missing; `ids` as written, or row numbers from 1."""

    items: tuple[str, ...]
    scores: NDArray[np.int8]
    ids: Sequence[str]
    weights: NDArray[np.float64] | None = None
    groups: NDArray[np.str_] | None = None


def read_responses(
    path: Path, *, weight: str | None = None, group: str | None = None, id_column: str | None = None
) -> Responses:
    """Read a file of responses.

    The candidate column is `id_column`, or a first column named like one (`ID_NAMES`) or holding what
    cannot be scores. `weight` and `group` name columns (arrays in an npz) that are not items.
    Raises BadInput naming row, column, value and remedy.
    """
    if path == STDIN:
        return _csv(path, weight, group, id_column)
    if not path.is_file():
        file_fault("not_found", path=str(path))
    kind = path.suffix.lower()
    if kind == ".npz":
        return _npz(path, weight, group)
    if kind == ".parquet":
        return _parquet(path, weight, group, id_column)
    if kind in (".csv", ".txt", ".tsv"):
        return _csv(path, weight, group, id_column)
    file_fault("kind", path=str(path))


def _csv(path: Path, weight: str | None, group: str | None, id_column: str | None) -> Responses:
    raw = plain_bytes(sys.stdin.buffer.read() if path == STDIN else path.read_bytes())
    if not raw.strip(b"\xef\xbb\xbf\r\n \x1a"):
        file_fault("empty", path=str(path))
    names, body, delimiter = header_of(raw)
    line = 2
    if all(_like_score(n) for n in names):  # no header: the first line is a candidate
        body = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
        names, line = [f"item{j + 1}" for j in range(len(names))], 1
    sample = first_cells(raw, body, delimiter)
    roles = _roles(path, names, [row[0] for row in sample if row], weight, group, id_column)
    texts = [c for c in (roles.id, roles.weight, roles.group) if c is not None]
    sheet = read_sheet(raw, body, delimiter, names, roles.items, texts, line)
    weights = None
    if roles.weight is not None:
        weights = _numbers(sheet.texts[names[roles.weight]], names[roles.weight], line)
    return Responses(
        tuple(names[i] for i in roles.items),
        sheet.scores,
        range_ids(len(sheet.scores)) if roles.id is None else sheet.texts[names[roles.id]],
        weights,
        None if roles.group is None else np.array(sheet.texts[names[roles.group]], dtype=np.str_),
    )


def repeated(ids: Sequence[str]) -> list[str]:
    """Numbers of candidates that stand in more than one row, in order; row numbers never do."""
    return [name for name, count in Counter(ids).items() if count > 1 and name]


def range_ids(count: int) -> Sequence[str]:
    """Row numbers from 1, where candidates carry no number of their own."""
    return [str(k) for k in range(1, count + 1)]


@dataclass(frozen=True, slots=True)
class _Roles:
    items: list[int]
    id: int | None
    weight: int | None
    group: int | None


def _roles(
    path: Path,
    names: Sequence[str],
    first_column: Sequence[str],
    weight: str | None,
    group: str | None,
    id_column: str | None,
) -> _Roles:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            file_fault("twice", column=name)
        seen.add(name)

    def place(column: str | None) -> int | None:
        if column is None:
            return None
        if column not in names:
            file_fault("no_column", column=column, have=", ".join(names[:12]))
        return list(names).index(column)

    at_weight, at_group, at_id = place(weight), place(group), place(id_column)
    if (
        at_id is None
        and at_weight != 0
        and at_group != 0
        and (names[0].lower() in ID_NAMES or not all(_like_score(v) for v in first_column))
        and not _nearly_scores(first_column)
    ):
        at_id = 0
    taken = {at_weight, at_group, at_id}
    items = [k for k in range(len(names)) if k not in taken]
    if not items:
        file_fault("no_items", path=str(path))
    return _Roles(items, at_id, at_weight, at_group)


def _like_score(text: str) -> bool:
    text = text.strip()
    return text == "" or text == "-1" or (text.isdigit() and int(text) <= MOST_SCORE)


def _nearly_scores(cells: Sequence[str]) -> bool:
    """A score column with a slip of the pen: it is reported, not taken for candidates' numbers."""
    answered = [c.strip() for c in cells if c.strip()]
    single = sum(c in ("0", "1") for c in answered)
    return len(answered) >= 10 and single >= 0.9 * len(answered)


def _numbers(texts: Sequence[str], column: str, line: int) -> NDArray[np.float64]:
    out = np.empty(len(texts))
    for k, text in enumerate(texts):
        try:
            out[k] = float(text)
        except ValueError:
            file_fault("number", row=line + k, column=column, value=text[:40])
    return out


def _npz(path: Path, weight: str | None, group: str | None) -> Responses:
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        file_fault("unreadable", path=str(path), why=str(error)[:80])
    if "responses" not in arrays:
        file_fault("no_array", path=str(path), have=", ".join(arrays) or "-")
    raw = arrays["responses"]
    if raw.ndim != 2:
        file_fault("array_shape", name="responses", found=raw.shape, wanted="persons x items")
    persons, width = raw.shape
    items = (
        tuple(str(n) for n in arrays["items"])
        if "items" in arrays
        else tuple(f"item{j + 1}" for j in range(width))
    )
    if len(items) != width:
        file_fault("array_shape", name="items", found=(len(items),), wanted=(width,))
    ids = [str(i) for i in arrays["ids"]] if "ids" in arrays else range_ids(persons)
    if len(ids) != persons:
        file_fault("array_shape", name="ids", found=(len(ids),), wanted=(persons,))

    def column(name: str | None) -> NDArray[Any] | None:
        if name is None:
            return None
        if name not in arrays:
            file_fault("no_column", column=name, have=", ".join(arrays))
        if arrays[name].shape != (persons,):
            file_fault("array_shape", name=name, found=arrays[name].shape, wanted=(persons,))
        found: NDArray[Any] = arrays[name]
        return found

    weights, groups = column(weight), column(group)
    return Responses(
        items,
        _matrix(raw, items, line=1),
        ids,
        None if weights is None else weights.astype(np.float64),
        None if groups is None else groups.astype(np.str_),
    )


def _parquet(path: Path, weight: str | None, group: str | None, id_column: str | None) -> Responses:
    import duckdb

    try:
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1")
            held = connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchnumpy()
    except duckdb.Error as error:
        file_fault("unreadable", path=str(path), why=str(error).splitlines()[0][:80])
    names = list(held)
    first = held[names[0]]
    sample = ["" if v is None else str(v) for v in np.ma.filled(first[:200].astype(object), "")]
    roles = _roles(path, names, sample, weight, group, id_column)
    items = tuple(names[i] for i in roles.items)
    scores = np.empty((len(first), len(items)), dtype=np.int8)
    for k, name in enumerate(items):
        column = held[name]
        if column.dtype == object:
            column = _objects(column, name)
        filled = np.ma.filled(column.astype(np.float64), np.nan)
        scores[:, k] = _matrix(filled[:, None], (name,), line=1)[:, 0]
    ids = (
        range_ids(len(first))
        if roles.id is None
        else [str(v) for v in np.ma.filled(held[names[roles.id]].astype(object), "")]
    )
    weights = None
    if roles.weight is not None:
        texts = [str(v) for v in np.ma.filled(held[names[roles.weight]].astype(object), "")]
        weights = _numbers(texts, names[roles.weight], 1)
    groups = None
    if roles.group is not None:
        groups = np.array(np.ma.filled(held[names[roles.group]].astype(object), ""), dtype=np.str_)
    return Responses(items, scores, ids, weights, groups)


def _objects(column: NDArray[np.object_], name: str) -> NDArray[np.float64]:
    """A text column of scores."""
    out = np.full(len(column), np.nan)
    for k, value in enumerate(np.ma.filled(column, "")):
        text = "" if value is None else str(value).strip()
        if text:
            try:
                out[k] = float(text)
            except ValueError:
                file_fault("score", row=k + 1, column=name, value=text[:40], most=MOST_SCORE)
    return out


def _matrix(raw: NDArray[Any], items: Sequence[str], line: int) -> NDArray[np.int8]:
    """Numbers to scores; NaN and -1 are missing; anything else is refused with its place."""
    if raw.dtype.kind not in "biuf":  # booleans, whole numbers, decimals
        file_fault("array_shape", name="responses", found=str(raw.dtype), wanted="numbers")
    if raw.dtype.kind == "f":
        values = raw.astype(np.float64)
        missing = np.isnan(values)
        clean = np.where(missing, -1.0, values)
        bad = (clean != np.floor(clean)) | (clean < -1) | (clean > MOST_SCORE)
    else:
        clean = raw.astype(np.int64) if raw.dtype != np.int8 else raw
        bad = (clean < -1) | (clean > MOST_SCORE)
    if bad.any():
        row, column = (int(v) for v in np.argwhere(bad)[0])
        file_fault(
            "score", row=row + line, column=items[column], value=str(raw[row, column]), most=MOST_SCORE
        )
    return clean.astype(np.int8)
