"""The log: appending by batch size, proving, checking, auditing; ratios to bounds measured beside them.

PYTHONPATH=src python bench/log.py [entries]        default 200,000; 1,000,000 takes about a minute
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from pymerkle import InmemoryTree

from chizheng.certificates.core.audit import Rules, Shard, audit
from chizheng.certificates.core.audit_bytes import read_vkey
from chizheng.certificates.core.commitments import Cert, Issue, number_tag
from chizheng.certificates.core.merkle import Tree, leaf_hash, verify_inclusion
from chizheng.certificates.core.witness import Quorum
from chizheng.certificates.io.keys import NamedKey, SeedSigner
from chizheng.certificates.io.tilelog import AppendDoor, TileReader


def cpu(work: Callable[[], object], rounds: int = 3) -> float:
    """Median CPU seconds of `work`."""
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    entries = [Cert(sha256(b"%d" % n).digest(), "S", 0).encode() for n in range(count)]
    folder = Path(tempfile.mkdtemp(prefix="chizheng-bench-"))
    key = NamedKey("log.example/2026", SeedSigner(b"bench seed of thirty-two bytes.."))
    try:
        floor = cpu(lambda: [sha256(b"\0" + e).digest() for e in entries])
        print(f"{'floor: sha256 of each entry once':44} {count / floor:12,.0f} /CPU s   1.00")
        root = cpu(lambda: Tree([leaf_hash(e) for e in entries]).root())
        print(f"{'root of all entries':44} {count / root:12,.0f} /CPU s   {floor / root:.2f}")
        few = entries[:20_000]

        def peer() -> None:
            tree = InmemoryTree(algorithm="sha256")
            for e in few:
                tree.append_entry(e)
            tree.get_root()

        pymerkle = cpu(peer, 1) / len(few) * count
        print(f"{'  pymerkle (from 20,000)':44} {count / pymerkle:12,.0f} /CPU s   {floor / pymerkle:.2f}")
        for size in (1, 30, 1024, 65_536):
            batches = max(1, min(count // size, 40 if size < 100 else 200))
            shard = folder / str(size)
            begin, began = time.process_time(), time.perf_counter()
            with AppendDoor(shard, key.name, key.signer) as door:
                for n in range(batches):
                    door.append(f"b{n}", entries[n * size : n * size + size])
            spent, wall = time.process_time() - begin, time.perf_counter() - began
            done = min(batches * size, count)
            print(
                f"{f'append durably, batches of {size:,}':44} {done / spent:12,.0f} /CPU s   "
                f"{floor / count * done / spent:.2f}   {done / wall:10,.0f} /s by the clock"
            )
        shard = folder / "whole"
        with AppendDoor(shard, key.name, key.signer) as door:
            for n in range(0, count, 10_000):
                batch: list[bytes] = []
                for begin in range(n, min(n + 10_000, count), 1000):
                    part = entries[begin : begin + 1000]
                    tags = tuple(number_tag(b"key", str(i)) for i in range(begin, begin + len(part)))
                    batch += [Issue(at=1, count=len(part), numbers=tags, exception="2026/0").encode(), *part]
                door.append(f"b{n}", batch)
        reader = TileReader(shard)
        files = [p for p in shard.rglob("*") if p.is_file()]
        print(
            f"{'  on disk':44} {len(files):12,} files    {sum(p.stat().st_size for p in files) / 1e6:.0f} MB"
        )
        proofs = [reader.prove(n) for n in range(0, count, count // 500)]
        size = count + -(-count // 1000)
        proving = cpu(lambda: [TileReader(shard).prove(n) for n in range(0, count, count // 50)]) / 50
        print(f"{'make a .tlog-proof from files, cold':44} {1 / proving:12,.0f} /CPU s")
        held = [(leaf_hash(reader.entry(p.index, size)), p) for p in proofs]
        tree_root = Tree(
            [leaf_hash(e) for i in range(-(-size // 256)) for e in reader.entries(i, size)]
        ).root()
        verify = cpu(
            lambda: [verify_inclusion(h, p.index, size, p.hashes, tree_root) for h, p in held]
        ) / len(held)
        print(
            f"{'verify inclusion, ' + str(len(proofs[0].hashes)) + ' hashes':44} {1 / verify:12,.0f} /CPU s"
        )
        whole = [(reader.entry(p.index, size), p) for p in proofs]
        full = cpu(lambda: [p.verify(e, [key.vkey], Quorum()) for e, p in whole]) / len(whole)
        print(f"{'verify .tlog-proof with its signature':44} {1 / full:12,.0f} /CPU s")
        check = cpu(lambda: TileReader(shard).integrity([key.vkey]), 1)
        print(f"{'log check':44} {count / check:12,.0f} /CPU s   {floor / check:.2f}")
        one = Shard(
            "2026",
            lambda p: (shard / p).read_bytes() if (shard / p).exists() else None,
            [(p.name, p.read_bytes()) for p in (shard / "heads").iterdir()],
        )
        rules = Rules(lead=86400, grace=7200, skew=900, addenda_share=0.1, withdrawn_a_day=100)
        monitor = cpu(lambda: audit([one], [read_vkey(str(key.vkey))], rules=rules), 1)
        print(f"{'log audit (own parser)':44} {count / monitor:12,.0f} /CPU s   {floor / monitor:.2f}")
        print(f"load average {os.getloadavg()[0]:.1f}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
