"""A transparency log on disk: static files that any web server or CDN can carry.

    <shard>/checkpoint               the signed head (the only file that changes)
    <shard>/tile/…                   hashes and entries, C2SP tlog-tiles
    <shard>/heads/<size>             every head ever signed, for monitors
    <shard>/.state/                  lock, batch in flight, receipts (never served)

One batch is one sitting. `AppendDoor` is the only way in, and it can only append. A batch goes
through these steps, each durable before the next, so that a kill at any point is finished by the next
opening and the end state is the same:

    1 note the batch in .state/pending  2 write tiles and bundles  3 read them back and hash them
    4 sign the head, store it in heads/ 5 compare-and-swap the checkpoint  6 file the receipt

A log is cut into yearly shards, each a log of its own with its own origin (`…/2026`).
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from chizheng.certificates.core import tiles
from chizheng.certificates.core.log_wording import bad, conflict, refused
from chizheng.certificates.core.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
)
from chizheng.certificates.core.note import (
    ED25519,
    Checkpoint,
    Note,
    Signature,
    Signer,
    VerifierKey,
    open_checkpoint,
    sign_note,
)
from chizheng.certificates.core.proof import TlogProof
from chizheng.certificates.io.durable import flush_folder, replace_file, write_durably
from chizheng.kernel.errors import ChizhengError

BATCH_LIMIT = 1_000_000
"""Most entries in one batch; a sitting has some dozens."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a batch stands: entries `[first, first + count)`, covered by a head of `size`."""

    batch: str
    first: int
    count: int
    size: int

    @property
    def indices(self) -> range:
        return range(self.first, self.first + self.count)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault found by `integrity`: where, and what is wrong."""

    path: str
    what: str


class TileReader:
    """Reads a tile log, ours or a foreign one; never writes.

    `folder="data"` reads the bundles of static-ct-api logs.
    """

    def __init__(self, shard: Path, *, folder: str | None = None) -> None:
        self.shard = shard
        self.folder = folder or ("data" if (shard / "tile" / "data").is_dir() else "entries")
        self._hashes = lru_cache(maxsize=4096)(self._read_hashes)

    def checkpoint(self) -> bytes:
        try:
            return (self.shard / "checkpoint").read_bytes()
        except OSError:
            raise bad("log_missing", path=self.shard.name) from None

    def heads(self) -> Iterator[tuple[int, bytes]]:
        """The heads this log has signed, smallest first: our `heads/<size>`, or `checkpoint.<size>`."""
        found = [p for p in self.shard.glob("heads/*") if p.name.isdecimal()]
        found += [p for p in self.shard.glob("checkpoint.*") if p.suffix[1:].isdecimal()]
        for path in sorted(found, key=_size_in_name):
            yield _size_in_name(path), path.read_bytes()

    def _file(self, path: str, full: str) -> bytes:
        """A partial tile may have been tidied away once its full one exists (tlog-tiles)."""
        for name in (path, full):
            try:
                return (self.shard / name).read_bytes()
            except FileNotFoundError:
                continue
            except OSError as fault:
                raise bad("tile_malformed", path=name, what=str(fault.strerror)) from None
        raise bad("tile_malformed", path=path, what="missing")

    def _read_hashes(self, level: int, index: int, width: int) -> list[bytes]:
        tile = tiles.Tile(level, index, width)
        raw = self._file(tile.path, tiles.Tile(level, index).path)
        return tiles.split_hashes(raw[: width * 32], width, tile.path)

    def hashes(self, level: int, index: int, size: int) -> list[bytes]:
        """Hashes of a tile as of a log of `size` entries."""
        return self._hashes(level, index, tiles.width_at(level, index, size))

    def entries(self, index: int, size: int) -> list[bytes]:
        """Entries of bundle `index` as of a log of `size` entries (for static-ct: its tree leaves)."""
        width = tiles.width_at(0, index, size)
        path = tiles.bundle_path(index, width, self.folder)
        raw = self._file(path, tiles.bundle_path(index, folder=self.folder))
        unpack = tiles.static_ct_leaves if self.folder == "data" else tiles.unpack_bundle
        found = unpack(raw, path)
        if len(found) < width:
            raise bad("tile_malformed", path=path, what=f"{len(found)} entries instead of {width}")
        return found[:width]

    def entry(self, index: int, size: int) -> bytes:
        if not 0 <= index < size:
            raise refused("not_in_log", index=index, size=size)
        bundle, offset = divmod(index, tiles.WIDTH)
        return self.entries(bundle, size)[offset]

    def fetch(self, size: int) -> Callable[[int, int], bytes]:
        """Source of complete subtrees for the proof functions of `core.merkle`."""

        def fetch(height: int, index: int) -> bytes:
            level, tile, begin, end = tiles.tile_of_node(height, index)
            return tiles.tile_root(self.hashes(level, tile, size)[begin:end])

        return fetch

    def frontier(self, size: int) -> Frontier:
        fetch, peaks, at = self.fetch(size), [], 0
        for height in range(size.bit_length() - 1, -1, -1):
            if size >> height & 1:
                peaks.append(fetch(height, at >> height))
                at += 1 << height
        return Frontier(size, peaks)

    def prove(self, index: int, size: int | None = None) -> TlogProof:
        """`.tlog-proof` of entry `index` under the stored head, or an older one of `size`."""
        raw = self.checkpoint()
        if size is not None:
            raw = dict(self.heads()).get(size, raw)
        point = Checkpoint.parse(Note.parse(raw).text)
        hashes = inclusion_proof(self.fetch(point.size), index, point.size)
        return TlogProof(index, tuple(hashes), raw)

    def consistency(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(self.fetch(new), old, new)

    def integrity(self, keys: Sequence[VerifierKey], *, unsigned_size: int | None = None) -> list[Finding]:
        """Everything wrong with the log: signatures, roots, each tile, each entry, each old head.

        `unsigned_size` checks a fragment without checkpoint: its entries against its leaf tiles.
        """
        findings: list[Finding] = []
        if unsigned_size is None:
            try:
                point, _ = open_checkpoint(self.checkpoint(), keys)
            except ChizhengError as fault:
                return [Finding("checkpoint", fault.say("en"))]
            size = point.size
            findings += self._check_root("checkpoint", point)
        else:
            size = unsigned_size
        findings += self._check_tiles(size, leaves_only=unsigned_size is not None)
        for at, raw in self.heads():
            name = f"head {at}"
            try:
                old, _ = open_checkpoint(raw, keys)
            except ChizhengError as fault:
                findings.append(Finding(name, fault.say("en")))
                continue
            if old.size > size:
                findings.append(Finding(name, f"signed for {old.size} entries, the log now shows {size}"))
            else:
                findings += self._check_root(name, old)
        return findings

    def _check_root(self, name: str, point: Checkpoint) -> list[Finding]:
        try:
            found = root(self.fetch(point.size), point.size)
        except ChizhengError as fault:
            return [Finding(name, fault.say("en"))]
        if found != point.root:
            return [Finding(name, f"the tiles do not lead to the signed root of size {point.size}")]
        return []

    def _check_tiles(self, size: int, *, leaves_only: bool) -> list[Finding]:
        findings = []
        for tile in tiles.tiles_of(size):
            if leaves_only and tile.level:
                break
            try:
                held = self.hashes(tile.level, tile.index, size)
                if tile.level == 0:
                    path = tiles.bundle_path(tile.index, tile.width, self.folder)
                    made = [leaf_hash(e) for e in self.entries(tile.index, size)]
                else:
                    path = tile.path
                    made = [tiles.tile_root(self.hashes(tile.level - 1, i, size)) for i in range(*tile.span)]
            except ChizhengError as fault:
                findings.append(Finding(str(fault.params.get("path", tile.path)), fault.say("en")))
                continue
            wrong = [i for i, (a, b) in enumerate(zip(held, made, strict=True)) if a != b]
            if wrong:
                at = tile.span[0] + wrong[0]
                findings.append(Finding(path, f"hash {at} differs from what lies beneath it"))
        return findings


def _size_in_name(path: Path) -> int:
    return int(path.name.removeprefix("checkpoint."))


class AppendDoor:
    """The only way to write a shard; holds its lock while open. Use as a context manager.

    Opening finishes a batch that was in flight when an earlier process died.
    """

    def __init__(self, shard: Path, origin: str, signer: Signer) -> None:
        self.shard = shard
        self.origin = origin
        self.key = VerifierKey(origin, ED25519, signer.public)
        self._signer = signer
        self._state = shard / ".state"
        self._lock = locked(shard)

    def __enter__(self) -> AppendDoor:
        self._lock.__enter__()
        try:
            (self._state / "receipts").mkdir(exist_ok=True)
            if not (self.shard / "checkpoint").exists():
                self._swap(None, Checkpoint(self.origin, 0, EMPTY_ROOT))
            if (self._state / "pending").exists():
                self._finish()
        except BaseException:
            self._lock.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(kind, fault, trace)

    def head(self) -> Checkpoint:
        """The head as stored, its own signature verified."""
        return open_checkpoint(TileReader(self.shard).checkpoint(), [self.key], self.origin)[0]

    def append(self, batch: str, entries: Sequence[bytes]) -> Receipt:
        """Add all `entries` under one new head, or none. Safe to repeat: a `batch` name already in the
        log answers with its first receipt, and raises Conflict if it came with other entries."""
        if not batch or len(batch) > 200 or not entries or len(entries) > BATCH_LIMIT:
            raise bad("batch_malformed", what="a name and 1 to 1,000,000 entries are needed")
        longest = max(len(e) for e in entries)
        if longest > tiles.ENTRY_LIMIT:
            raise bad("batch_malformed", what=f"an entry of {longest} bytes (limit {tiles.ENTRY_LIMIT})")
        packed = tiles.pack_bundle(entries)
        digest = sha256(packed).hexdigest()
        filed = self.receipt(batch)
        if filed is not None:
            receipt, earlier = filed
            if earlier != digest:
                raise conflict("batch_conflict", batch=batch)
            return receipt
        size = self.head().size
        intent = {"batch": batch, "first": size, "count": len(entries), "digest": digest}
        write_durably(self._state / "pending", json.dumps(intent).encode() + b"\n" + packed)
        return self._finish()

    def receipt(self, batch: str) -> tuple[Receipt, str] | None:
        """The receipt of an earlier batch with the digest of its entries, None if it never came."""
        try:
            raw = json.loads(self._receipt_path(batch).read_bytes())
        except FileNotFoundError:
            return None
        return Receipt(batch, raw["first"], raw["count"], raw["first"] + raw["count"]), raw["digest"]

    def _receipt_path(self, batch: str) -> Path:
        name = sha256(batch.encode()).hexdigest()
        return self._state / "receipts" / name[:2] / name

    def _finish(self) -> Receipt:
        """Carry the pending batch to its end, from whichever step an earlier process reached."""
        head, _, packed = (self._state / "pending").read_bytes().partition(b"\n")
        intent = json.loads(head)
        first, count = intent["first"], intent["count"]
        if sha256(packed).hexdigest() != intent["digest"]:
            raise bad("log_broken", what="the pending batch is damaged")
        was, size = self.head(), first + count
        if was.size == first:
            leaves = tiles.unpack_bundle(packed)
            frontier = TileReader(self.shard).frontier(first)
            if frontier.root() != was.root:
                raise bad("log_broken", what=f"the tiles do not lead to the root of size {first}")
            hashes = [leaf_hash(e) for e in leaves]
            self._write(first, leaves, hashes)
            frontier.extend(hashes)
            self._read_back(first, size, frontier.root())
            self._swap(was, Checkpoint(self.origin, size, frontier.root()))
        elif was.size != size:
            raise conflict("checkpoint_moved", expected=first, found=was.size)
        path = self._receipt_path(intent["batch"])
        fresh = not path.parent.exists()
        write_durably(path, head)
        if fresh:
            flush_folder(path.parent.parent)
        (self._state / "pending").unlink()
        flush_folder(self._state)
        return Receipt(intent["batch"], first, count, size)

    def _write(self, first: int, leaves: Sequence[bytes], hashes: Sequence[bytes]) -> None:
        """Bundles and tiles of the new entries; what an earlier head needs is never touched."""
        size = first + len(leaves)
        reader = TileReader(self.shard)
        rows: dict[int, list[bytes]] = {}
        folders: set[Path] = set()
        # full tiles of one level give the next level's new hashes
        fresh = list(hashes)
        for tile in tiles.tiles_of(size, first):
            if tile.level not in rows:
                old = tiles.nodes_at(tile.level, first)
                begin = old - old % tiles.WIDTH
                kept = reader.hashes(tile.level, begin // tiles.WIDTH, first) if old > begin else []
                rows[tile.level] = kept + (
                    fresh if tile.level == 0 else fresh[: tiles.nodes_at(tile.level, size) - old]
                )
                row = rows[tile.level]
                fresh = [
                    tiles.tile_root(row[i : i + tiles.WIDTH])
                    for i in range(0, len(row) - tiles.WIDTH + 1, tiles.WIDTH)
                ]
            row = rows[tile.level]
            base = tiles.nodes_at(tile.level, first) // tiles.WIDTH
            at = (tile.index - base) * tiles.WIDTH
            self._put(tile.path, b"".join(row[at : at + tile.width]), folders)
            if tile.level == 0:
                begin, end = tile.span
                kept = reader.entries(tile.index, first) if begin < first else []
                bundle = kept + list(leaves[max(begin, first) - first : end - first])
                self._put(tiles.bundle_path(tile.index, tile.width), tiles.pack_bundle(bundle), folders)
        for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
            flush_folder(folder)

    def _put(self, path: str, content: bytes, folders: set[Path]) -> None:
        target = self.shard / path
        replace_file(target, content)
        for parent in target.parents:
            if parent in folders:
                break
            folders.add(parent)
            if parent == self.shard:
                break

    def _read_back(self, first: int, size: int, expected: bytes) -> None:
        """Hash the new entries again from the files, and the root from the tiles: nothing is signed
        that the disk does not hold."""
        reader = TileReader(self.shard)
        if root(reader.fetch(size), size) != expected:
            raise bad("log_broken", what="tiles read back differently from what was written")
        for index in range(first // tiles.WIDTH, (size + tiles.WIDTH - 1) // tiles.WIDTH):
            if [leaf_hash(e) for e in reader.entries(index, size)] != reader.hashes(0, index, size):
                raise bad("log_broken", what=f"entries of bundle {index} read back differently")

    def _swap(self, was: Checkpoint | None, now: Checkpoint) -> None:
        """Sign `now` and put it in the place of `was`; refuse if anybody else moved it meanwhile."""
        path = self.shard / "checkpoint"
        if was is not None:
            found = self.head()
            if found != was:
                raise conflict("checkpoint_moved", expected=was.size, found=found.size)
        note = bytes(sign_note(now.text, self.origin, self._signer))
        write_durably(self.shard / "heads" / str(now.size), note)
        flush_folder(self.shard)
        write_durably(path, note)


def add_cosignatures(
    shard: Path, log: VerifierKey, lines: Sequence[Signature], witnesses: Sequence[VerifierKey]
) -> Note:
    """Put witness cosignatures on the current head; only known witnesses' valid ones are kept. Needs no
    private key; a line made for an older head simply does not verify."""
    with locked(shard):
        point, note = open_checkpoint(TileReader(shard).checkpoint(), [log])
        known = {(w.name, w.id): w for w in witnesses}
        good = [
            s for s in lines if (w := known.get((s.name, s.id))) is not None and w.holds(note.text, s.raw)
        ]
        signed = note.with_signatures(good)
        if signed != note:
            write_durably(shard / "heads" / str(point.size), bytes(signed))
            write_durably(shard / "checkpoint", bytes(signed))
        return signed


@contextmanager
def locked(shard: Path) -> Iterator[None]:
    """One writer at a time; the lock dies with its process."""
    state = shard / ".state"
    state.mkdir(parents=True, exist_ok=True)
    lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def shards(log: Path) -> list[Path]:
    """The shards under `log`, oldest first; a folder that is itself a shard is its only one."""
    if (log / "checkpoint").exists() or (log / "tile").is_dir():
        return [log]
    return sorted(p for p in log.iterdir() if p.name.isdecimal() and (p / "checkpoint").exists())


def shard_of(log: Path, year: int) -> Path:
    return log / str(year)


def shard_origin(origin: str, year: int) -> str:
    """`log.chizheng.example` and 2026 -> `log.chizheng.example/2026`."""
    return f"{origin}/{year}"
