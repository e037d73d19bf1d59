"""`chizheng calibrate RESPONSES --model 2pl --out ITEMS.csv`: item parameters with standard errors."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chizheng.kernel.wording import Wording

if TYPE_CHECKING:
    from chizheng.quality.core.calibration import Calibration

SUMMARY = "calibrate items from responses (Rasch, 2PL, 3PL, GPCM) / 题目参数标定"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "responses", type=Path, metavar="RESPONSES", help="persons x items: csv, parquet, npz; - reads csv"
    )
    parser.add_argument("--model", choices=("2pl", "3pl", "gpcm", "rasch"), default="2pl")
    parser.add_argument(
        "--anchors", type=Path, metavar="F", help="fixed items: item,a,b[,c] or item,a,step1.."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="ITEMS.csv")
    parser.add_argument("--abilities", type=Path, metavar="F", help="also write EAP: id,theta,se,answered")
    parser.add_argument("--weights", metavar="COL", help="column (npz: array) of counts")
    parser.add_argument("--group", metavar="COL", help="column of groups; the first label seen is N(0, 1)")
    parser.add_argument("--id", metavar="COL", dest="id_column", help="column of candidates' numbers")
    parser.add_argument("--json", action="store_true", help="write the result to stdout as JSON")


def run(args: argparse.Namespace) -> int:
    # One thread: the products here are too small to share, and waiting threads burn time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from chizheng.platform.io.drafts import check_outputs
    from chizheng.quality.core.calibration import Model, calibrate, in_categories
    from chizheng.quality.io.item_tables import item_rows, read_anchors, write_table
    from chizheng.quality.io.responses import read_responses, repeated

    check_outputs(
        [args.out, *filter(None, [args.abilities])],
        inputs=[args.responses, *filter(None, [args.anchors])],
    )
    read = read_responses(args.responses, weight=args.weights, group=args.group, id_column=args.id_column)
    anchors = read_anchors(args.anchors) if args.anchors else None
    result = calibrate(
        read.scores, read.items, Model(args.model), weights=read.weights, groups=read.groups, anchors=anchors
    )
    if args.abilities:
        from chizheng.quality.core.ability import eap_of

        scores = in_categories(result, read.scores, read.items)
        found = eap_of(result, scores, read.groups)
        write_table(
            args.abilities,
            ["id", "theta", "se", "answered"],
            (
                (name, f"{theta:.6f}", f"{se:.6f}", str(answered)) if answered else (name, "", "", "0")
                for name, theta, se, answered in zip(
                    read.ids, found.theta.tolist(), found.se.tolist(), found.answered.tolist(), strict=True
                )
            ),
        )
    write_table(args.out, *item_rows(result))
    lang = os.environ.get("CHIZHENG_LANG", "zh")
    print(
        f"log-likelihood {result.log_likelihood:.6f}  iterations {result.iterations}  "
        f"persons {result.persons}  items {len(result.items)}",
        file=sys.stderr,
    )
    if twice := repeated(read.ids):
        print(_REPEATED.say(lang, count=len(twice), names=", ".join(twice[:5])), file=sys.stderr)
    for excluded in result.excluded:
        print(f"{excluded.name}: {excluded.reason.say(lang)}", file=sys.stderr)
    for notice in result.notices:
        print(notice.say(lang), file=sys.stderr)
    if args.json:
        print(_json(result, lang))
    return 0 if result.converged else 1


_REPEATED = Wording(
    zh="考生编号重复 {count} 个（如 {names}），每行仍按一名考生计算；若是重复录入，请删去多余的行",
    en="{count} candidates' numbers occur more than once ({names}), each row counts as a person; "
    "delete the rows that were entered twice",
)


def _json(result: Calibration, lang: str) -> str:
    import json
    import math

    def plain(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return json.dumps(
        {
            "model": result.model.value,
            "persons": result.persons,
            "log_likelihood": result.log_likelihood,
            "iterations": result.iterations,
            "evaluations": result.evaluations,
            "converged": result.converged,
            "parameters": result.parameters,
            "groups": [
                {
                    "label": g.label, "mean": g.mean, "sd": g.sd, "se_mean": plain(g.se_mean),
                    "se_sd": plain(g.se_sd), "persons": g.persons,
                }
                for g in result.groups
            ],
            "items": [
                {
                    "item": i.name, "a": i.slope, "b": i.difficulty, "c": i.guessing, "steps": list(i.steps),
                    "se_a": plain(i.se_slope), "se_steps": [plain(s) for s in i.se_steps],
                    "se_c": plain(i.se_guessing), "answered": i.answered, "fixed": i.fixed,
                }
                for i in result.items
            ],
            "excluded": [{"item": e.name, "reason": e.reason.say(lang)} for e in result.excluded],
            "recoded": {name: list(used) for name, used in result.recoded.items()},
            "notices": [n.say(lang) for n in result.notices],
        },
        ensure_ascii=False,
    )  # fmt: skip
