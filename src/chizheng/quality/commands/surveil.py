"""`chizheng surveil`: which stations, assessors and sessions bend marks, with evidence.

    chizheng surveil results.parquet --fdr 0.05 --out flags.csv --json

One row per station, assessor and session, flagged or not, so that a reader can rank; candidates only
where a blind re-mark is advised. Exit 0: nothing flagged; 1: flags; 2: misuse.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

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
    parser.add_argument("--place", default="", metavar="CODE", help="行政区划代码，用于取当地合格分")
    parser.add_argument("--json", action="store_true", help="在标准输出给出 JSON 摘要")
    parser.add_argument("--lang", choices=("zh", "en"), default=None, help="语言，默认 zh")


def run(args: argparse.Namespace) -> int:
    import os
    from datetime import UTC, datetime

    from chizheng.kernel.errors import BadInput, ChizhengError
    from chizheng.law.io.shelf import law
    from chizheng.platform.io.drafts import check_outputs
    from chizheng.quality.core.surveillance.report import Parameters, inspect
    from chizheng.quality.core.wording import WORDING
    from chizheng.quality.io.results import Results, write_flags

    lang = args.lang or os.environ.get("CHIZHENG_LANG", "zh")
    quiet = not sys.stderr.isatty()

    def tell(step: str, done: int = 0, total: int = 0) -> None:
        if not quiet:
            print(f"  {step} {done}/{total}" if total else f"  {step}", file=sys.stderr)

    try:
        check_outputs([args.out], inputs=[args.results])
        if args.fdr is not None and not 0 < args.fdr < 0.5:
            raise BadInput("bad_level", WORDING["bad_level"], value=args.fdr)
        if not args.out.absolute().parent.is_dir():
            raise BadInput("no_such_folder", WORDING["no_such_folder"], path=str(args.out.absolute().parent))
        with Results(args.results) as results:
            day = results.last_day() or datetime.now(UTC).date()
            parameters = Parameters.read(law(), on=day, place=args.place, fdr=args.fdr)
            flags, summary = inspect(results, parameters, tell)
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
        for k in ("station", "assessor", "session", "candidate")
    }
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
                "evidence": dict(f.evidence),
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
