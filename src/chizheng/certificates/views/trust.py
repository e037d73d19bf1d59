"""What anybody may look at and download: the transparency log with its witnesses, and the trust list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from chizheng.certificates import keyring
from chizheng.certificates.core.note import Checkpoint, Note
from chizheng.certificates.core.trust import SignedList
from chizheng.certificates.core.witness import Quorum
from chizheng.certificates.house import shard_key
from chizheng.certificates.io.tilelog import TileReader, shards
from chizheng.certificates.models import Commitment
from chizheng.certificates.usecases.commit_sitting import log_folder
from chizheng.certificates.usecases.publish_status import public_folder
from chizheng.platform import clock
from chizheng.platform.access import page

_LOG_FILE: Final = re.compile(
    r"checkpoint|heads/\d{1,18}|tile/(?:\d{1,2}|entries)(?:/x?\d{3}){1,6}(?:\.p/\d{1,3})?"
)
"""What of a shard is public: its writer's own state is not."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest head of a shard as the page shows it; times in UTC."""

    year: int
    size: int
    root: str
    key: str
    seen: tuple[tuple[str, datetime | None], ...]
    missing: tuple[str, ...]
    wanted: int

    @property
    def enough(self) -> bool:
        return len(self.seen) >= self.wanted


def _head(shard: Path, quorum: Quorum) -> Head:
    note = Note.parse(TileReader(shard).checkpoint())
    point = Checkpoint.parse(note.text)
    good = note.verified_by(quorum.witnesses)
    seen = []
    for witness in good:
        at = note.cosigned_at(witness)
        seen.append((witness.name, datetime.fromtimestamp(at, UTC) if at else None))
    missing = tuple(w.name for w in quorum.witnesses if w not in good)
    return Head(
        int(shard.name), point.size, point.root.hex(), str(shard_key(int(shard.name))), tuple(seen), missing, quorum.k
    )  # fmt: skip


@page(public=True)
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """The log: its yearly shards, who has witnessed their heads, how to check them oneself."""
    root = log_folder()
    quorum = keyring.quorum()
    heads = [_head(s, quorum) for s in shards(root)] if root.exists() and keyring.exists() else []
    return render(request, "certificates/log.html", {
        "heads": sorted(heads, key=lambda h: -h.year), "witnesses": [w.name for w in quorum.witnesses], "wanted": quorum.k,
        "late": Commitment.objects.filter(late=True).count(), "steps": Commitment.objects.count(),
        "base": request.build_absolute_uri(reverse("certificates:log")),
        "sittings": Commitment.objects.values("session").distinct().count(),
    })  # fmt: skip


@page(public=True)
@require_GET
def log_heads(request: HttpRequest, year: int) -> HttpResponse:
    """The sizes of all heads ever signed, one a line: which files under `heads/` a mirror asks for."""
    folder = log_folder() / str(year) / "heads"
    if not folder.is_dir():
        raise Http404
    sizes = sorted(int(p.name) for p in folder.iterdir() if p.name.isdecimal())
    answer = HttpResponse("".join(f"{n}\n" for n in sizes), content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@page(public=True)
@require_GET
def log_file(request: HttpRequest, year: int, path: str) -> FileResponse:
    """A file of a shard: checkpoint, old heads, tiles, entries. A web server or CDN may carry them instead."""
    file = log_folder() / str(year) / path
    if not _LOG_FILE.fullmatch(path) or not file.is_file():
        raise Http404
    text = path == "checkpoint" or path.startswith("heads/")
    answer = FileResponse(
        file.open("rb"), content_type="text/plain; charset=utf-8" if text else "application/octet-stream"
    )
    fixed = path.startswith("tile/")
    answer["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
    return answer


@page(public=True)
@require_GET
def trust(request: HttpRequest) -> HttpResponse:
    """Whose signatures count, from when to when; and the files a verifier holds."""
    path = public_folder() / "trust-list.json"
    listed = SignedList.parse(path.read_bytes()).list if path.exists() else None
    files = []
    for name in ("trust-list.json", "trust.json", "status.bundle"):
        file = public_folder() / name
        if file.exists():
            at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            files.append((name, file.stat().st_size, at))
    return render(request, "certificates/trust.html", {
        "list": listed, "files": files,
        "issued": datetime.fromtimestamp(listed.issued_at, UTC) if listed else None,
        "expires": datetime.fromtimestamp(listed.expires, UTC) if listed else None,
        "fresh": listed.fresh(int(clock.now().timestamp())) if listed else False,
    })  # fmt: skip
