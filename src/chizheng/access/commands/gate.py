"""`chizheng gate`: the gate decision on the command line.

    chizheng gate --act recruit --occupation 焊工 --place 44 --on 2005-06-01 --held 焊工:4

Exit 0: clear, exempt or advice; 1: missing or over-gated; 2: misuse.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from typing import TYPE_CHECKING

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording

if TYPE_CHECKING:
    from chizheng.access.core.gate import Decision, HeldCertificate
    from chizheng.catalogue.core.occupation import Catalogue
    from chizheng.law.types import Law

SUMMARY = "某人某日某地能否招用、上岗、推荐、开业、出境 / may this person do this act that day"

_ACTS = ("recruit", "post", "refer", "register", "abroad")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--act", required=True, metavar="ACT",
        help="行为：recruit 招用、post 上岗、refer 推荐、register 开业登记、abroad 出境就业",
    )  # fmt: skip
    parser.add_argument("--occupation", required=True, metavar="NAME", help="职业（工种）名称，俗称也可")
    parser.add_argument(
        "--place",
        default="",
        metavar="CODE",
        help="行政区划代码（2、4 或 6 位，如 44、4401）或名称；不填为全国",
    )
    parser.add_argument("--on", required=True, metavar="YYYY-MM-DD", help="行为发生的日期")
    parser.add_argument("--level", metavar="1..5", help="岗位要求的等级：5 初级工 … 1 高级技师")
    parser.add_argument(
        "--held", action="append", default=[], metavar="NAME[:LEVEL]", help="所持证书，可重复，如 焊工:4"
    )
    parser.add_argument("--demanded", action="store_true", help="问的是要求持证的一方：这样要求有没有依据")
    parser.add_argument(
        "--exempt",
        action="append",
        default=[],
        metavar="CODE",
        help="主张的例外情形代码，如 order6-apprentice",
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def run(args: argparse.Namespace) -> int:
    import os

    from chizheng.access.core.gate import Verdict, decide
    from chizheng.access.core.wording import as_plain
    from chizheng.catalogue.io.shelf import catalogue
    from chizheng.kernel.errors import ChizhengError
    from chizheng.law.io.shelf import law
    from chizheng.law.types import Act

    lang = os.environ.get("CHIZHENG_LANG", "zh")
    try:
        shelf, names = law(), catalogue()
        if args.act not in _ACTS:
            raise BadInput("unknown_act", _UNKNOWN_ACT, act=args.act)
        decision = decide(
            shelf,
            act=Act(args.act),
            occupation=_occupation(args.occupation),
            on=_day(args.on),
            place=_place(args.place, shelf),
            level=_level(args.level),
            held=[_held(text) for text in args.held],
            demanded=args.demanded,
            exemptions=args.exempt,
            occupation_levels=names.levels,
            aliases=names.aliases,
        )
    except ChizhengError as error:
        print(error.say(lang), file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(as_plain(decision, shelf.level_names, lang), ensure_ascii=False))
    else:
        _show(decision, shelf, lang, names)
    return 1 if decision.verdict in (Verdict.MISSING, Verdict.OVER_GATED) else 0


def _show(decision: Decision, law: Law, lang: str, names: Catalogue) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from chizheng.access.core.wording import ACTS, VERDICTS, say_reason

    english = lang.startswith("en")
    colour = {"missing": "red", "over_gated": "red", "exempt": "yellow", "advice": "yellow"}
    console = Console()
    place = _place_name(decision.place, law, lang)
    console.print(
        Text.assemble(
            (VERDICTS[decision.verdict.value].say(lang), f"bold {colour.get(decision.verdict, 'green')}"),
            f"  {decision.on}  {place}  {ACTS[decision.act.value].say(lang)}  {decision.occupation}",
        )
    )
    table = Table(show_header=True, header_style="dim", box=None, pad_edge=False)
    table.add_column("Reason" if english else "理由", overflow="fold", ratio=3)
    table.add_column("Text" if english else "依据", overflow="fold", ratio=2)
    for reason in decision.reasons:
        cited = reason.citation
        mark = "" if cited is None or cited.verified else (" [unverified]" if english else "［未核实］")
        table.add_row(
            Text(say_reason(reason, law.level_names, lang)), Text(f"{cited.say(lang)}{mark}" if cited else "")
        )
    console.print(table)
    if any(r.code in ("occupation_unknown", "graded_unknown") for r in decision.reasons):
        near = names.near(decision.occupation)
        if near:
            console.print(Text(("Near it: " if english else "相近的名称：") + "、".join(near), style="dim"))


def _occupation(text: str) -> str:
    if not text.strip():
        raise BadInput("no_occupation", _NO_OCCUPATION)
    return text


def _day(text: str) -> date:
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("bad_date", _BAD_DATE, text=text) from error


def _level(text: str | None) -> int | None:
    if text is None:
        return None
    if text not in ("1", "2", "3", "4", "5"):
        raise BadInput("no_such_level", _BAD_LEVEL, text=text)
    return int(text)


def _held(text: str) -> HeldCertificate:
    from chizheng.access.core.gate import HeldCertificate

    name, _, level = text.replace("：", ":").partition(":")
    if not name.strip() or (":" in text and not level):
        raise BadInput("bad_held", _BAD_HELD, text=text)
    return HeldCertificate(name.strip(), _level(level.strip()) if level else None)


def _place(text: str, law: Law) -> str:
    """A code or a name of the regions table; a code below a known province is taken as it is."""
    text = text.strip()
    regions = {str(r["code"]): str(r["name"]) for r in law.tables["regions"]}
    if text in ("", "全国", "CN"):
        return ""
    if text in regions:
        return text
    if text.isascii() and text.isdigit() and len(text) in (4, 6) and text[:2] in regions:
        return text
    named = [
        code for code, name in regions.items() if text == name or (len(text) > 1 and name.startswith(text))
    ]
    if len(named) == 1:
        return named[0]
    raise BadInput("unknown_place", _UNKNOWN_PLACE, text=text)


def _place_name(code: str, law: Law, lang: str) -> str:
    if not code:
        return "China" if lang.startswith("en") else "全国"
    key = "name_en" if lang.startswith("en") else "name"
    known = {str(r["code"]): str(r[key]) for r in law.tables["regions"]}
    return known.get(code) or f"{known.get(code[:4]) or known.get(code[:2], '')} {code}".strip()


_UNKNOWN_ACT = Wording(
    zh="没有行为“{act}”；可用：recruit 招用、post 上岗、refer 推荐、register 开业登记、abroad 出境就业",
    en="There is no act '{act}'; use recruit, post, refer, register or abroad",
)
_UNKNOWN_PLACE = Wording(
    zh="不认识地区“{text}”；请写行政区划代码（如 44 广东、4401 广州）或全称，不填为全国",
    en="Unknown place '{text}'; write a code of GB/T 2260 (44 Guangdong, 4401 Guangzhou) or its name",
)
_BAD_DATE = Wording(
    zh="日期“{text}”不对；请写成 2005-06-01 这样的年-月-日",
    en="'{text}' is no date; write it like 2005-06-01",
)
_BAD_LEVEL = Wording(
    zh="没有等级“{text}”；等级为 5（初级工）、4（中级工）、3（高级工）、2（技师）、1（高级技师）",
    en="There is no level '{text}'; levels are 5 (lowest), 4, 3, 2 and 1 (highest)",
)
_BAD_HELD = Wording(
    zh="所持证书“{text}”写法不对；请写成 名称:等级，如 焊工:4",
    en="'{text}' is no certificate; write name:level, for example 焊工:4",
)
_NO_OCCUPATION = Wording(zh="请写职业（工种）名称，如 焊工", en="Name an occupation, for example 焊工")
