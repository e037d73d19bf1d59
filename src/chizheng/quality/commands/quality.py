"""`chizheng quality run`: reports of sittings, late rosters and surveillance that are due.

    chizheng quality run --region 32 --json

What listeners do by themselves when results are published is done here for whatever they missed.
Exit 0: nothing flagged; 1: something waits for a reviewer.
"""

from __future__ import annotations

import argparse
import json
import re
import sys

SUMMARY = "生成缺漏的统计报告并运行监测 (reports, holds and surveillance that are due)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=("run",), help="run: 补做统计、查迟报、运行监测")
    parser.add_argument("--region", default="", metavar="CODE", help="监测的行政区划代码，默认全国")
    parser.add_argument("--no-surveillance", action="store_true", help="只补做统计")
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.kernel.errors import ChizhengError
    from chizheng.platform.clock import now
    from chizheng.quality.core.gate import WAITS
    from chizheng.quality.models import Hold
    from chizheng.quality.usecases.calibrate_paper import calibrations_due
    from chizheng.quality.usecases.gate import late_due
    from chizheng.quality.usecases.statistics import reports_due
    from chizheng.quality.usecases.surveillance import run_surveillance

    if not re.fullmatch(r"(\d\d){0,3}", args.region):
        print(f"{args.region}: 应为 2、4 或 6 位行政区划代码 / not a region code", file=sys.stderr)
        return 2
    at = now()
    out: dict[str, object] = {
        "reports": 0,
        "late": 0,
        "calibrations": 0,
        "run": None,
        "flagged": 0,
        "refusal": "",
    }
    try:
        out["reports"] = sum(1 for _ in reports_due(now=at))
        out["late"] = late_due(now=at)
        out["calibrations"] = sum(1 for _ in calibrations_due(now=at))
        if not args.no_surveillance:
            found = run_surveillance(region=args.region, now=at)
            out["run"], out["flagged"] = found.pk, found.flags.filter(flagged=True).count()
            out["refusal"] = found.refusal_zh
    except ChizhengError as error:
        print(error.say("zh"), file=sys.stderr)
        return 2
    waiting = Hold.objects.filter(
        state__in=WAITS - {"annulled"}, session__region__startswith=args.region
    ).count()
    out["waiting"] = waiting
    if args.json:
        print(json.dumps(out, ensure_ascii=False))
    else:
        print(
            f"统计报告 {out['reports']}，名册迟报 {out['late']}，监测提示 {out['flagged']}，待复核 {waiting}"
        )
        if out["refusal"]:
            print(f"监测未作结论：{out['refusal']}", file=sys.stderr)
    return 1 if waiting else 0
