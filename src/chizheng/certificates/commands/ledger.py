"""`chizheng ledger`: seal the ledger, publish the seals, and say which entry is not what it was."""

from __future__ import annotations

import argparse
import json
import sys

SUMMARY = "操作记录：封存、审计 (ledger: seal, audit)"

_SAID = {
    "changed": (
        "第 {entry} 条操作记录在封存（第 {seal} 号）之后被改过",
        "entry {entry} was changed after seal {seal}",
    ),
    "removed": (
        "第 {entry} 条操作记录在封存（第 {seal} 号）之后被删除",
        "entry {entry} was removed after seal {seal}",
    ),
    "added": (
        "第 {entry} 条操作记录是封存（第 {seal} 号）之后塞进去的",
        "entry {entry} was put in after seal {seal}",
    ),
    "seal_broken": (
        "第 {seal} 号封存与前一号或自身内容不符",
        "seal {seal} does not fit its content or the seal before",
    ),
    "seal_missing": ("第 {seal} 号封存不在数据库里", "seal {seal} is missing from the database"),
    "seal_unlogged": ("第 {seal} 号封存尚未写入透明日志", "seal {seal} is not in the transparency log yet"),
    "seal_differs": (
        "第 {seal} 号封存与透明日志（{place}）所载不同：封存本身被改过",
        "seal {seal} is not what the transparency log holds at {place}: the seal itself was changed",
    ),
    "seal_hidden": (
        "透明日志（{place}）载有第 {seal} 号封存，数据库里没有：封存被删除",
        "the transparency log holds seal {seal} at {place}, the database does not: the seal was removed",
    ),
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["seal", "audit"])
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    return _seal(args.json) if args.action == "seal" else _audit(args.json)


def _seal(as_json: bool) -> int:
    from chizheng.certificates.usecases.publish_seals import publish_seals
    from chizheng.platform.clock import now
    from chizheng.platform.ledger_seal import seal

    made = seal(now=now())
    places = publish_seals()
    told = {
        "seals": [row.number for row in made],
        "entries": sum(row.count for row in made),
        "logged": places,
    }
    if as_json:
        print(json.dumps(told))
    else:
        print(
            f"sealed {told['entries']} entries in {len(made)} seals; logged {', '.join(places) or 'nothing'}"
        )
    return 0


def _audit(as_json: bool) -> int:
    import os

    from chizheng.certificates.usecases.publish_seals import contradictions
    from chizheng.kernel.wording import Wording
    from chizheng.platform.ledger_seal import check

    report = check()
    found = [{"code": one.code, "seal": one.seal, "entry": one.entry, "place": ""} for one in report.findings]
    found += [{"code": c.code, "seal": c.seal, "entry": None, "place": c.place} for c in contradictions()]
    if as_json:
        told = {
            "seals": report.seals,
            "entries": report.entries,
            "waiting": report.waiting,
            "findings": found,
        }
        print(json.dumps(told))
        return 1 if found else 0
    for one in found:
        print(Wording(*_SAID[str(one["code"])]).say(os.environ.get("CHIZHENG_LANG", "zh"), **one))
    print(
        f"{report.entries} entries under {report.seals} seals, {report.waiting} not sealed yet, "
        f"{len(found)} findings",
        file=sys.stderr,
    )
    return 1 if found else 0
