"""Exact look-ups and range queries: snapshot, in process, and over HTTP beside nginx.

    PYTHONPATH=src python bench/register.py [certificates]      default 1,000,000

HTTP goes through `chizheng serve`: the door of the site, with the look-up ahead of Django and the buckets as
its static files; and through nginx with docs/deploy/nginx.conf, as a site in use has it in front. It needs `nginx` and
`wrk` in PATH (Debian: nginx-light, wrk); without them that part is left out and said so. One worker each, rounds
interleaved; a ratio is the median of the ratios of its rounds.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from chizheng.certificates.core.register import digest
from chizheng.certificates.core.status import Exceptions, State
from chizheng.certificates.core.status_bundle import seal_full
from chizheng.certificates.io.buckets import MOST_BITS, BucketPress, Holding, bucket_path
from chizheng.certificates.io.keys import SeedSigner
from chizheng.certificates.io.register import Columns, Register, build

KEY = b"register key 16b"
EPOCH = b"e" * 16
SURNAMES = "赵钱孙李周吴郑王冯陈"
SECONDS, ROUNDS = 1, 7
SITE = Path(__file__).resolve().parents[1] / "docs/deploy/nginx.conf"
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 256; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/json;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; open_file_cache max=500; }}
  {site} }}
"""


def cpu(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    folder = Path(tempfile.mkdtemp(prefix="chizheng-bench-"))
    try:
        numbers = [f"44010001{n:08d}" for n in range(count)]
        names = [SURNAMES[n % 10] + "测试" for n in range(count)]
        zero = np.zeros(count, dtype=np.int64)
        rows = Columns(
            numbers, names, zero + 2026, np.arange(count), zero + 4, zero, zero + 6_180_204, np.arange(count)
        )
        path = house(folder)
        spent = cpu(lambda: build(path, rows, key=KEY, as_of=1))
        size = path.stat().st_size
        print(f"{f'build snapshot of {count:,}':44} {spent:12.2f} CPU s   {size / count:.2f} bytes each")
        register = Register(path)
        random.seed(1)
        asked = [(numbers[n], names[n]) for n in random.choices(range(count), k=200_000)]
        rate = statistics.median(
            len(asked) / cpu(lambda: [register.look_up(*a) for a in asked]) for _ in range(5)
        )
        print(f"{'look-up by number and name':44} {rate:12,.0f} /CPU s")
        digests = [digest(KEY, *a) for a in asked]
        rate = statistics.median(
            len(asked) / cpu(lambda: [register.find(d) for d in digests]) for _ in range(5)
        )
        print(f"{'look-up by digest':44} {rate:12,.0f} /CPU s")
        buckets(folder, count)
        http(folder, [d.hex() for d in digests[:20_000]])
        print(f"load average {os.getloadavg()[0]:.1f}")
    finally:
        shutil.rmtree(folder)


def house(folder: Path) -> Path:
    """A data folder with keys and a status bundle, as `chizheng serve` expects it; where its snapshot goes.

    The database is never asked: an address that leads nowhere proves it.
    """
    os.environ |= {
        "CHIZHENG_HOME": str(folder / "home"),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    from chizheng.platform.boot import boot

    boot()
    from chizheng.certificates import keyring
    from chizheng.certificates.usecases.publish_register import snapshot_path
    from chizheng.certificates.usecases.publish_status import public_folder

    keyring.make()
    key = keyring.private("status")
    revoked = {n: State.REVOKED for n in range(0, 300_000, 1000)}
    years = [Exceptions.of(2026, 1 << 28, revoked)]
    raw = seal_full(years, sequence=1, as_of=1, expires=1 << 40, name=key.name, signer=key.signer)
    (public_folder() / "status.bundle").write_bytes(raw)
    return snapshot_path()


def buckets(folder: Path, count: int) -> None:
    """Render, sign and write 2^16 files; as many certificates as asked, at most a million of them drawn."""
    count = min(count, 1_000_000)
    rng = np.random.default_rng(1)
    raw = rng.bytes(16 * count)
    holdings = [Holding(raw[i : i + 16], State.VALID, 4, 0) for i in range(0, len(raw), 16)]
    capacity = max(64, int(count / 65536 + 8 * (count / 65536) ** 0.5))
    press = BucketPress(
        folder / "home/public/buckets",
        epoch=EPOCH,
        bits=MOST_BITS,
        capacity=capacity,
        signer=SeedSigner(b"s" * 32),
        filler=b"f" * 32,
    )
    spent = cpu(lambda: press.publish(holdings, as_of=1, name="buckets.example"))
    size = (press.folder / bucket_path(0)).stat().st_size
    print(f"{'publish 65,536 signed buckets':44} {spent:12.2f} CPU s   {size} bytes each, {count:,} held")


def http(folder: Path, keys: list[str]) -> None:
    if not shutil.which("nginx") or not shutil.which("wrk"):
        print("HTTP: left out, nginx or wrk is not in PATH")
        return
    user = "user root;" if os.getuid() == 0 else ""
    words = {
        "LISTEN": "127.0.0.1:18413",
        "SITE": "127.0.0.1:18412",
        "NAME": "localhost",
        "HOME/": f"{folder}/home/",
    }
    site = SITE.read_text()
    for word, value in words.items():
        site = site.replace(f" {word}", f" {value}")
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=18411, user=user, site=site))
    (folder / "home/public/status").mkdir()
    (folder / "home/public/status/2026.json").write_bytes(os.urandom(50_000))
    (folder / "www").mkdir(exist_ok=True)
    (folder / "www/buckets").symlink_to(folder / "home/public/buckets")
    body = (
        b'{"found":true,"status":"valid","level":4,"occupation":6180204,"kind":0,'
        b'"as_of":1,"status_as_of":1,"fresh":true}'
    )
    (folder / "www/answer").write_bytes(body)
    (folder / "random.lua").write_text(
        "local k = {" + ",".join(f"'{k}'" for k in keys) + "}\n"
        "request = function() return wrk.format('GET', '/v/' .. k[math.random(#k)]) end\n"
    )
    (folder / "buckets.lua").write_text(
        "request = function() local n = math.random(0, 65535)\n local h = math.floor(n / 256)\n"
        f" return wrk.format('GET', string.format('/buckets/{EPOCH.hex()}/%02x/%04x', h, n)) end\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path("src").resolve())}
    servers = {
        "nginx": ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)],
        "serve": [sys.executable, "-m", "chizheng.cli", "serve", "--port", "18412", "--threads", "1"],
    }
    running = {
        n: subprocess.Popen(c, env=environ, cwd=folder, start_new_session=True) for n, c in servers.items()
    }
    bucket = f"/buckets/{EPOCH.hex()}/00/0000"
    cases = {
        "nginx, one warm static file": (18411, "/answer", None, "nginx"),
        "chizheng serve, exact, one key": (18412, f"/v/{keys[0]}", None, "serve"),
        "chizheng serve, exact, random keys": (18412, "/", "random.lua", "serve"),
        "nginx, one bucket": (18411, bucket, None, "nginx"),
        "chizheng serve, one bucket": (18412, bucket, None, "serve"),
        "nginx, random buckets": (18411, "/", "buckets.lua", "nginx"),
        "chizheng serve, random buckets": (18412, "/", "buckets.lua", "serve"),
        "nginx as deployed, random buckets": (18413, "/", "buckets.lua", "nginx"),
        "nginx as deployed, a status list of 50 kB": (18413, "/status/2026", None, "nginx"),
    }
    floors = {name: "nginx, random buckets" for name in cases if "random buckets" in name}
    rates: dict[str, list[float]] = {name: [] for name in cases}
    spent: dict[str, list[float]] = {name: [] for name in cases}
    try:
        _wait(18412)
        for _ in range(ROUNDS):
            for name, (port, url, script, server) in cases.items():
                before = _cpu_of(running[server].pid)
                answered, rate = _wrk(port, url, folder / script if script else None)
                rates[name].append(rate)
                spent[name].append(answered / max(_cpu_of(running[server].pid) - before, 1e-9))
        print(
            f"{'':44} {'/s':>10} {'of warm':>8} {'per CPU s':>12} {'of warm':>8} {'of the same by nginx':>21}"
        )
        for name in cases:
            line = f"{name:44}"
            for found, width in ((rates, 10), (spent, 12)):
                line += f" {statistics.median(found[name]):{width},.0f} {_ratio(found, name, 'nginx, one warm static file'):8.2f}"
            print(line + (f" {_ratio(spent, name, floors[name]):21.2f}" if name in floors else ""))
    finally:
        for process in running.values():
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


def _ratio(found: dict[str, list[float]], name: str, floor: str) -> float:
    """The median of what rounds say, so that a busy moment of the machine falls on both sides of a ratio."""
    return statistics.median(mine / theirs for mine, theirs in zip(found[name], found[floor], strict=True))


def _wait(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise SystemExit("the site did not start")


def _wrk(port: int, url: str, script: Path | None) -> tuple[int, float]:
    """Requests answered, and per second."""
    command = ["wrk", "-t1", "-c32", f"-d{SECONDS}s", *(["-s", str(script)] if script else [])]
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{url}"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in told:
        raise SystemExit(f"{url}: {told}")
    answered, rate = re.search(r"(\d+) requests in", told), re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert answered and rate
    return int(answered[1]), float(rate[1])


def _cpu_of(leader: int) -> float:
    """CPU seconds of the processes of a session (Linux)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(rest[3]) == leader:  # session
            ticks += int(rest[11]) + int(rest[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
