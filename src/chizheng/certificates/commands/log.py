"""`chizheng log`: audit, check, prove and witness transparency logs from their public files."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chizheng.certificates.core.audit import Rules

SUMMARY = "透明日志：审计、检查、证明、见证 (transparency log: audit, check, prove, witness)"


def configure(parser: argparse.ArgumentParser) -> None:
    sub = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    audit = sub.add_parser("audit", help="签名、一致性与计数规律 (signatures, consistency, counting laws)")
    _log_arguments(audit)
    _witness_arguments(audit)
    audit.add_argument(
        "--seen",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="在别处看到的检查点 (a checkpoint seen elsewhere)",
    )
    audit.add_argument(
        "--status", type=Path, metavar="FILE", help="要比对的状态包 (status bundle to compare)"
    )
    audit.add_argument(
        "--status-key",
        action="append",
        default=[],
        metavar="VKEY",
        help="状态包的公钥 (key of the status bundle)",
    )
    audit.add_argument("--strict", action="store_true", help="提示也算发现 (flags count as findings)")

    check = sub.add_parser("check", help="检查任何 tlog-tiles / static-ct 日志目录 (check any tile log)")
    _log_arguments(check, need=False)
    check.add_argument(
        "--unsigned",
        type=int,
        metavar="SIZE",
        help="没有检查点的片段：只比对条目与叶瓦片 (fragment without a checkpoint)",
    )

    fetch = sub.add_parser("fetch", help="把公开日志复制到目录，供 audit 和 check 使用 (copy a public log)")
    fetch.add_argument("url", help="日志地址，如 https://…/log/2026 (address of a log)")
    fetch.add_argument(
        "dir", type=Path, help="存放的目录，其下按年度分开 (folder, a folder for each year in it)"
    )
    fetch.add_argument("--json", action="store_true", help="输出 JSON")

    proof = sub.add_parser("proof", help="生成 .tlog-proof (make a .tlog-proof)")
    proof.add_argument("dir", type=Path, help="一个年度的日志目录 (directory of one yearly log)")
    proof.add_argument("index", type=int, help="条目序号，从 0 起 (index of the entry, from 0)")
    proof.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="写入文件，不写则为标准输出 (file, else stdout)"
    )

    verify = sub.add_parser("verify-proof", help="核对 .tlog-proof (verify a .tlog-proof)")
    verify.add_argument("proof", type=Path)
    verify.add_argument("--entry", type=Path, required=True, help="条目内容文件 (file with the entry)")
    verify.add_argument("--vkey", action="append", required=True, metavar="KEY")
    verify.add_argument("--json", action="store_true")
    _witness_arguments(verify)

    witness = sub.add_parser("witness", help="以见证方身份签名 (cosign as a witness)")
    witness.add_argument("--key", type=Path, required=True, help="密钥文件 (key file)")
    witness.add_argument("--state", type=Path, required=True, help="本见证方的记忆 (this witness's memory)")
    witness.add_argument("--log", action="append", required=True, metavar="VKEY")
    way = witness.add_mutually_exclusive_group(required=True)
    way.add_argument("--dir", type=Path, help="读日志目录或镜像 (read a log directory or mirror)")
    way.add_argument(
        "--request",
        type=argparse.FileType("rb"),
        metavar="FILE",
        help="add-checkpoint 请求，- 为标准输入 (request file, - for stdin)",
    )
    way.add_argument("--serve", metavar="HOST:PORT", help="HTTP 服务 (serve over HTTP)")

    cosign = sub.add_parser("cosign", help="把见证签名放到检查点上 (put cosignatures on the head)")
    _log_arguments(cosign)
    cosign.add_argument("--witness", action="append", required=True, metavar="VKEY")
    cosign.add_argument("--lines", type=argparse.FileType("rb"), metavar="FILE", help="签名行，- 为标准输入")
    cosign.add_argument(
        "--ask", action="append", default=[], metavar="URL", help="向见证方索取 (ask a witness)"
    )

    collect = sub.add_parser(
        "collect",
        help="向名单上的见证方索取签名 (ask the witnesses of keys/witnesses for their cosignatures)",
    )
    collect.add_argument(
        "--lines", type=argparse.FileType("rb"), metavar="FILE", help="见证方送来的签名行，- 为标准输入"
    )
    collect.add_argument("--json", action="store_true")

    key = sub.add_parser("key", help="新建加密的密钥文件，打印公钥 (new encrypted key file, prints the vkey)")
    key.add_argument("name", help="签名名称，如 log.example/2026 (name to sign under)")
    key.add_argument("path", type=Path)
    key.add_argument("--for-witness", action="store_true", help="打印见证公钥 (print the cosignature vkey)")


def _log_arguments(parser: argparse.ArgumentParser, *, need: bool = True) -> None:
    parser.add_argument("dir", type=Path, help="日志目录 (log directory)")
    parser.add_argument(
        "--vkey", action="append", default=[], required=need, metavar="KEY",
        help="日志公钥，见公开日志页或信任名单；几个年度就给几次 (log key, from the log page; once for each year)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="输出 JSON (for machines)")


def _witness_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--witness", action="append", default=[], metavar="VKEY", help="见证方公钥，可多次 (key of a witness)"
    )
    parser.add_argument(
        "--quorum", type=int, default=0, metavar="K", help="至少须有几个见证签名 (cosignatures needed)"
    )


def run(args: argparse.Namespace) -> int:
    actions = {
        "audit": _audit,
        "check": _check,
        "fetch": _fetch,
        "proof": _proof,
        "verify-proof": _verify,
        "witness": _witness,
        "cosign": _cosign,
        "collect": _collect,
        "key": _key,
    }
    return actions[args.action](args)


def _lang() -> str:
    return os.environ.get("CHIZHENG_LANG", "zh")


def _read(path: Path) -> bytes:
    from chizheng.certificates.core.log_wording import bad

    try:
        return path.read_bytes()
    except OSError:
        raise bad("file_missing", path=str(path)) from None


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def _audit(args: argparse.Namespace) -> int:
    # reads the folder by itself: nothing of the writer's code stands between the auditor and the files
    from chizheng.certificates.core.audit import Shard, audit, compare_statuses
    from chizheng.certificates.core.audit_bytes import read_vkey
    from chizheng.certificates.core.log_wording import bad

    try:
        keys = [read_vkey(v) for v in args.vkey]
        witnesses = [read_vkey(v) for v in args.witness]
    except ValueError as fault:
        raise bad("vkey_malformed", vkey="--vkey", what=str(fault)) from None
    folders = _shard_folders(args.dir)
    seen = [(path.name, _read(path)) for path in args.seen]
    shards = []
    for name, folder in folders:
        heads = sorted(p for p in (folder / "heads").glob("*") if p.name.isdecimal())
        origin = (folder / "checkpoint").read_bytes().partition(b"\n")[0]
        mine = [s for s in seen if s[1].partition(b"\n")[0] == origin]
        shards.append(
            Shard(
                _year_of(origin, name),
                _reader(folder),
                [(f"heads/{p.name}", p.read_bytes()) for p in heads],
                mine,
            )
        )
    report = audit(
        shards, keys, witnesses=witnesses, quorum=args.quorum, rules=_rules(datetime.now(UTC).date())
    )
    if args.status:
        compare_statuses(report, _published(args))
    counts: dict[str, Any] = {
        "entries": report.entries,
        "heads": report.heads,
        "sittings": len(report.sittings),
        "kinds": dict(sorted(report.kinds.items())),
        "exceptions": dict(sorted(report.exceptions.items())),
    }
    failed = bool(report.breaches) or (args.strict and bool(report.findings))
    if args.json:
        found = [
            {
                "code": f.code,
                "weight": f.weight.value,
                "shard": f.shard,
                "sitting": f.sitting,
                "message": f.say(_lang()),
                "params": {k: str(v) for k, v in f.params.items()},
            }
            for f in report.findings
        ]
        _print_json({"ok": not failed, **counts, "findings": found})
    else:
        for f in report.findings:
            print(f"{'✗' if f.weight.value == 'breach' else '!'} [{f.shard}] {f.code}: {f.say(_lang())}")
        kinds = "，".join(f"{k} {n}" for k, n in counts["kinds"].items()) or "-"
        if _lang().startswith("en"):
            print(
                f"{report.entries} entries ({kinds}), {report.heads} heads, {len(report.sittings)} sittings: "
                f"{len(report.breaches)} breaches, {len(report.findings) - len(report.breaches)} flags"
            )
            return 1 if failed else 0
        print(
            f"{report.entries} 条（{kinds}），{report.heads} 个检查点，{len(report.sittings)} 个批次："
            f"违反 {len(report.breaches)}，提示 {len(report.findings) - len(report.breaches)}"
        )
    return 1 if failed else 0


def _year_of(origin: bytes, folder: str) -> str:
    """The shard's year, by which entries refer to one another: of its origin, whatever a mirror's folder is called."""
    tail = origin.rpartition(b"/")[2].decode("ascii", "replace")
    return tail if len(tail) == 4 and tail.isdecimal() else folder


def _rules(on: date) -> Rules:
    """The time limits and shares that the law shelf holds for the day."""
    from chizheng.certificates.core.audit import Rules
    from chizheng.law.io.shelf import law

    def number(name: str) -> int:
        return law().number(name, on=on)

    return Rules(
        lead=number("log.roster_lead_hours") * 3600,
        grace=number("log.attend_grace_minutes") * 60,
        skew=number("log.clock_skew_minutes") * 60,
        addenda_share=number("log.addenda_percent_max") / 100,
        withdrawn_a_day=number("log.withdrawn_a_day_max"),
    )


def _published(args: argparse.Namespace) -> dict[int, dict[int, str]]:
    from chizheng.certificates.core.note import VerifierKey
    from chizheng.certificates.core.status_bundle import open_bundle

    keys = [VerifierKey.parse(v) for v in args.status_key]
    bundle = open_bundle(_read(args.status), keys)
    return {y: {s: st.name.lower() for s, st in one.by_slot().items()} for y, one in bundle.years.items()}


def _shard_folders(folder: Path) -> list[tuple[str, Path]]:
    from chizheng.certificates.core.log_wording import bad

    if (folder / "checkpoint").is_file():
        return [(folder.name, folder)]
    years = [(p.name, p) for p in sorted(folder.glob("[0-9]*")) if (p / "checkpoint").is_file()]
    if not years:
        raise bad("log_missing", path=str(folder))
    return years


def _reader(folder: Path) -> Any:
    def read(path: str) -> bytes | None:
        try:
            return (folder / path).read_bytes()
        except OSError:
            return None

    return read


def _check(args: argparse.Namespace) -> int:
    from chizheng.certificates.core.log_wording import bad
    from chizheng.certificates.core.note import VerifierKey
    from chizheng.certificates.io.tilelog import TileReader, shards

    if not args.vkey and args.unsigned is None:
        raise bad("one_of", what="--vkey, --unsigned")
    if not args.dir.is_dir():
        raise bad("log_missing", path=str(args.dir))
    keys = [VerifierKey.parse(v) for v in args.vkey]
    folders = shards(args.dir)
    if not folders:
        raise bad("log_missing", path=str(args.dir))
    found = [
        (folder.name, finding)
        for folder in folders
        for finding in TileReader(folder).integrity(keys, unsigned_size=args.unsigned)
    ]
    if args.json:
        rows = [{"log": log, "path": f.path, "what": f.what} for log, f in found]
        _print_json({"ok": not found, "logs": [f.name for f in folders], "findings": rows})
    else:
        for log, f in found:
            print(f"✗ {log}/{f.path}: {f.what}")
        if _lang().startswith("en"):
            print(f"{len(folders)} logs, {len(found)} faults" if found else f"{len(folders)} logs, whole")
        else:
            print(f"{len(folders)} 个日志，{len(found)} 处问题" if found else f"{len(folders)} 个日志，完好")
    return 1 if found else 0


def _fetch(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from chizheng.certificates.io.mirror import mirror

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("fetch", total=None)
        folder, size = mirror(
            args.url, args.dir, tell=lambda done, of: progress.update(task, completed=done, total=of)
        )
    if args.json:
        _print_json({"ok": True, "dir": str(folder), "size": size})
    elif _lang().startswith("en"):
        print(f"{folder}: {size} entries; now: chizheng log audit {args.dir} --vkey KEY")
    else:
        print(f"{folder}：{size} 条；接着运行 chizheng log audit {args.dir} --vkey KEY")
    return 0


def _proof(args: argparse.Namespace) -> int:
    from chizheng.certificates.io.tilelog import TileReader
    from chizheng.platform.io.drafts import draft

    raw = bytes(TileReader(args.dir).prove(args.index))
    if args.output:
        with draft(args.output) as out:
            out.write(raw)
    else:
        sys.stdout.buffer.write(raw)
    return 0


def _verify(args: argparse.Namespace) -> int:
    from chizheng.certificates.core.note import VerifierKey
    from chizheng.certificates.core.proof import TlogProof
    from chizheng.certificates.core.witness import Quorum
    from chizheng.kernel.errors import Refused

    keys = [VerifierKey.parse(v) for v in args.vkey]
    quorum = Quorum(args.quorum, tuple(VerifierKey.parse(w) for w in args.witness))
    proof = TlogProof.parse(_read(args.proof))
    try:
        proven = proof.verify(_read(args.entry), keys, quorum)
    except Refused as no:
        if args.json:
            _print_json({"ok": False, "code": no.code, "message": no.say(_lang())})
        else:
            print(f"✗ {no.say(_lang())}")
        return 1
    answer = {
        "ok": True,
        "origin": proven.checkpoint.origin,
        "index": proven.index,
        "size": proven.checkpoint.size,
        "witnesses": list(proven.witnesses),
        "witnessed_at": proven.witnessed_at,
    }
    if args.json:
        _print_json(answer)
    else:
        print(
            f"✓ {proven.checkpoint.origin} 第 {proven.index} 条，检查点大小 {proven.checkpoint.size}，"
            f"见证 {len(proven.witnesses)} 个"
        )
    return 0


def _witness(args: argparse.Namespace) -> int:
    from chizheng.certificates.core.note import VerifierKey
    from chizheng.certificates.core.witness import AddCheckpoint, WitnessRefusal
    from chizheng.certificates.io.keys import load, passphrase
    from chizheng.certificates.io.tilelog import TileReader
    from chizheng.certificates.io.witness import BODY_LIMIT, WitnessStore, server

    logs: dict[str, list[VerifierKey]] = {}
    for vkey in (VerifierKey.parse(v) for v in args.log):
        logs.setdefault(vkey.name, []).append(vkey)
    store = WitnessStore(args.state, load(args.key, passphrase()), logs)
    if args.serve:
        host, port = _address(args.serve)
        with server(store, host, port, time.time) as running:
            print(f"http://{host}:{running.server_address[1]}/add-checkpoint", file=sys.stderr, flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                running.serve_forever()
        return 0
    try:
        if args.dir:
            signature = store.visit(TileReader(args.dir), int(time.time()))
        else:
            request = AddCheckpoint.parse(args.request.read(BODY_LIMIT))
            signature = store.add(request, int(time.time()))
    except WitnessRefusal as no:
        print(f"✗ {no.status} {no.error.say(_lang())}", file=sys.stderr)
        return 1
    sys.stdout.write(signature.line)
    return 0


def _address(text: str) -> tuple[str, int]:
    from chizheng.certificates.core.log_wording import bad

    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise bad("address_malformed", address=text)
    return host, int(port)


def _cosign(args: argparse.Namespace) -> int:
    from chizheng.certificates.core.log_wording import bad
    from chizheng.certificates.core.note import VerifierKey, parse_signature
    from chizheng.certificates.io.tilelog import TileReader, add_cosignatures
    from chizheng.certificates.io.witness import ask

    if not args.lines and not args.ask:
        raise bad("one_of", what="--lines, --ask")
    lines = []
    if args.lines:
        text = args.lines.read(1 << 20).decode("utf-8", errors="replace")
        lines = [parse_signature(line) for line in text.splitlines() if line]
    for url in args.ask:
        lines += ask(url, TileReader(args.dir))
    witnesses = [VerifierKey.parse(w) for w in args.witness]
    note = add_cosignatures(args.dir, VerifierKey.parse(args.vkey[0]), lines, witnesses)
    names = [w.name for w in note.verified_by(witnesses)]
    if args.json:
        _print_json({"witnesses": names})
    else:
        print(f"见证签名 {len(names)} 个：{'，'.join(names) or '-'}")
    return 0 if names else 1


def _collect(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.certificates.usecases.collect_cosignatures import collect_cosignatures
    from chizheng.platform.clock import now

    lines = args.lines.read(1 << 20).decode("utf-8", errors="replace").splitlines() if args.lines else ()
    found = collect_cosignatures(now=now(), lines=lines)
    if args.json:
        rows = [
            {"year": c.year, "size": c.size, "witnesses": list(c.names), "wanted": c.wanted, "enough": c.enough,
             "faults": [{"witness": name, "code": f.code, "message": f.say(_lang())} for name, f in c.faults]}
            for c in found
        ]  # fmt: skip
        _print_json({"ok": all(c.enough for c in found), "shards": rows})
    for c in () if args.json else found:
        mark = "✓" if c.enough else "✗"
        print(f"{mark} {c.year} {c.size}: {len(c.names)}/{c.wanted} {', '.join(c.names) or '-'}")
        for name, fault in c.faults:
            print(f"  ! {name}: {fault.say(_lang())}", file=sys.stderr)
    return 0 if all(c.enough for c in found) else 1


def _key(args: argparse.Namespace) -> int:
    from chizheng.certificates.io.keys import create, passphrase

    key = create(args.path, args.name, passphrase())
    print(key.witness_vkey if args.for_witness else key.vkey)
    return 0
