"""Tables of item parameters and abilities, written and read (docs/formats/responses.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from chizheng.platform.io.drafts import draft
from chizheng.platform.io.exports import CsvWriter, plain
from chizheng.quality.core.calibration.types import Anchor, Calibration, Model
from chizheng.quality.io.sheet import decoded
from chizheng.quality.io.wording import file_fault


def number(value: float) -> str:
    """Ten significant digits; blank for what could not be estimated."""
    return "" if value != value else f"{value:.10g}"


def item_rows(result: Calibration) -> tuple[list[str], list[list[str]]]:
    """Header and rows: item,a,b,se_a,se_b (+c,se_c for 3PL), or a and steps where scores exceed 1."""
    most = max(len(i.steps) for i in result.items)
    if result.model is Model.GPCM or most > 1:
        steps = range(1, most + 1)
        header = ["item", "a", *(f"step{k}" for k in steps), "se_a", *(f"se_step{k}" for k in steps)]
        rows = [
            [
                i.name, number(i.slope), *_padded(i.steps, most), number(i.se_slope),
                *_padded(i.se_steps, most),
            ]
            for i in result.items
        ]  # fmt: skip
        return header, rows
    if result.model is Model.THREE_PL:
        return ["item", "a", "b", "c", "se_a", "se_b", "se_c"], [
            [
                i.name,
                *map(number, (i.slope, i.steps[0], i.guessing, i.se_slope, i.se_steps[0], i.se_guessing)),
            ]
            for i in result.items
        ]
    return ["item", "a", "b", "se_a", "se_b"], [
        [i.name, *map(number, (i.slope, i.steps[0], i.se_slope, i.se_steps[0]))] for i in result.items
    ]


def _padded(values: Sequence[float], width: int) -> list[str]:
    return [number(v) for v in values] + [""] * (width - len(values))


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """CSV in UTF-8 with plain newlines; `-` is the standard output."""
    with draft(path) as raw:
        out = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        writer = CsvWriter(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
        out.detach()


def read_anchors(path: Path) -> dict[str, Anchor]:
    """Fixed parameters from a table as `calibrate` writes it: item,a,b[,c] or item,a,step1..stepK."""
    if not path.is_file():
        file_fault("not_found", path=str(path))
    text = decoded(path.read_bytes())
    lines = csv.reader(text.splitlines())
    header = [h.strip() for h in next(lines, [])]
    if "item" not in header:
        file_fault("no_column", column="item", have=", ".join(header))
    steps = ["b"] if "b" in header else [h for h in header if h.startswith("step")]
    if not steps:
        file_fault("no_column", column="b", have=", ".join(header))
    out: dict[str, Anchor] = {}
    for line, row in enumerate(lines, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            file_fault("ragged", row=line, found=len(row), wanted=len(header))
        cells = dict(zip(header, (plain(c.strip()) for c in row), strict=True))
        given = [s for s in steps if cells[s] != "" or s == steps[0]]
        if cells["item"] in out:
            file_fault("item_twice", row=line, item=cells["item"])
        slope = _read(cells, "a", line) if "a" in header else 1.0
        guessing = _read(cells, "c", line) if cells.get("c") else 0.0
        if not 0 <= guessing < 1:
            file_fault("number", row=line, column="c", value=cells["c"])
        out[cells["item"]] = Anchor(slope, tuple(_read(cells, s, line) for s in given), guessing)
    return out


def _read(cells: dict[str, str], column: str, line: int) -> float:
    try:
        value = float(cells[column])
    except ValueError:
        value = float("nan")
    if value != value or abs(value) == float("inf"):
        file_fault("number", row=line, column=column, value=cells[column][:40])
    return value
