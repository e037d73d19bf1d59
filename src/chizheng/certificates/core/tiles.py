"""The static layout of C2SP tlog-tiles: which file holds which hashes, and how wide it is.

    tile/0/000            hashes of entries 0..255          (full: 256 x 32 bytes)
    tile/0/001.p/44       hashes of entries 256..299        (partial: 44 x 32 bytes)
    tile/1/000.p/1        root over tile/0/000
    tile/entries/000      entries 0..255, each with a big-endian 16-bit length before it

This module knows paths and sizes only; static-ct-api logs call the entries folder `tile/data`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chizheng.certificates.core.log_wording import bad
from chizheng.certificates.core.merkle import HASH_SIZE, pair_up

WIDTH = 256
HEIGHT = 8
ENTRY_LIMIT = 0xFFFF
"""Longest entry in bytes: its length is a 16-bit number."""


def index_path(index: int) -> str:
    """`1234067` -> `x001/x234/067`."""
    path = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        path = f"x{index % 1000:03d}/{path}"
    return path


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Tile `index` of `level`, `width` hashes wide (256: full)."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{index_path(self.index)}{_suffix(self.width)}"

    @property
    def span(self) -> tuple[int, int]:
        """The nodes of its own level that it holds, half-open."""
        return self.index * WIDTH, self.index * WIDTH + self.width


def _suffix(width: int) -> str:
    return "" if width == WIDTH else f".p/{width}"


def bundle_path(index: int, width: int = WIDTH, folder: str = "entries") -> str:
    """Where the entries beside tile `(0, index)` are; static-ct-api: `folder="data"`."""
    return f"tile/{folder}/{index_path(index)}{_suffix(width)}"


def nodes_at(level: int, size: int) -> int:
    """How many tile hashes a log of `size` entries has at `level`."""
    return size >> HEIGHT * level


def width_at(level: int, index: int, size: int) -> int:
    """Width of tile `(level, index)` in a log of `size` entries, 0 where it does not exist."""
    return max(0, min(WIDTH, nodes_at(level, size) - index * WIDTH))


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """The tiles of a log of `size` entries that a log of `since` entries did not have, lowest first."""
    level = 0
    while nodes_at(level, size):
        total = nodes_at(level, size)
        if total != nodes_at(level, since):
            first = nodes_at(level, since) // WIDTH
            for index in range(first, (total + WIDTH - 1) // WIDTH):
                yield Tile(level, index, width_at(level, index, size))
        level += 1


def tile_of_node(height: int, index: int) -> tuple[int, int, int, int]:
    """Where the complete subtree `(height, index)` is found: tile level, tile index, and the hashes
    `[begin, end)` inside that tile which must be hashed together to get it."""
    level, inside = divmod(height, HEIGHT)
    begin = index << inside
    tile, offset = divmod(begin, WIDTH)
    return level, tile, offset, offset + (1 << inside)


def split_hashes(tile: bytes, width: int, path: str) -> list[bytes]:
    """The hashes of a tile file; refuses another length than `width` hashes."""
    if len(tile) != width * HASH_SIZE:
        raise bad("tile_malformed", path=path, what=f"{len(tile)} bytes instead of {width * HASH_SIZE}")
    return [tile[i : i + HASH_SIZE] for i in range(0, len(tile), HASH_SIZE)]


def tile_root(hashes: Sequence[bytes]) -> bytes:
    """Root over a power-of-two number of hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = pair_up(row)
    return row[0]


def pack_bundle(entries: Sequence[bytes]) -> bytes:
    """Entry bundle: each entry behind its big-endian 16-bit length."""
    return b"".join([len(e).to_bytes(2, "big") + e for e in entries])


def unpack_bundle(bundle: bytes, path: str = "") -> list[bytes]:
    """Entries of a bundle; refuses truncated ones."""
    entries, at, end = [], 0, len(bundle)
    while at < end:
        begin = at + 2
        at = begin + int.from_bytes(bundle[at:begin], "big")
        if begin > end or at > end:
            raise bad("tile_malformed", path=path, what="truncated entry bundle")
        entries.append(bundle[begin:at])
    return entries


def static_ct_leaves(data: bytes, path: str = "") -> list[bytes]:
    """Merkle tree leaves of a static-ct-api data tile (RFC 6962 MerkleTreeLeaf, version 1).

    A TileLeaf is TimestampedEntry, for a precertificate the precertificate itself, and the chain's
    fingerprints; only the first part is hashed.
    """
    leaves, at = [], 0

    def skip(count: int) -> None:
        nonlocal at
        at += count
        if at > len(data):
            raise bad("tile_malformed", path=path, what="truncated TileLeaf")

    def take(count: int) -> int:
        begin = at
        skip(count)
        return int.from_bytes(data[begin:at], "big")

    while at < len(data):
        begin = at
        skip(8)  # timestamp
        kind = take(2)
        if kind == 1:
            skip(32)  # issuer key hash
        elif kind != 0:
            raise bad("tile_malformed", path=path, what=f"entry type {kind}")
        skip(take(3))  # certificate or TBSCertificate
        skip(take(2))  # extensions
        leaves.append(b"\x00\x00" + data[begin:at])
        if kind == 1:
            skip(take(3))  # the precertificate as submitted
        skip(take(2))  # fingerprints of the chain
    return leaves
