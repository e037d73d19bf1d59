"""`chizheng serve`: the site on loopback (or where you say), under granian."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from chizheng.kernel.errors import Conflict
from chizheng.kernel.wording import Wording

SUMMARY = "serve the site  启动网站"

_TAKEN = Wording(
    zh="端口 {port} 不能使用（{reason}）；请用 --port 换一个（make demo PORT=…）",
    en="Port {port} cannot be used ({reason}); choose another with --port (make demo PORT=…)",
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=port, default=8258)
    parser.add_argument("--workers", type=_few, default=1)
    parser.add_argument(
        "--threads", type=_few, default=4, help="threads of a worker that wait for the database"
    )


def port(text: str) -> int:
    """A TCP port, for argparse."""
    return _between(text, 1, 65_535)


def _few(text: str) -> int:
    return _between(text, 1, 64)


def _between(text: str, low: int, high: int) -> int:
    number = int(text)
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(f"{text}：应在 {low} 至 {high} 之间 (not in {low}..{high})")
    return number


def run(args: argparse.Namespace) -> int:
    return site(host=args.host, port=args.port, workers=args.workers, threads=args.threads)


def site(*, host: str, port: int, workers: int = 1, threads: int = 4) -> int:
    """Serve until interrupted; `threads` of a worker wait for the database."""
    _require_free(host, port)
    os.environ.setdefault("CHIZHENG_SITE", f"http://{host}:{port}")
    from chizheng.platform.boot import boot

    boot()  # starts the embedded server here, so that the workers find its address in the environment
    from granian import Granian
    from granian.constants import Interfaces

    print(f"http://{host}:{port}/", file=sys.stderr)
    Granian(
        "chizheng.portal.wsgi:served",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        log_access=False,
    ).serve()
    return 0


def _require_free(host: str, port: int) -> None:
    """Refuse a port that another server listens on: granian would share it, and answer every other request."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Conflict("port_taken", _TAKEN, port=port, reason=fault.strerror or str(fault)) from None
