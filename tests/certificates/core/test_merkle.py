"""Trees against RFC 6962 roots, transparency-dev proofs (also the false ones) and pymerkle."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from chizheng.certificates.core.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from chizheng.kernel.errors import ChizhengError, Refused
from tests.shared_data import shared

leaves = st.lists(st.binary(max_size=8).map(leaf_hash), min_size=1, max_size=70)


def test_rfc6962_roots() -> None:
    vectors = json.loads(shared("data/vectors/inline/rfc6962_tree.json").read_text())
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["leaves"]]
    for size, expected in enumerate(vectors["roots"]):
        assert Tree(hashes).root(size).hex() == expected
        frontier = Frontier()
        frontier.extend(hashes[:size])
        assert frontier.root().hex() == expected


def _vectors(kind: str) -> list[dict]:  # type: ignore[type-arg]
    folder = shared(f"data/vectors/tdev-merkle/testdata/{kind}")
    return [json.loads(p.read_text()) for p in sorted(folder.rglob("*.json"))]


def _raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_transparency_dev_proofs(kind: str) -> None:
    seen = {True: 0, False: 0}
    for v in _vectors(kind):
        proof = [_raw(h) for h in v["proof"] or []]
        try:
            if kind == "inclusion":
                verify_inclusion(_raw(v["leafHash"]), v["leafIdx"], v["treeSize"], proof, _raw(v["root"]))
            else:
                verify_consistency(v["size1"], v["size2"], proof, _raw(v["root1"]), _raw(v["root2"]))
            refused = False
        except ChizhengError:
            refused = True
        assert refused == v["wantErr"], v["desc"]
        seen[refused] += 1
    assert sum(seen.values()) == 98 and min(seen.values()) > 0


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_pymerkle_agrees(entries: list[bytes], data: st.DataObject) -> None:
    oracle = InmemoryTree(algorithm="sha256")
    for entry in entries:
        oracle.append_entry(entry)
    tree = Tree([leaf_hash(e) for e in entries])
    size = data.draw(st.integers(1, len(entries)))
    assert tree.root(size) == oracle.get_root(size)


@given(leaves, st.data())
def test_inclusion_holds_and_any_change_breaks_it(hashes: list[bytes], data: st.DataObject) -> None:
    tree, size = Tree(hashes), len(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof, root = tree.inclusion(index), tree.root()
    verify_inclusion(hashes[index], index, size, proof, root)
    part = data.draw(st.integers(0, len(proof) + 1))
    where = data.draw(st.integers(0, 255))

    def flip(raw: bytes) -> bytes:
        return bytes([*raw[: where >> 3], raw[where >> 3] ^ 1 << (where & 7), *raw[(where >> 3) + 1 :]])

    changed = [*proof, hashes[index], root]
    changed[part] = flip(changed[part])
    with pytest.raises(Refused):
        verify_inclusion(changed[-2], index, size, changed[:-2], changed[-1])
    with pytest.raises(Refused):
        verify_inclusion(hashes[index], index, size, [*proof, root], root)


@given(leaves, st.data())
def test_every_prefix_is_consistent_and_no_other_tree_is(hashes: list[bytes], data: st.DataObject) -> None:
    tree, new = Tree(hashes), len(hashes)
    old = data.draw(st.integers(1, new))
    proof = tree.consistency(old)
    verify_consistency(old, new, proof, tree.root(old), tree.root())
    forged = Tree([leaf_hash(b"forged, and longer than any"), *hashes[1:]])
    with pytest.raises(Refused):
        verify_consistency(old, new, proof, forged.root(old), tree.root())


@given(leaves, st.data())
def test_frontier_grows_in_any_pieces(hashes: list[bytes], data: st.DataObject) -> None:
    frontier, at = Frontier(), 0
    while at < len(hashes):
        step = data.draw(st.integers(1, len(hashes) - at))
        if step == 1:
            frontier.append(hashes[at])
        else:
            frontier.extend(hashes[at : at + step])
        at += step
    assert frontier.root() == Tree(hashes).root()
    assert frontier.size == len(hashes)


def test_empty_and_impossible() -> None:
    assert Frontier().root() == EMPTY_ROOT
    with pytest.raises(Refused):
        Frontier(3, [b"x"])
    with pytest.raises(Refused):
        Tree([leaf_hash(b"")]).inclusion(1)
    with pytest.raises(Refused):
        verify_inclusion(b"short", 0, 1, [], b"short")
