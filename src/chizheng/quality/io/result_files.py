"""Tables of results as clerks save them: encodings, separators, digits and days; and flags written whole."""

from __future__ import annotations

import codecs
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import duckdb

from chizheng.kernel.errors import BadInput
from chizheng.platform.io.drafts import draft
from chizheng.quality.core.wording import WORDING


def quoted(name: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def cell(column: str, name: str) -> str:
    """SQL for a cell as text: full-width digits narrowed, days of the ways clerks write them as ISO."""
    text = f"coalesce(trim(CAST({name} AS VARCHAR)), '')"
    if column in ("theory", "practical", "date"):
        text = f"trim(translate({text}, '０１２３４５６７８９．－／　', '0123456789.-/ '))"
    if column == "date":
        text = f"regexp_replace({text}, '^(\\d{{4}})[年./](\\d{{1,2}})[月./](\\d{{1,2}})日?$', '\\1-\\2-\\3')"
        text = f"regexp_replace({text}, '^((?:19|20)\\d\\d)(\\d\\d)(\\d\\d)$', '\\1-\\2-\\3')"
    return text


@contextmanager
def readable(path: Path) -> Iterator[tuple[Path, str]]:
    """A file DuckDB reads, and the call that reads it; GB 18030 and UTF-16 are copied into UTF-8 first.

    Raises BadInput where there is no such file, it is neither CSV nor Parquet, or DuckDB cannot read it.
    """
    if not path.is_file():
        raise BadInput("no_such_file", WORDING["no_such_file"], path=str(path))
    kind = path.suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise BadInput("unknown_kind", WORDING["unknown_kind"], path=path.name)
    try:
        with _as_utf8(path, kind) as found:
            yield found
    except duckdb.Error as error:
        reason = str(error).splitlines()[0][:200]
        raise BadInput("unreadable", WORDING["unreadable"], path=path.name, reason=reason) from error


@contextmanager
def _as_utf8(path: Path, kind: str) -> Iterator[tuple[Path, str]]:
    if kind == ".parquet":
        yield path, "read_parquet($path)"
        return
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors="replace") as text:
        header = text.readline()
    delimiter = max(",\t;", key=header.count)
    # an empty cell stays '' and only a cell that is not there becomes NULL
    source = (
        f"read_csv($path, all_varchar=true, header=true, delim='{delimiter}', quote='\"', escape='\"',"
        " null_padding=true, nullstr='\x01')"
    )
    if encoding == "utf-8":
        yield path, source
        return
    with tempfile.TemporaryDirectory(prefix="chizheng-surveil-") as folder:
        plain = Path(folder) / path.name
        with (
            path.open(encoding=encoding, errors="replace", newline="") as text,
            plain.open("w", encoding="utf-8", newline="") as out,
        ):
            shutil.copyfileobj(text, out)
        yield plain, source


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as raw:
        if raw.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        raw.seek(0)
        try:
            while block := raw.read(1 << 22):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8"


@contextmanager
def whole_text(path: Path) -> Iterator[TextIO]:
    """UTF-8 text that has its name only when it is whole; `-` is the standard output."""
    with draft(path) as raw:
        out = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        yield out
        out.detach()
