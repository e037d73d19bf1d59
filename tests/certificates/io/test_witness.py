"""A witness over HTTP and by file."""

from __future__ import annotations

import threading
import urllib.request
from pathlib import Path

import pytest

from chizheng.certificates.core.note import Note
from chizheng.certificates.core.witness import WitnessRefusal
from chizheng.certificates.io.tilelog import AppendDoor, TileReader, add_cosignatures
from chizheng.certificates.io.witness import WitnessStore, ask, origin_folder, server
from chizheng.kernel.errors import Refused, Unavailable
from tests.certificates.log_house import key

LOG, W = key("log.example"), key("w.example")


def _grow(folder: Path, name: str) -> None:
    with AppendDoor(folder, LOG.name, LOG.signer) as door:
        door.append(name, [name.encode()] * 300)


def test_http_protocol_end_to_end(tmp_path: Path) -> None:
    store = WitnessStore(tmp_path / "w", W, {LOG.name: [LOG.vkey]})
    running = server(store, "127.0.0.1", 0, lambda: 1234.5)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{running.server_address[1]}"
    try:
        reader = TileReader(tmp_path / "log")
        for name in ("a", "b", "c"):
            _grow(tmp_path / "log", name)
            lines = ask(url, reader)  # stands elsewhere than 0 from the second time: 409, then proof
            note = add_cosignatures(tmp_path / "log", LOG.vkey, lines, [W.witness_vkey])
            assert note.verified_by([W.witness_vkey]) and note.cosigned_at(W.witness_vkey) == 1234
        with urllib.request.urlopen(f"{url}/{origin_folder(LOG.name)}/checkpoint") as answer:
            assert Note.parse(answer.read()).verified_by([W.witness_vkey, LOG.vkey])
        with pytest.raises(Unavailable, match="witness_refused"):
            ask(url + "/nowhere", reader)
    finally:
        running.shutdown()
        running.server_close()


def test_unreachable_witness_is_said(tmp_path: Path) -> None:
    _grow(tmp_path, "a")
    with pytest.raises(Unavailable) as no:
        ask("http://127.0.0.1:9", TileReader(tmp_path))
    assert "127.0.0.1:9" in no.value.say("en")


def test_memory_is_durable_and_not_believed_when_changed(tmp_path: Path) -> None:
    _grow(tmp_path / "log", "a")
    store = WitnessStore(tmp_path / "w", W, {LOG.name: [LOG.vkey]})
    store.visit(TileReader(tmp_path / "log"), 5)
    again = WitnessStore(tmp_path / "w", W, {LOG.name: [LOG.vkey]})
    head = again.head(LOG.name)
    assert head is not None and head.size == 300
    path = tmp_path / "w" / origin_folder(LOG.name) / "checkpoint"
    path.write_text(path.read_text().replace("\n300\n", "\n200\n"))
    with pytest.raises(Refused):
        again.head(LOG.name)


def test_stranger_is_not_cosigned(tmp_path: Path) -> None:
    _grow(tmp_path / "log", "a")
    with pytest.raises(WitnessRefusal) as no:
        WitnessStore(tmp_path / "w", W, {}).visit(TileReader(tmp_path / "log"), 5)
    assert no.value.status == 404


def test_foreign_or_stale_cosignatures_are_left_out(tmp_path: Path) -> None:
    _grow(tmp_path / "log", "a")
    line = WitnessStore(tmp_path / "w", W, {LOG.name: [LOG.vkey]}).visit(TileReader(tmp_path / "log"), 5)
    _grow(tmp_path / "log", "b")
    note = add_cosignatures(tmp_path / "log", LOG.vkey, [line], [W.witness_vkey])
    assert note.verified_by([W.witness_vkey]) == []
