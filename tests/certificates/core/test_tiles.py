"""Layout of C2SP tlog-tiles: the examples of the specification, and properties over sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import tiles
from chizheng.certificates.core.merkle import leaf_hash
from chizheng.kernel.errors import BadInput
from tests.shared_data import shared


def test_paths_of_the_specification() -> None:
    assert tiles.index_path(1234067) == "x001/x234/067"
    assert tiles.Tile(0, 0).path == "tile/0/000"
    assert tiles.Tile(1, 999, 3).path == "tile/1/999.p/3"
    assert tiles.bundle_path(1000, 5) == "tile/entries/x001/000.p/5"
    assert tiles.bundle_path(3, folder="data") == "tile/data/003"


def test_tiles_of_a_tree_of_70000() -> None:
    """273 full and one partial (112) at level 0, one full and one of 17 at level 1, one of 1 above."""
    found = list(tiles.tiles_of(70000))
    widths = {level: [t.width for t in found if t.level == level] for level in (0, 1, 2)}
    assert widths[0] == [256] * 273 + [112]
    assert widths[1] == [256, 17]
    assert widths[2] == [1]


def test_size_256_is_a_full_tile_and_one_hash_above() -> None:
    assert list(tiles.tiles_of(256)) == [tiles.Tile(0, 0, 256), tiles.Tile(1, 0, 1)]


@given(st.integers(0, 1 << 20), st.integers(1, 1 << 20))
def test_new_tiles_are_those_that_changed(old: int, more: int) -> None:
    new = old + more
    fresh = set(tiles.tiles_of(new, old))
    assert fresh == set(tiles.tiles_of(new)) - set(tiles.tiles_of(old))


@given(st.integers(0, 40), st.integers(0, 1 << 30))
def test_a_subtree_lies_inside_one_tile(height: int, index: int) -> None:
    level, tile, begin, end = tiles.tile_of_node(height, index)
    assert 0 <= begin < end <= tiles.WIDTH
    assert (tile * tiles.WIDTH + begin) << tiles.HEIGHT * level == index << height


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_round_trip(entries: list[bytes]) -> None:
    assert tiles.unpack_bundle(tiles.pack_bundle(entries)) == entries


@given(st.binary(max_size=200))
def test_any_bytes_unpack_or_are_refused(raw: bytes) -> None:
    for unpack in (tiles.unpack_bundle, tiles.static_ct_leaves):
        try:
            unpack(raw)
        except BadInput as fault:
            assert fault.code == "tile_malformed"


def test_static_ct_leaves_of_sunlight() -> None:
    """Real precertificates of a test log: each leaf hashes to what its tile says."""
    base = shared("data/vectors/sunlight/testdata/navigli2025h2/tile")
    count = 0
    for path in sorted(p for p in (base / "data").rglob("*") if p.is_file()):
        found = tiles.static_ct_leaves(path.read_bytes())
        held = (base / "0" / path.relative_to(base / "data")).read_bytes()
        assert b"".join(leaf_hash(leaf) for leaf in found) == held
        count += len(found)
    assert count == 4 * 256 + 10


def test_wrong_length_is_named() -> None:
    with pytest.raises(BadInput, match="tile_malformed"):
        tiles.split_hashes(b"x" * 31, 1, "tile/0/000")
