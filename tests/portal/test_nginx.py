"""docs/deploy/nginx.conf as it stands: what it gives out, under which headers, and what it never does."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONFIG = Path(__file__).parents[2] / "docs/deploy/nginx.conf"
EPOCH = "0123456789abcdef" * 2

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("nginx")
    for name, content in {
        f"public/buckets/{EPOCH}/ab/abcd": "bucket", f"public/buckets/{EPOCH}/manifest": "manifest",
        "public/buckets/current.json": "{}", "public/status/2026.json": "list", "public/status/2026.jwt": "token",
        "public/status/chain.bundle": "chain", "public/status.bundle": "bundle", "public/trust.json": "{}",
        "public/log/2026/checkpoint": "head", "public/log/2026/tile/0/000": "tile",
        "public/log/2026/.state/pending": "secret", "secrets/django": "secret", "keys/issuer.key": "secret",
    }.items():  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    listen = free_port()
    site = CONFIG.read_text().replace("listen LISTEN", f"listen 127.0.0.1:{listen}")
    site = (
        site.replace("server SITE", "server 127.0.0.1:1")
        .replace("NAME", "localhost")
        .replace("HOME/", f"{folder}/")
    )
    user = "user root;" if Path(folder).owner() == "root" else ""
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{site}\n}}\n"
    )
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", listen), 1):
                break
            time.sleep(0.05)
        yield listen
    finally:
        process.terminate()
        process.wait(10)


def ask(port: int, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    door = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    door.request("GET", path, headers=headers)
    answer = door.getresponse()
    return answer.status, answer.headers, answer.read().decode()


@pytest.mark.parametrize(
    ("path", "content", "media", "cached"),
    [
        (f"/buckets/{EPOCH}/ab/abcd", "bucket", "application/octet-stream", "public, max-age=300"),
        (f"/buckets/{EPOCH}/manifest", "manifest", "application/octet-stream", "public, max-age=300"),
        ("/buckets/current.json", "{}", "application/json", "no-cache"),
        ("/status/2026", "list", "application/vc+json", "public, max-age=3600"),
        ("/public/status.bundle", "bundle", "application/octet-stream", "no-cache"),
        ("/public/trust.json", "{}", "application/json", "no-cache"),
        ("/log/2026/checkpoint", "head", "text/plain; charset=utf-8", "no-cache"),
        ("/log/2026/tile/0/000", "tile", "application/octet-stream", "public, max-age=31536000, immutable"),
    ],
)
def test_public_files_under_the_headers_of_the_site(
    port: int, path: str, content: str, media: str, cached: str
) -> None:
    status, headers, body = ask(port, path)
    assert (status, body, headers["Content-Type"], headers["Cache-Control"]) == (200, content, media, cached)
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_status_list_of_another_standard_is_asked_for_by_its_type(port: int) -> None:
    status, headers, body = ask(port, "/status/2026", Accept="application/statuslist+jwt")
    assert (status, body, headers["Content-Type"], headers["Vary"]) == (
        200,
        "token",
        "application/statuslist+jwt",
        "Accept",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/log/2026/.state/pending", "/log/2026/tile/../.state/pending", "/buckets/../../secrets/django",
        "/buckets/%2e%2e/%2e%2e/keys/issuer.key", "/status/../../keys/issuer.key", "/public/../../secrets/django",
    ],
)  # fmt: skip
def test_nothing_else_of_the_house_is_given_out(port: int, path: str) -> None:
    status, _, body = ask(port, path)
    assert status in (400, 404, 502) and "secret" not in body


@pytest.mark.parametrize("path", ["/", "/v/key", "/log/", "/verify/", "/static/x.css", "/status/"])
def test_everything_else_is_the_sites(port: int, path: str) -> None:
    assert ask(port, path)[0] == 502  # handed on; no site listens in this test
