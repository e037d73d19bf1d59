"""A log, three witnesses and a web server as they run: processes that meet over HTTP on the loopback.

Each witness is `chizheng log witness --serve` with its own key and memory; the public files are carried by a
web server that knows nothing of logs; monitor and verifier see what came over the wire.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chizheng.certificates.core.commitments import Cause, Cert, Exceptional, Issue, reference
from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.io.tilelog import AppendDoor
from tests.certificates.log_house import ORIGIN, House, approvers, digest, tag

ENVIRONMENT = {
    **os.environ,
    "CHIZHENG_KEY_PASSPHRASE": "口令",
    "CHIZHENG_LANG": "en",
    "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
    "PYTHONUNBUFFERED": "1",
}


def chizheng(*words: object, status: int = 0) -> str:
    """Run the command as somebody would type it; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "chizheng.cli", *map(str, words)],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@dataclass
class Process:
    """A server of ours: where it listens, and how it is stopped."""

    running: subprocess.Popen[str]
    url: str
    vkey: str = ""
    name: str = ""

    def stop(self) -> None:
        self.running.terminate()
        self.running.wait(20)


def witness(folder: Path, name: str, log: VerifierKey) -> Process:
    key = folder / f"{name}.key"
    vkey = chizheng("log", "key", f"{name}.example/witness", key, "--for-witness").strip()
    running = subprocess.Popen(
        [sys.executable, "-m", "chizheng.cli", "log", "witness", "--key", str(key), "--state", str(folder / name),
         "--log", str(log), "--serve", "127.0.0.1:0"],
        env=ENVIRONMENT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stderr is not None
    line = running.stderr.readline().strip()
    assert line.endswith("/add-checkpoint"), line
    return Process(running, line.removesuffix("/add-checkpoint"), vkey, name)


def files_over_http(folder: Path) -> Process:
    code = (
        "import functools, http.server as h, sys\n"
        "class Q(h.SimpleHTTPRequestHandler):\n"
        "    def log_message(self, *a): pass\n"
        f"s = h.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Q, directory={str(folder)!r}))\n"
        "print(s.server_address[1], flush=True)\n"
        "s.serve_forever()\n"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    return Process(running, f"http://127.0.0.1:{running.stdout.readline().strip()}")


def mirrored(shard: Path, url: str, to: Path) -> Path:
    """The shard as it comes over HTTP, file by file."""
    for path in sorted(p for p in shard.rglob("*") if p.is_file()):
        name = path.relative_to(shard).as_posix()
        if name == "checkpoint" or name.startswith(("heads/", "tile/")):
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with urllib.request.urlopen(f"{url}/{shard.name}/{name}", timeout=20) as answer:
                target.write_bytes(answer.read())
    return to


def certified(house: House, who: str) -> int:
    """One certificate on an exception, logged now; returns the index of its leaf."""
    house.now = int(time.time())
    grant = Exceptional(house.now, Cause.CONTEST, "44", 1, digest(who), "first prize", approvers())
    place = reference(2026, house.append(grant, witness=False).first)
    issue = Issue(at=house.now, count=1, numbers=(tag(who),), exception=place)
    return house.append(issue, Cert(digest(who), "", 1), witness=False).first + 1


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "public", now=int(time.time()))
    certified(house, "first")
    return house


@pytest.fixture
def witnesses(house: House, tmp_path: Path) -> Iterator[list[Process]]:
    made = []
    try:
        made += [witness(tmp_path, name, house.log.vkey) for name in ("audit", "ministry", "province")]
        yield made
    finally:
        for one in made:
            one.stop()


@pytest.fixture
def site(house: House) -> Iterator[Process]:
    running = files_over_http(house.shard.parent)
    yield running
    running.stop()


def test_k_of_n_cosign_over_http_and_a_split_view_finds_no_quorum(
    house: House, witnesses: list[Process], site: Process, tmp_path: Path
) -> None:
    log = ["--vkey", house.log.vkey]
    names = [part for w in witnesses for part in ("--witness", w.vkey)]
    asked = [part for w in witnesses for part in ("--ask", w.url)]
    entry = tmp_path / "entry"

    def judged(shard: Path, index: int, who: str, status: int = 0) -> str:
        entry.write_bytes(Cert(digest(who), "", 1).encode())
        chizheng("log", "proof", shard, index, "-o", tmp_path / "proof")
        return chizheng(
            "log", "verify-proof", tmp_path / "proof", "--entry", entry, *log, *names, "--quorum", "2", "--json",
            status=status,
        )  # fmt: skip

    # nobody has seen the head: a verifier that wants two witnesses takes nothing
    assert "quorum_missing" in judged(house.shard, 2, "first", status=1)
    chizheng("log", "cosign", house.shard, *log, *names, *asked)
    mirror = mirrored(house.shard, site.url, tmp_path / "mirror")
    chizheng("log", "audit", mirror, *log, *names, "--quorum", "3")
    assert '"ok": true' in judged(mirror, 2, "first")

    # the thief of the log key keeps two histories of the same size
    other = tmp_path / "other" / "2026"
    shutil.copytree(house.shard, other)
    with AppendDoor(other, ORIGIN, house.log.signer) as door:
        door.append("only for you", [b"\xa0", b"\xa1", Cert(digest("secret"), "", 1).encode()])

    # one witness is away: two of three are enough, and it catches up when it is back
    witnesses[2].stop()
    index = certified(house, "second")
    for w in witnesses[:2]:
        chizheng("log", "cosign", house.shard, *log, *names, "--ask", w.url)
    told = chizheng("log", "cosign", house.shard, *log, *names, "--ask", witnesses[2].url, status=2)
    assert witnesses[2].url in told
    mirror = mirrored(house.shard, site.url, tmp_path / "mirror")
    assert '"ok": true' in judged(mirror, index, "second")

    # the secret history is refused by those who stand at the public one, and finds no quorum
    for w in witnesses[:2]:
        assert "422" in chizheng("log", "cosign", other, *log, *names, "--ask", w.url, status=2)
    assert "quorum_missing" in judged(other, 5, "secret", status=1)
    # a monitor that is handed its head sees two histories
    said = chizheng("log", "audit", mirror, *log, *names, "--seen", other / "checkpoint", "--json", status=1)
    assert "split_view" in said
    chizheng("log", "audit", mirror, *log, *names, "--quorum", "2")


def test_a_witness_that_slept_gets_its_proof_and_remembers_over_a_restart(
    house: House, tmp_path: Path
) -> None:
    log = house.log.vkey
    first = witness(tmp_path, "audit", log)
    try:
        chizheng("log", "cosign", house.shard, "--vkey", log, "--witness", first.vkey, "--ask", first.url)
    finally:
        first.stop()
    old = tmp_path / "old" / "2026"
    shutil.copytree(house.shard, old)
    for who in ("second", "third"):
        certified(house, who)
    again = subprocess.Popen(
        [sys.executable, "-m", "chizheng.cli", "log", "witness", "--key", str(tmp_path / "audit.key"),
         "--state", str(tmp_path / "audit"), "--log", str(log), "--serve", "127.0.0.1:0"],
        env=ENVIRONMENT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert again.stderr is not None
        url = again.stderr.readline().strip().removesuffix("/add-checkpoint")
        chizheng("log", "cosign", house.shard, "--vkey", log, "--witness", first.vkey, "--ask", url)
        # what it stood at before is no head any more
        told = chizheng("log", "cosign", old, "--vkey", log, "--witness", first.vkey, "--ask", url, status=2)
        assert "409" in told
    finally:
        again.terminate()
        again.wait(20)
