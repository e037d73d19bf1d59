"""`chizheng catalogue`: load what ships, import a full classification, show an occupation."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path

SUMMARY = "occupations: load, import, show  职业目录"


def configure(parser: argparse.ArgumentParser) -> None:
    sub = parser.add_subparsers(dest="action", required=True)
    sub.add_parser("load", help="load the shipped catalogue and tables  载入随产品发布的目录")
    take = sub.add_parser("import", help="import a classification from CSV or Excel  导入职业分类")
    take.add_argument("file", type=Path)
    take.add_argument("--from", dest="on", type=date.fromisoformat, help="first day in force (YYYY-MM-DD)")
    take.add_argument("--faults", type=Path, help="where to write the rows not taken, with the faults")
    take.add_argument("--json", action="store_true")
    show = sub.add_parser("show", help="show an occupation  查看职业")
    show.add_argument("name")
    show.add_argument("--on", type=date.fromisoformat)


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.platform.clock import now, today

    if args.action == "load":
        from chizheng.catalogue.usecases import load_catalogue

        done = load_catalogue(now=now())
        print(f"made {done.made}, changed {done.changed}, left to people {done.kept}")
        return 0
    if args.action == "show":
        from chizheng.catalogue.queries import get_occupation

        row = get_occupation(args.name, on=args.on or today())
        print(
            json.dumps(
                {
                    "name": row.name,
                    "code": row.code,
                    "levels": row.levels,
                    "kind": row.kind,
                    "edition": row.standard_edition,
                    "verified": row.verified,
                },
                ensure_ascii=False,
            )
        )
        return 0
    return _take(args)


def _take(args: argparse.Namespace) -> int:
    from chizheng.catalogue.usecases import import_classification
    from chizheng.platform.clock import now, today

    try:
        content = args.file.read_bytes()
    except OSError as fault:
        print(f"{args.file}: {fault.strerror}", file=sys.stderr)
        return 2
    done = import_classification(
        content=content,
        filename=args.file.name,
        on=args.on or today(),
        now=now(),
        lang=os.environ.get("CHIZHENG_LANG", "zh"),
    )
    if done.returned is not None:
        suffix = Path(done.returned.filename).suffix
        target = args.faults or args.file.with_name(f"{args.file.stem}.faults{suffix}")
        target.write_bytes(done.returned.content)
        print(f"{done.faults} faults, rows given back in {target}", file=sys.stderr)
    if args.json:
        print(
            json.dumps(
                {"taken": done.taken, "made": done.made, "changed": done.changed, "faults": done.faults}
            )
        )
    else:
        print(f"taken {done.taken}: made {done.made}, changed {done.changed}")
    return 1 if done.faults else 0
