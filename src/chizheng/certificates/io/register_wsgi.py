"""`GET /v/<digest>` and `POST /v` from the memory-mapped register, ahead of Django.

    GET  /v/key           {"key": "<16 bytes hex>", "as_of": 1795478400, "count": 10000000}
    GET  /v/buckets       {"epoch": "…", "bits": 16, "capacity": 64, "as_of": …, "key": "…"}    where the range route stands
    GET  /v/<32 hex>      digest of number and name under that key (core.register)
    POST /v               {"number": "…", "name": "…", "code": "…"}      code optional

    {"found": true, "status": "valid", "level": 3, "occupation": 6180204, "kind": 0, "code": "match",
     "as_of": 1795478400, "status_as_of": 1795471200, "fresh": true}

No answer holds a name or a number, and no name is ever part of an address: addresses end in access logs.
Wrap the Django application: `application = RegisterShim(django_app, path, status=...)`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from chizheng.certificates.core.register import Record, code_value, digest
from chizheng.certificates.core.status import State, StatusView
from chizheng.certificates.io.register import Register
from chizheng.kernel.errors import ChizhengError

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

BODY_LIMIT = 4096
_LOOK_AGAIN = 1.0  # seconds between looks at the file's stamp


class Statuses(Protocol):
    """Where the shim gets the status view of the moment; `io` callers keep it current."""

    def __call__(self) -> StatusView | None: ...


_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]
_WORDS = {state: state.name.lower() for state in State}
_ABSENT = b'{"found":false}'


class RegisterShim:
    """WSGI: answers `/v` itself and hands everything else on."""

    def __init__(
        self,
        inner: Application,
        snapshot: Path,
        *,
        status: Statuses | None = None,
        pointer: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inner = inner
        self._path = snapshot
        self._status = status
        self._pointer = pointer
        self._clock = clock
        self._lock = threading.Lock()
        self._register: Register | None = None
        self._looked = 0.0

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith("/v/") and path != "/v":
            return self._inner(environ, start_response)
        if path == "/v/buckets" and self._pointer is not None and self._pointer.exists():
            return _send(start_response, "200 OK", self._pointer.read_bytes())
        register = self._current()
        if register is None:
            return self._inner(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method == "GET":
            asked = path[3:]
            if len(asked) == 32:
                try:
                    whole = bytes.fromhex(asked)
                except ValueError:
                    whole = b""
                if len(whole) == 16:
                    return self._answer(register, whole, None, start_response)
            elif asked == "key":
                body = {"key": register.key.hex(), "as_of": register.as_of, "count": register.count}
                return _send(start_response, "200 OK", json.dumps(body).encode())
            return _send(start_response, "404 Not Found", _ABSENT)
        if method == "POST" and path == "/v":
            return self._post(register, environ, start_response)
        return _send(start_response, "405 Method Not Allowed", b"{}")

    def _current(self) -> Register | None:
        """The register in use, reopened when a new snapshot has been put in its place."""
        now = self._clock()
        if self._register is not None and 0 <= now - self._looked < _LOOK_AGAIN:
            return self._register
        with self._lock:
            self._looked = now
            if self._register is None or self._register.changed():
                try:
                    # the old map is left to its last reader and the garbage collector
                    self._register = Register(self._path)
                except ChizhengError:
                    # a damaged new snapshot does not take the old one away
                    return self._register
            return self._register

    def _post(
        self, register: Register, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            if not 0 < length <= BODY_LIMIT:
                raise ValueError
            asked = json.loads(environ["wsgi.input"].read(length))
            number, name, code = asked["number"], asked["name"], asked.get("code")
            if not isinstance(number, str) or not isinstance(name, str):
                raise ValueError
            value = code_value(code) if code is not None else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ChizhengError):
            return _send(start_response, "400 Bad Request", b'{"error":"number, name and optional code"}')
        return self._answer(register, digest(register.key, number, name), value, start_response)

    def _answer(
        self, register: Register, whole: bytes, code: int | None, start_response: StartResponse
    ) -> Iterable[bytes]:
        record = register.find(whole)
        if record is None:
            return _send(start_response, "200 OK", _ABSENT)
        return _send(start_response, "200 OK", self._say(register, record, code))

    def _say(self, register: Register, record: Record, code: int | None) -> bytes:
        view = self._status() if self._status else None
        word, seen, fresh = "unknown", 0, False
        if view is not None and record.year in view.years:
            word = _WORDS[view.status(record.year, record.slot)]
            seen, fresh = view.as_of, view.fresh(int(self._clock()))
        given = "" if code is None else f'"code":"{"match" if code == record.code else "differs"}",'
        return (
            f'{{"found":true,"status":"{word}","level":{record.level},"occupation":{record.occupation},'
            f'"kind":{record.kind},{given}"as_of":{register.as_of},"status_as_of":{seen},'
            f'"fresh":{"true" if fresh else "false"}}}'
        ).encode()


def _send(start_response: StartResponse, status: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [*_HEADERS, ("Content-Length", str(len(body)))])
    return [body]
