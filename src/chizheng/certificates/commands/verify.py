"""`chizheng verify`: is this certificate true? From text, picture, PDF, credential or number."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chizheng.kernel.errors import BadInput

if TYPE_CHECKING:
    from chizheng.certificates.core.lookup import Answer, Lookup, Row
    from chizheng.certificates.core.verification import Limits, TrustView

SUMMARY = "核验证书：二维码、图片、PDF、凭证或编号 (verify certificates)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "presented",
        nargs="*",
        metavar="TEXT|FILE",
        help="二维码文字、图片、PDF、凭证文件，或证书编号；- 为标准输入 (QR text, file, number, - for stdin)",
    )
    parser.add_argument("--name", default="", help="持证人姓名 (name on the bearer's identity document)")
    parser.add_argument("--code", default="", help="印刷的校验码 (printed check code)")
    parser.add_argument("--trust", type=Path, metavar="FILE", help="信任文件 (trust file, offline)")
    parser.add_argument("--status", type=Path, metavar="FILE", help="全国状态包 (signed status bundle)")
    parser.add_argument(
        "--root", action="append", default=[], metavar="VKEY", help="信任名单的根公钥 (root key)"
    )
    parser.add_argument(
        "--register", type=Path, metavar="FILE", help="手头证书，每行一个二维码文字 (QR texts, one a line)"
    )
    parser.add_argument("--online", metavar="URL", help="联网核验的服务地址 (ask a server)")
    parser.add_argument("--at", metavar="DATE", help="按这一天判断数据新旧 (judge freshness on this day)")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="批量核验的表格 (workbook to check)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="批量核验的结果 (answer workbook)")
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def run(args: argparse.Namespace) -> int:
    from chizheng.certificates.io.wording import FAULTS

    lang = os.environ.get("CHIZHENG_LANG", "zh")
    if (args.sheet is None) != (args.out is None):
        raise BadInput("sheet_and_out", FAULTS["sheet_and_out"])
    if not args.presented and args.sheet is None:
        raise BadInput("nothing_to_verify", FAULTS["nothing_to_verify"])
    lookup, by_number = _lookup(args)
    if args.sheet is not None:
        return _sheet(args, lookup, by_number, lang)
    rows = [(given, row) for given in args.presented for row in _rows(given, args, by_number)]
    answers = [_answer(lookup, row, lang) for _, row in rows]
    if args.json:
        print(json.dumps(answers if len(answers) > 1 else answers[0], ensure_ascii=False, indent=1))
    else:
        for (given, _), answer in zip(rows, answers, strict=True):
            _print(given, answer, many=len(answers) > 1)
    return 0 if all(_accepted(answer) for answer in answers) else 1


def _accepted(answer: Answer) -> bool:
    return answer["verdict"] == "valid" and answer.get("colour") == "green"


def _answer(lookup: Lookup, row: Row, lang: str) -> Answer:
    (answer,) = lookup.answer([row], lang)
    return answer


# -- who answers -------------------------------------------------------------------------------------


def _lookup(args: argparse.Namespace) -> tuple[Lookup, bool]:
    """Whoever answers, and whether it can be asked by number."""
    if args.online:
        from chizheng.certificates.io.remote import RemoteLookup

        return RemoteLookup(args.online), True
    from chizheng.certificates.core.lookup import HeldCertificates

    now = _now(args.at)
    limits = _limits(now)
    trust = _trust(args, now)
    lines: Iterable[str] = ()
    if args.register is not None:
        from rich.console import Console
        from rich.progress import track

        held_texts = _bytes(args.register).decode("utf-8", "replace").split("\n")
        lines = track(held_texts, "读入 register", console=Console(stderr=True), transient=True)
    held = HeldCertificates.of(lines, trust, now=now, limits=limits)
    return held, args.register is not None


def _now(at: str | None) -> datetime:
    from chizheng.certificates.core.verification import CHINA
    from chizheng.certificates.io.wording import FAULTS

    if at is None:
        return datetime.now(UTC)
    try:
        return datetime.combine(datetime.fromisoformat(at).date(), time(12), CHINA).astimezone(UTC)
    except ValueError:
        raise BadInput("bad_date", FAULTS["bad_date"], value=at) from None


def _limits(now: datetime) -> Limits:
    from datetime import timedelta

    from chizheng.certificates.core.verification import Limits
    from chizheng.law.io.shelf import law

    return Limits(
        max_age=timedelta(days=law().number("verification.status_max_age_days", on=now.date())),
        log_delay=timedelta(days=law().number("verification.log_delay_days", on=now.date())),
    )


def _trust(args: argparse.Namespace, now: datetime) -> TrustView:
    """The verifier's own file, or the signed trust list with a status bundle."""
    from chizheng.certificates.core import trust as lists
    from chizheng.certificates.io import trust_file
    from chizheng.certificates.io.wording import FAULTS

    path = args.trust or (Path(os.environ["CHIZHENG_TRUST"]) if "CHIZHENG_TRUST" in os.environ else None)
    if path is None:
        raise BadInput("no_trust", FAULTS["no_trust"])
    raw = _bytes(path)
    if lists.FORMAT.encode() not in raw[:200]:
        return trust_file.parse(raw, path.name)
    from chizheng.certificates.core.note import VerifierKey
    from chizheng.certificates.core.status_bundle import open_bundle
    from chizheng.certificates.core.trust_view import ListedTrust

    if not args.root:
        raise BadInput("no_roots", FAULTS["no_roots"], name=path.name)
    listed = lists.accept(
        lists.SignedList.parse(raw),
        held=None,
        pinned=[VerifierKey.parse(root) for root in args.root],
        pinned_threshold=len(args.root) // 2 + 1,
        now=int(now.timestamp()),
    )
    states = None
    if args.status is not None:
        states = open_bundle(_bytes(args.status), listed.status_keys(now.date())).view()
    return ListedTrust(listed, states)


