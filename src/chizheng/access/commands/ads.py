"""`chizheng ads vet`: recruitment ads of a file, each with its posts, its gates and what is wrong with it.

    chizheng ads vet ads.csv --on 2014-06-01 --place 34 --out vetted.jsonl

A line an ad on stdout or in the file; exit 0: no findings, 1: findings, 2: misuse.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording

SUMMARY = "审核招聘简章：招什么、是否准入、哪里不合规、怎么改 / vet recruitment ads"


def configure(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="vet")
    vet = verbs.add_parser("vet", help="逐条审核一个文件里的招聘简章")
    vet.add_argument(
        "file", metavar="FILE", help="CSV、Excel 或 JSONL：id,title,text,employer 或 编号,标题,正文,用人单位"
    )
    vet.add_argument("--on", required=True, metavar="YYYY-MM-DD", help="按哪一天的规定审核")
    vet.add_argument("--place", default="", metavar="CODE", help="行政区划代码（2、4 或 6 位）；不填为全国")
    vet.add_argument("--out", metavar="OUT.jsonl", help="写入文件；不填则写到标准输出")


def run(args: argparse.Namespace) -> int:
    from chizheng.access.core.ads.day import Day
    from chizheng.access.core.ads.vet import Vetter
    from chizheng.access.io.ads import batches, line, read_ads
    from chizheng.access.io.alias_table import cues, lexicon
    from chizheng.catalogue.io.shelf import catalogue
    from chizheng.kernel.errors import ChizhengError
    from chizheng.law.io.shelf import law
    from chizheng.platform.io.drafts import check_outputs, draft

    lang = os.environ.get("CHIZHENG_LANG", "zh")
    ads = found = doubtful = 0
    try:
        on, place = _day(args.on), _place(args.place)
        source = Path(args.file)
        check_outputs([Path(args.out)] if args.out else [], inputs=[source])
        vetter = Vetter(lexicon(on), cues(), Day(law(), on=on, place=place, levels=catalogue().levels))
        gc.freeze()  # the tables live as long as the process: collections need not walk through them
        rows = batches(read_ads(source))
        first = next(rows, [])  # a file that cannot be read leaves an earlier result alone
        with ExitStack() as stack:
            out = stack.enter_context(draft(Path(args.out))) if args.out else sys.stdout.buffer
            progress = _progress(stack, lang)
            batch = first
            while batch:
                for vetting in vetter.vet(batch):
                    out.write(line(vetting, lang))
                    found += bool(vetting.findings)
                    doubtful += vetting.doubtful
                ads += len(batch)
                progress(ads, found)
                batch = next(rows, [])
            out.flush()
    except ChizhengError as error:
        print(error.say(lang), file=sys.stderr)
        return 2
    print(_DONE.say(lang, ads=ads, found=found, doubtful=doubtful), file=sys.stderr)
    return 1 if found else 0


def _progress(stack: ExitStack, lang: str) -> Callable[[int, int], None]:
    """A line on stderr that grows, on a terminal only."""
    if not sys.stderr.isatty():
        return lambda ads, found: None
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = stack.enter_context(
        Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
    )
    task = bar.add_task("")
    return lambda ads, found: bar.update(task, description=_SO_FAR.say(lang, ads=ads, found=found))


def _day(text: str) -> date:
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("bad_date", _BAD_DATE, text=text) from error


def _place(text: str) -> str:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) in (2, 4, 6)):
        raise BadInput("unknown_place", _BAD_PLACE, text=text)
    return text


_BAD_DATE = Wording(zh="日期“{text}”应写作 2014-06-01", en="Write the date '{text}' as 2014-06-01")
_BAD_PLACE = Wording(
    zh="地区“{text}”应为 2、4 或 6 位行政区划代码，如 34、3401；不填为全国",
    en="Place '{text}' is to be a code of GB/T 2260 of 2, 4 or 6 digits; leave it out for the country",
)
_SO_FAR = Wording(zh="已审核 {ads} 条，有问题 {found} 条", en="{ads} ads vetted, {found} with findings")
_DONE = Wording(
    zh="审核 {ads} 条：有问题 {found} 条，需人工判断 {doubtful} 条",
    en="{ads} ads: {found} with findings, {doubtful} for a person to decide",
)
