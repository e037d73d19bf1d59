"""`chizheng simulate`: the invented province as files: enrolment sheets, and what is true of them."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

SUMMARY = "按种子生成示例省的文件 (a seeded province as files)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=258)
    parser.add_argument("--today", type=date.fromisoformat, default=date(2026, 9, 1), metavar="DATE")
    parser.add_argument("--stations", type=_count, default=6)
    parser.add_argument("--sittings", type=_count, default=14)
    parser.add_argument("--size", type=_count, default=30, help="每批最多人数 (most candidates in a sitting)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text}：应为 1 以上的整数 (at least 1)")
    return count


def run(args: argparse.Namespace) -> int:
    from chizheng.portal.simulation.files import write_province
    from chizheng.portal.simulation.world import make

    world = make(args.seed, today=args.today, stations=args.stations, sittings=args.sittings, size=args.size)
    for path in write_province(world, args.out):
        print(path)
    return 0