# -- what is asked -----------------------------------------------------------------------------------

_PICTURES = (b"%PDF", b"\x89PNG", b"\xff\xd8", b"RIFF", b"BM", b"GIF8", b"II*\x00", b"MM\x00*")


def _rows(given: str, args: argparse.Namespace, by_number: bool) -> list[Row]:
    """What one argument asks: a file may hold several certificates, and each of them is checked."""
    from chizheng.certificates.core import numbers
    from chizheng.certificates.core.envelopes import cose, sdjwt
    from chizheng.certificates.core.lookup import Row, presented_in
    from chizheng.certificates.core.verification import Question
    from chizheng.certificates.io.wording import FAULTS

    text = given
    if given == "-" or _is_file(given):
        raw = sys.stdin.buffer.read() if given == "-" else _bytes(Path(given))
        if not raw.strip():
            raise BadInput("empty_file", FAULTS["empty_file"], name=given)
        if raw[:1024].lstrip().startswith(_PICTURES):
            from chizheng.certificates.io import qr

            return [Row(Question("", args.name), *found) for found in qr.certificates(raw, given)]
        text = _text(raw)
    sealed = presented_in(text)
    if len(sealed) > 1 or sealed[0].startswith((cose.PREFIX, "{")) or sdjwt.looks_like(sealed[0]):
        return [Row(Question("", args.name), one) for one in sealed]
    if text is given and ("/" in given or "." in given) and not sealed[0].replace(".", "").isdigit():
        raise BadInput("no_file", FAULTS["no_file"], name=given)
    if numbers.parse(text).scheme is numbers.Scheme.UNKNOWN and not args.name:
        from chizheng.certificates.core.wording import FAULTS as CORE

        raise BadInput("unreadable_input", CORE["unreadable_input"])
    if not by_number:
        raise BadInput("no_register", FAULTS["no_register"])
    return [Row(Question(text, args.name, args.code))]


def _is_file(given: str) -> bool:
    try:
        return len(given) < 1024 and Path(given).is_file()
    except (OSError, ValueError):
        return False


def _text(raw: bytes) -> str:
    """The text of a file; Windows' own redirection writes UTF-16."""
    return raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8", "replace")


def _bytes(path: Path) -> bytes:
    from chizheng.certificates.io.wording import FAULTS

    try:
        return path.read_bytes()
    except OSError:
        raise BadInput("no_file", FAULTS["no_file"], name=str(path)) from None


# -- batches and print -------------------------------------------------------------------------------


def _sheet(args: argparse.Namespace, lookup: Lookup, by_number: bool, lang: str) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from chizheng.certificates.io import batch
    from chizheng.certificates.io.wording import FAULTS
    from chizheng.law.io.shelf import law

    most = law().number("verification.sheet_rows_max", on=datetime.now(UTC).date())
    asked = batch.read(_bytes(args.sheet), args.sheet.name, most=most, lang=lang)
    if not by_number and not all(row.presented for row in asked.rows):
        raise BadInput("no_register", FAULTS["no_register"])
    found: list[Answer] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("核验 verify", total=len(asked.rows))
        for answers in batch.answers(asked, lookup, lang=lang):
            found += answers
            progress.update(task, completed=len(found))
    args.out.write_bytes(batch.write(asked, found, lang=lang))
    counts: dict[str, int] = {}
    for answer in found:
        key = answer["verdict"] if answer.get("colour") != "amber" else f"{answer['verdict']}*"
        counts[key] = counts.get(key, 0) + 1
    if args.json:
        print(json.dumps({"rows": len(found), "verdicts": counts, "out": str(args.out)}, ensure_ascii=False))
    else:
        print(f"{args.out}: " + ", ".join(f"{verdict} {n}" for verdict, n in sorted(counts.items())))
    return 0 if all(_accepted(answer) for answer in found) else 1


_SIGNS = {"green": "✔", "amber": "●", "red": "✘"}
_FIELDS = ("number", "name", "occupation", "level", "issued")


def _print(given: str, answer: dict[str, Any], *, many: bool) -> None:
    if many:
        print(f"{given[:60]}:")
    print(f"{_SIGNS.get(answer['colour'], '✘')} {answer['says']}")
    certificate = answer["certificate"]
    if certificate:
        print("  " + "  ".join(str(certificate[f]) for f in _FIELDS if certificate.get(f) is not None))
    for reason in answer["reasons"]:
        print(f"  - {reason['message']}")
    if answer.get("next"):
        print(f"  → {answer['next']}")
