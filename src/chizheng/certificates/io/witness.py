"""A witness that another body runs: heads on disk, the tlog-witness protocol over HTTP, or by file.

The head of each log is stored at `<state>/<sha256 of the origin>/checkpoint` (the monitoring address
of tlog-witness) before its cosignature is given out; check and store happen under one lock.
"""

from __future__ import annotations

import fcntl
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from chizheng.certificates.core.log_wording import WORDING, bad
from chizheng.certificates.core.note import Checkpoint, Note, Signature, VerifierKey, parse_signature
from chizheng.certificates.core.witness import AddCheckpoint, Head, WitnessRefusal, consider
from chizheng.certificates.io.durable import write_durably
from chizheng.certificates.io.keys import NamedKey
from chizheng.certificates.io.tilelog import TileReader
from chizheng.kernel.errors import ChizhengError, Unavailable

BODY_LIMIT = 64 * 1024
TIMEOUT = 10.0


def origin_folder(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


class WitnessStore:
    """The memory of one witness. `logs`: keys by origin that it is willing to cosign."""

    def __init__(self, state: Path, key: NamedKey, logs: Mapping[str, Sequence[VerifierKey]]) -> None:
        self.state, self.key, self.logs = state, key, logs
        state.mkdir(parents=True, exist_ok=True)

    def head(self, origin: str) -> Head | None:
        """What was last cosigned for a log."""
        try:
            raw = (self.state / origin_folder(origin) / "checkpoint").read_bytes()
        except FileNotFoundError:
            return None
        note = Note.parse(raw)
        note.verify([self.key.witness_vkey])  # our own memory, tampered with, must not be believed
        point = Checkpoint.parse(note.text)
        return Head(point.size, point.root, raw)

    def add(self, request: AddCheckpoint, now: int) -> Signature:
        """Cosign or raise WitnessRefusal; the head is durable when the signature is returned."""
        lock = os.open(self.state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            heads = {o: h for o in self.logs if (h := self.head(o)) is not None}
            done = consider(
                request, logs=self.logs, heads=heads, name=self.key.name, signer=self.key.signer, now=now
            )
            write_durably(self.state / origin_folder(done.origin) / "checkpoint", done.head.note)
            return done.signature
        finally:
            os.close(lock)

    def visit(self, reader: TileReader, now: int) -> Signature:
        """Look at a log's files (a mirror, a mounted copy) and cosign its head: the file-based way."""
        raw = reader.checkpoint()
        point = Checkpoint.parse(Note.parse(raw).text)
        known = self.head(point.origin)
        old = known.size if known else 0
        proof = reader.consistency(old, point.size) if 0 < old < point.size else []
        return self.add(AddCheckpoint(old, tuple(proof), raw), now)


def server(store: WitnessStore, host: str, port: int, clock: Callable[[], float]) -> ThreadingHTTPServer:
    """`POST /add-checkpoint` and `GET /<origin hash>/checkpoint`; the caller serves and closes."""

    class Handler(BaseHTTPRequestHandler):
        timeout = TIMEOUT

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint" or not length.isdecimal() or int(length) > BODY_LIMIT:
                self._send(404 if self.path != "/add-checkpoint" else 400, "")
                return
            try:
                request = AddCheckpoint.parse(self.rfile.read(int(length)))
                self._send(200, store.add(request, int(clock())).line)
            except WitnessRefusal as no:
                kind = "text/x.tlog.size" if no.status == 409 else "text/plain; charset=utf-8"
                self._send(no.status, no.body or no.error.say("en") + "\n", kind)
            except ChizhengError as fault:
                self._send(400, fault.say("en") + "\n")

        def do_GET(self) -> None:
            for origin in store.logs:
                if self.path == f"/{origin_folder(origin)}/checkpoint":
                    head = store.head(origin)
                    if head is not None:
                        self._send(200, head.note.decode())
                        return
            self._send(404, "")

        def _send(self, status: int, body: str, kind: str = "text/plain; charset=utf-8") -> None:
            raw = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: what matters is in the state folder."""

    return ThreadingHTTPServer((host, port), Handler)


def ask(url: str, reader: TileReader, known: int = 0) -> list[Signature]:
    """Ask the witness at `url` (http or https) to cosign a log's head; `known`: where it is believed to
    stand. Once it names another size the proof is made from there."""
    if not url.startswith(("http://", "https://")):
        raise bad("note_malformed", what="a witness address starts with http:// or https://")
    raw = reader.checkpoint()
    point = Checkpoint.parse(Note.parse(raw).text)
    for _ in range(2):
        proof = reader.consistency(known, point.size) if 0 < known < point.size else []
        body = bytes(AddCheckpoint(known, tuple(proof), raw))
        asking = urllib.request.Request(url.rstrip("/") + "/add-checkpoint", data=body, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(asking, timeout=TIMEOUT) as answer:  # noqa: S310
                lines = answer.read(BODY_LIMIT).decode().splitlines()
            return [parse_signature(line) for line in lines]
        except urllib.error.HTTPError as no:
            told = no.read(BODY_LIMIT).decode(errors="replace").strip()
            if no.code != 409 or not told.isdecimal() or int(told) > point.size:
                raise _refusal(url, f"{no.code} {told}") from None
            known = int(told)
        except (OSError, UnicodeDecodeError) as fault:
            raise _refusal(url, type(fault).__name__) from None
    raise _refusal(url, "the witness moves on while being asked")


def _refusal(url: str, what: str) -> Unavailable:
    return Unavailable("witness_refused", WORDING["witness_refused"], url=url, what=what)
