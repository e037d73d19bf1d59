"""`chizheng daily`: everything that has to be done every day, in one command (docs/operating.md)."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chizheng.portal.rounds import Outcome

SUMMARY = "每日任务：补办、公布、通知、到期删除、封存 (everything that is due, once a day)"

_STATES = {
    "done": ("完成", "done"), "idle": ("无事", "nothing due"), "failed": ("失败", "FAILED"),
    "passed": ("略过", "passed over"),
}  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="列出任务和上次完成的时间 (name the jobs and when each last ran)")  # fmt: skip
    parser.add_argument("--only", action="append", metavar="NAME", help="只运行此任务，可重复 (this job only; may be repeated)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.platform.clock import now
    from chizheng.portal import rounds

    todo = rounds.chosen(args.only) if args.only else rounds.jobs()
    if args.list:
        return _list(todo, args.json)
    outcomes = []
    for outcome in rounds.run_round(
        todo, now=now, begun=lambda job: print(f"… {job.name}", file=sys.stderr, flush=True)
    ):
        outcomes.append(outcome)
        if not args.json:
            print(_line(outcome), flush=True)
    if args.json:
        _print_json([
            {"name": o.job.name, "state": o.state, "did": dict(o.did), "said": o.said, "seconds": round(o.seconds, 2)}
            for o in outcomes
        ])  # fmt: skip
    return 1 if any(o.state == "failed" for o in outcomes) else 0


def _list(todo, as_json: bool) -> int:  # type: ignore[no-untyped-def]
    from chizheng.platform.clock import CHINA
    from chizheng.portal.rounds import last_runs

    last = last_runs()
    if as_json:
        _print_json([
            {"name": j.name, "what": j.what.say(_lang()), "last": last[j.name].isoformat() if j.name in last else None}
            for j in todo
        ])  # fmt: skip
        return 0
    for job in todo:
        at = f"{last[job.name].astimezone(CHINA):%Y-%m-%d %H:%M}" if job.name in last else "-"
        print(f"{job.name:26} {at:16}  {job.what.say(_lang())}")
    return 0


def _line(outcome: Outcome) -> str:
    did = " ".join(f"{name}={count}" for name, count in outcome.did.items() if count)
    state = outcome.state if outcome.state != "done" or did else "idle"
    word = _STATES[state][_lang() == "en"]
    told = "; ".join(filter(None, (did, outcome.said)))
    return f"{outcome.job.name:26} {word}  {told}".rstrip()


def _lang() -> str:
    import os

    return os.environ.get("CHIZHENG_LANG", "zh")


def _print_json(rows: list[dict[str, object]]) -> None:
    import json

    print(json.dumps(rows, ensure_ascii=False))
