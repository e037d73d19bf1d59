"""`chizheng surveil`: which stations, assessors, sessions, rooms and candidates deserve a look, with evidence.

    chizheng surveil results.parquet --answers answers.csv --key key.csv --fdr 0.05 --out flags.csv --json

One row per station, assessor, session and (with answers) room, flagged or not, so that a reader can rank; rows of
candidates and of the other detectors only where flagged. What could not be computed is said on stderr and in
`--json`. Exit 0: nothing flagged; 1: flags; 2: misuse.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chizheng.quality.core.surveillance.rooms import Sheets

SUMMARY = "监测鉴定所站、考评员、批次的评分是否失真 / find stations, assessors and sessions that bend marks"

COLUMNS = ("kind", "unit", "statistic", "posterior", "flagged", "mechanism", "reason")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "results", metavar="RESULTS", type=Path, help="成绩表 .csv 或 .parquet（docs/formats/results.md）"
    )
    parser.add_argument(
        "--fdr", type=float, default=None, help="名单允许的错误发现率，默认取 quality.surveillance.fdr"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FLAGS.csv", help="输出表")
    parser.add_argument(
        "--answers", type=Path, default=None, metavar="FILE",
        help="考生所选选项的表（每题一列）；也可直接作为成绩表的列（Q1、题1……）",
    )  # fmt: skip
    parser.add_argument(
        "--key", type=Path, default=None, metavar="FILE", help="答案表：题目代码,答案（item,key）"
    )
    parser.add_argument("--leaked", default="", metavar="ITEMS", help="已知泄露的试题代码，用逗号分隔")
    parser.add_argument("--place", default="", metavar="CODE", help="行政区划代码，用于取当地合格分")
    parser.add_argument(
        "--work", type=Path, default=None, metavar="FOLDER",
        help="工作文件夹：中断后用同一文件夹再次运行即可接着做；与 --workers 合用",
    )  # fmt: skip
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="同时工作的进程数，默认 1")
    parser.add_argument("--json", action="store_true", help="在标准输出给出 JSON 摘要")


def run(args: argparse.Namespace) -> int:
    import os
    from datetime import UTC, datetime

    from chizheng.kernel.errors import BadInput, ChizhengError
    from chizheng.law.io.shelf import law
    from chizheng.platform.io.drafts import check_outputs
    from chizheng.quality.core.surveillance.report import Papers, Parameters, inspect
    from chizheng.quality.core.wording import WORDING
    from chizheng.quality.io.choices import read_sheets
    from chizheng.quality.io.pieces import inspect_in_pieces
    from chizheng.quality.io.results import Results, write_flags

    lang = os.environ.get("CHIZHENG_LANG", "zh")
    quiet = not sys.stderr.isatty() and args.work is None

    def tell(step: str, done: int = 0, total: int = 0) -> None:
        if not quiet:
            print(f"  {step} {done}/{total}" if total else f"  {step}", file=sys.stderr)

    try:
        check_outputs([args.out], inputs=[args.results])
        if args.fdr is not None and not 0 < args.fdr < 0.5:
            raise BadInput("bad_level", WORDING["bad_level"], value=args.fdr)
        if not args.out.absolute().parent.is_dir():
            raise BadInput("no_such_folder", WORDING["no_such_folder"], path=str(args.out.absolute().parent))
        if args.workers < 1:
            raise BadInput("bad_workers", WORDING["bad_workers"], value=args.workers)
        if args.work is not None:
            args.work.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Results(args.results, args.work) as results:
            day = results.last_day() or datetime.now(UTC).date()
            parameters = Parameters.read(law(), on=day, place=args.place, fdr=args.fdr)
            sheets: list[Sheets] = []
            rooms = False
            if args.answers is not None or results.wide:
                sheets, rooms = read_sheets(
                    args.answers or args.results, results.seats(), key=args.key, wide=args.answers is None
                )
            leaked = frozenset(i.strip() for i in args.leaked.replace("，", ",").split(",") if i.strip())
            papers = Papers(sheets, rooms, leaked)
            if args.workers > 1 or args.work is not None:
                flags, summary = inspect_in_pieces(
                    args.results, results, parameters, tell, papers, folder=args.work, workers=args.workers
                )
            else:
                flags, summary = inspect(results, parameters, tell, papers)
        rows = [
            (
                f.kind,
                f.unit,
                f"{f.statistic:.9g}",
                f"{f.posterior:.15g}",
                "true" if f.flagged else "false",
                f.mechanism,
                f.reason.say(lang),
            )
            for f in flags
        ]
        write_flags(args.out, rows, COLUMNS)
    except ChizhengError as error:
        print(error.say(lang), file=sys.stderr)
        return 2
    found = {
        k: sum(f.flagged for f in flags if f.kind == k)
        for k in ("station", "assessor", "session", "room", "candidate")
    }
    for u in summary["not_computed"]:  # type: ignore[attr-defined]
        what = WORDING[f"detector_{u['detector']}"].say(lang)
        print(WORDING["not_computed"].say(lang, what=what, why=u[lang]), file=sys.stderr)
    if args.json:
        shown = [
            {
                "kind": f.kind,
                "unit": f.unit,
                "statistic": f.statistic,
                "posterior": f.posterior,
                "mechanism": f.mechanism,
                "strength": f.strength.say(lang),
                "reason": f.reason.say(lang),
                "detector": f.detector,
                "evidence": dict(f.evidence),
                "detail": dict(f.detail),
                "cannot_show": f.cannot_show.say(lang),
            }
            for f in flags
            if f.flagged
        ]
        print(json.dumps({"flagged": found, **summary, "flags": shown}, ensure_ascii=False, indent=2))
    else:
        print(
            WORDING["summary"].say(
                lang, **found, rows=summary["rows"], absent=summary["absent"], out=args.out
            )
        )
    return 1 if any(f.flagged for f in flags) else 0
