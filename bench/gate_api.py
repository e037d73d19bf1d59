"""The gate API under load: latency at a fixed rate of requests on loopback, open loop.

    PYTHONPATH=src CHIZHENG_HOME=.state/demo python bench/gate_api.py [RATE SECONDS]
Requests are sent on a schedule whether or not earlier ones came back, and latency counts from the scheduled
instant, so that waiting in line is not hidden. Bound of the same run: `/healthz`, one query and no thought.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time

RATE, SECONDS = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (200, 10)
ASK = {"act": "recruit", "place": "3201", "held": [{"occupation": "焊工", "level": 4}]}
QUESTIONS = [
    json.dumps({**ASK, "occupation": name, "on": day}).encode()
    for name in ("焊工", "美发师", "消防设施操作员", "车工", "电焊工", "没有的职业")
    for day in ("1998-01-01", "2005-06-01", "2016-03-01", "2026-10-08")
]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def request(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Line:
    """One kept-alive connection; requests on it wait for each other."""

    def __init__(self, port: int) -> None:
        self.port, self.lock = port, asyncio.Lock()
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, raw: bytes) -> int:
        async with self.lock:
            if self.streams is None:
                self.streams = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.streams
            writer.write(raw)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")
            )
            await reader.readexactly(length)
            return int(head.split(b" ", 2)[1])


async def load(port: int, raws: list[bytes]) -> tuple[list[float], int]:
    lines = [Line(port) for _ in range(16)]
    await asyncio.gather(*(line.ask(raws[0]) for line in lines))
    start = time.perf_counter() + 0.1
    late: list[float] = []
    bad = 0

    async def one(n: int) -> None:
        nonlocal bad
        due = start + n / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        status = await lines[n % len(lines)].ask(raws[n % len(raws)])
        late.append(time.perf_counter() - due)
        bad += status != 200

    await asyncio.gather(*(one(n) for n in range(RATE * SECONDS)))
    return sorted(late), bad


def main() -> None:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "chizheng.cli", "serve", "--port", str(port)], env=os.environ, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        for _ in range(120):
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                break
            except OSError:
                time.sleep(0.25)
        time.sleep(1)
        print(
            f"{RATE} requests a second for {SECONDS} s, server and client share {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
        )
        print(f"{'':10}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}   failed")
        for name, raws in (
            ("healthz", [request("GET", "/healthz")]),
            ("gate", [request("POST", "/api/v1/access/gate", q) for q in QUESTIONS]),
        ):
            late, bad = asyncio.run(load(port, raws))
            picks = [late[min(len(late) - 1, int(len(late) * q))] * 1e3 for q in (0.5, 0.95, 0.99, 1)]
            print(f"{name:10}" + "".join(f"{p:7.1f}ms" for p in picks) + f"   {bad} of {len(late)}")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


if __name__ == "__main__":
    main()
