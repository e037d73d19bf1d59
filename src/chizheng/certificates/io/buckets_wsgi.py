"""`GET /buckets/<epoch>/ab/abcd` ahead of Django, where no web server or CDN stands before the site.

The files are plain and static: anything that serves files may serve them instead, at the same address.
Only names that a bucket can have are looked for, so no path leads out of the folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from chizheng.certificates.io.register_wsgi import Application, StartResponse

ROUTE: Final = "/buckets/"
PIECE: Final = 1 << 16
"""Bytes read at once: nearly every bucket, and no more than an allocator keeps at hand."""

_NAME: Final = re.compile(r"/buckets/([0-9a-f]{32}/(?:([0-9a-f]{2})/\2[0-9a-f]{2}|manifest))\Z")
_HEADERS: Final = [
    ("Content-Type", "application/octet-stream"),
    ("Cache-Control", "public, max-age=300"),
    ("X-Content-Type-Options", "nosniff"),
]


class BucketShim:
    """WSGI: gives out buckets and manifests, and hands everything else on."""

    def __init__(self, inner: Application, folder: Path) -> None:
        self._inner = inner
        self._folder = f"{folder}/"

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith(ROUTE) or environ["REQUEST_METHOD"] != "GET":
            return self._inner(environ, start_response)
        named = _NAME.match(path)
        if named is None:
            return self._inner(environ, start_response)
        try:
            handle = os.open(self._folder + named[1], os.O_RDONLY)
        except OSError:
            return self._inner(environ, start_response)
        try:
            body = os.read(handle, PIECE)
            if len(body) == PIECE:
                body += b"".join(iter(lambda: os.read(handle, PIECE), b""))
        finally:
            os.close(handle)
        start_response("200 OK", [*_HEADERS, ("Content-Length", str(len(body)))])
        return [body]
