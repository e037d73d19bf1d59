"""Ads as they come in (JSON lines, CSV, Excel) and the lines that go out.

JSON lines are read as a stream, so a file of any size will do; sheets go through the house's sheet reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from chizheng.access.core.ads.ad import Ad, Vetting
from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording
from chizheng.platform.io.sheets import read_sheet

COLUMNS: dict[str, tuple[str, ...]] = {
    key: tuple(names.split())
    for key, names in {
        "id": "id 编号 序号 广告编号 职位编号 gid aid",
        "title": "title 标题 职位 职位名称 岗位 岗位名称 招聘职位 招聘岗位 职务 工种",
        "text": "text 正文 内容 职位描述 岗位要求 任职要求 岗位描述 招聘内容 职位要求 描述 要求 广告内容",
        "employer": "employer 用人单位 单位 单位名称 公司 公司名称 企业名称 招聘单位",
        "category": "category 类别 职位类别 岗位类别 行业 职位分类",
    }.items()
}


def read_ads(path: Path) -> Iterator[Ad]:
    """The ads of a file, in order; an ad without an id gets the number of its row or line.

    Raises BadInput naming the file and the row for what cannot be read.
    """
    if not path.is_file():
        raise BadInput("no_such_file", _NO_FILE, file=str(path))
    with path.open("rb") as source:
        start = source.read(4096)
    if not start.strip():
        raise BadInput("empty_file", _EMPTY, file=path.name)
    looks_like_lines = start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json") or looks_like_lines:
        yield from _read_lines(path)
    else:
        yield from _read_sheet(path)


def _read_lines(path: Path) -> Iterator[Ad]:
    with path.open("rb") as source:
        for number, raw in enumerate(source, start=1):
            line = raw.lstrip(b"\xef\xbb\xbf") if number == 1 else raw
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                row = _as_gb18030(line, path, number)
            if not isinstance(row, dict):
                raise BadInput("bad_ad_line", _BAD_LINE, file=path.name, line=number)
            yield _ad(row, path, number)


def _as_gb18030(line: bytes, path: Path, number: int) -> object:
    """A line in the other encoding of Chinese offices."""
    try:
        return orjson.loads(line.decode("gb18030"))
    except (UnicodeDecodeError, orjson.JSONDecodeError) as error:
        raise BadInput("bad_ad_line", _BAD_LINE, file=path.name, line=number) from error


def _ad(row: dict[str, object], path: Path, number: int) -> Ad:
    title, text = row.get("title"), row.get("text")
    if title is None and text is None:
        row = _by_chinese_keys(row)
        title, text = row.get("title"), row.get("text")
        if title is None and text is None:
            raise BadInput("ad_without_text", _NO_TEXT, file=path.name, line=number)
    given = row.get("id")
    if given is None or given == "":
        given = row.get("gid") or row.get("aid") or number
    return Ad(str(given), _text(title), _text(text), _text(row.get("employer")), _text(row.get("category")))


def _by_chinese_keys(row: dict[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, names in COLUMNS.items():
        for name in names:
            if name in row:
                found[key] = row[name]
                break
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def _read_sheet(path: Path) -> Iterator[Ad]:
    sheet = read_sheet(path.read_bytes(), path.name)
    at = {key: sheet.column(*names) for key, names in COLUMNS.items()}
    if at["title"] is None and at["text"] is None:
        raise BadInput(
            "no_ad_column", _NO_COLUMN, file=path.name, header="、".join(h for h in sheet.header if h)
        )

    def cell(row: tuple[str, ...], key: str) -> str:
        index = at[key]
        return "" if index is None else row[index]

    for row in sheet.rows:
        yield Ad(
            cell(row.cells, "id") or str(row.number),
            cell(row.cells, "title"),
            cell(row.cells, "text"),
            cell(row.cells, "employer"),
            cell(row.cells, "category"),
        )


def line(vetting: Vetting, lang: str = "zh") -> bytes:
    """One line of the output, with its line break."""
    return orjson.dumps(
        {
            "id": vetting.id,
            "posts": [
                {
                    "occupation": m.occupation,
                    "level": m.level,
                    "role": m.role.value,
                    "span": {"field": "text" if m.field else "title", "start": m.start, "end": m.end},
                    "confidence": m.confidence,
                }
                for m in vetting.mentions
            ],
            "gated": list(vetting.gated),
            "certificate": vetting.certificate.value,
            "findings": [
                {
                    "code": f.code,
                    "severity": f.severity.value,
                    "citation": f.citation.say(lang),
                    "message": f.say(lang),
                    "fix": f.fix,
                }
                for f in vetting.findings
            ],
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def batches(ads: Iterable[Ad], size: int = 512) -> Iterator[list[Ad]]:
    batch: list[Ad] = []
    for ad in ads:
        batch.append(ad)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


_NO_FILE = Wording(zh="找不到文件 {file}", en="There is no file {file}")
_EMPTY = Wording(
    zh="文件 {file} 是空的；请给出有表头的 CSV、Excel，或每行一条的 JSONL",
    en="File {file} is empty; give a CSV or Excel sheet with a header, or JSON lines",
)
_BAD_LINE = Wording(
    zh='{file} 第 {line} 行不是一条 JSON 记录；请改正该行，每行一条 {{"id","title","text","employer"}}',
    en='Line {line} of {file} is not a JSON record; each line is {{"id","title","text","employer"}}',
)
_NO_TEXT = Wording(
    zh="{file} 第 {line} 行既没有 title（标题）也没有 text（正文）；请补上其中一项",
    en="Line {line} of {file} has neither title nor text; add one of them",
)
_NO_COLUMN = Wording(
    zh="{file} 没有“标题”或“正文”列（表头是：{header}）；"
    "请把列名改为 id、title、text、employer，或 编号、标题、正文、用人单位",
    en="{file} has no column title or text (header: {header}); name the columns id, title, text, employer",
)
