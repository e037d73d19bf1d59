"""`chizheng log …` as another body would type it."""

from __future__ import annotations

import json
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from chizheng.certificates.core.note import Note
from chizheng.certificates.core.status import Exceptions, State
from chizheng.certificates.core.status_bundle import seal_full
from chizheng.certificates.io.tilelog import TileReader
from chizheng.cli import main
from tests.certificates.log_house import HOUR, ORIGIN, House, key, people
from tests.shared_data import shared


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("CHIZHENG_KEY_PASSPHRASE", "口令")
    house = House(tmp_path / "log")
    house.run("S1")
    return house


def _log(house: House) -> list[str]:
    return [str(house.shard), "--vkey", str(house.log.vkey)]


def _witnesses(house: House) -> list[str]:
    return [a for w in house.witnesses for a in ("--witness", str(w.witness_vkey))]


def test_audit_of_an_honest_log(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "audit", *_log(house), *_witnesses(house), "--quorum", "2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] and answer["kinds"]["CERT"] == 4 and answer["findings"] == []


def test_audit_names_the_sitting_and_exits_1(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.issue("S1", people("S1", 6)[4:])
    assert main(["log", "audit", *_log(house), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["code"] == "certs_over_passes" and finding["sitting"] == "S1"
    assert main(["log", "audit", *_log(house)]) == 1
    assert "S1" in capsys.readouterr().out


def test_audit_asks_for_the_quorum_and_flags_only_when_strict(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.append(house.addendum("S9", people("S9", 1), house.now), witness=False)
    assert main(["log", "audit", *_log(house), *_witnesses(house), "--quorum", "2"]) == 1
    assert "quorum_missing" in capsys.readouterr().out
    late = House(house.folder.parent / "late")
    late.log_step(late.chain("S2")["ROSTER"], late=30 * HOUR)
    # the entry itself claims an honest time: only the witnesses' clocks contradict it
    assert main(["log", "audit", *_log(late), "--strict"]) == 0
    assert main(["log", "audit", *_log(late), *_witnesses(late)]) == 0
    assert main(["log", "audit", *_log(late), *_witnesses(late), "--strict"]) == 1
    assert "roster_late" in capsys.readouterr().out


def test_audit_compares_the_status_bundle(house: House, tmp_path: Path) -> None:
    signer = key("status.example")
    for states, code in (({}, 0), ({3: State.REVOKED}, 1)):
        raw = seal_full(
            [Exceptions.of(2026, 100, states)],
            sequence=1,
            as_of=1,
            expires=2,
            name=signer.name,
            signer=signer.signer,
        )
        (tmp_path / "bundle").write_bytes(raw)
        asked = ["--status", str(tmp_path / "bundle"), "--status-key", str(signer.vkey)]
        assert main(["log", "audit", *_log(house), *asked]) == code


def test_check_own_and_foreign_logs(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "check", *_log(house)]) == 0
    assert main(["log", "check", str(house.folder), "--vkey", str(house.log.vkey)]) == 0  # all shards
    tessera = shared("data/vectors/tessera-log/testdata/log")
    meta = json.loads(shared("data/vectors/inline/tessera_testlog_key.json").read_text())
    assert main(["log", "check", str(tessera), "--vkey", meta["vkey"], "--json"]) == 0
    sunlight = shared("data/vectors/sunlight/testdata/navigli2025h2")
    assert main(["log", "check", str(sunlight), "--unsigned", "1024"]) == 0
    assert main(["log", "check", *_log(house)[:1], "--vkey", meta["vkey"]]) == 1
    assert "checkpoint" in capsys.readouterr().out


def test_proof_by_hand(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = house.audit().entries
    entry, proof = tmp_path / "entry", tmp_path / "x.tlog-proof"
    entry.write_bytes(TileReader(house.shard).entry(size - 1, size))
    assert main(["log", "proof", str(house.shard), str(size - 1), "-o", str(proof)]) == 0
    verify = ["log", "verify-proof", str(proof), "--entry", str(entry), "--vkey", str(house.log.vkey)]
    assert main([*verify, *_witnesses(house), "--quorum", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["index"] == size - 1
    entry.write_bytes(b"another")
    assert main(verify) == 1
    assert main(["log", "proof", str(house.shard), str(size)]) == 2


def test_witness_of_another_body(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "key", "audit-office.example", str(tmp_path / "w.key"), "--for-witness"]) == 0
    vkey = capsys.readouterr().out.strip()
    asked = [
        "log",
        "witness",
        "--key",
        str(tmp_path / "w.key"),
        "--state",
        str(tmp_path / "memory"),
        "--log",
        str(house.log.vkey),
    ]
    assert main([*asked, "--dir", str(house.shard)]) == 0
    (tmp_path / "line").write_text(capsys.readouterr().out)
    assert (
        main(["log", "cosign", *_log(house), "--witness", vkey, "--lines", str(tmp_path / "line"), "--json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["witnesses"] == ["audit-office.example"]
    note = Note.parse((house.shard / "checkpoint").read_bytes())
    assert len(note.signatures) == 5
    # a log that shows this witness a shorter history is refused, with the reason on stderr
    old = tmp_path / "old"
    shutil.copytree(house.shard, old)
    shutil.copy(house.shard / "heads" / "2", old / "checkpoint")
    assert main([*asked, "--dir", str(old)]) == 1
    assert "✗ 400" in capsys.readouterr().err
    # the request form
    request = tmp_path / "request"
    request.write_bytes(b"old 0\n\n" + (old / "checkpoint").read_bytes())
    assert main([*asked, "--request", str(request)]) == 1
    assert "✗ 409" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["audit"],
        ["audit", "/nowhere", "--vkey", "x"],
        ["check", "/nowhere"],
        ["check", "/nowhere", "--vkey", "x+0+0"],
        ["verify-proof", "/nowhere", "--entry", "/n", "--vkey", ORIGIN],
        ["proof", "/nowhere", "3"],
        ["witness", "--key", "/n", "--state", "/tmp", "--log", "x", "--dir", "/n"],
        ["cosign", "/nowhere", "--vkey", "x", "--witness", "y"],
    ],
)
def test_misuse_is_2_with_a_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err and "Traceback" not in captured.err


@pytest.mark.parametrize("name", ["two words", "a+b", ""])
def test_no_key_is_made_under_a_name_nobody_could_verify(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHIZHENG_KEY_PASSPHRASE", "open")
    assert main(["log", "key", name, str(tmp_path / "key")]) == 2
    assert capsys.readouterr().err
    assert not (tmp_path / "key").exists()


def test_anybody_copies_the_log_and_audits_the_copy(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(house.shard))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        base, copy = f"http://127.0.0.1:{server.server_address[1]}", tmp_path / "copy"
        (house.shard / "heads" / "index").write_text(
            "\n".join(p.name for p in (house.shard / "heads").iterdir())
        )
        assert main(["log", "fetch", base, str(copy)]) == 0
        assert main(["log", "audit", str(copy), "--vkey", str(house.log.vkey), "--strict"]) == 0
        before = len(list((copy / "2026" / "heads").iterdir()))
        assert before == len(list((house.shard / "heads").iterdir())) - 1
        house.run("S2")
        assert main(["log", "fetch", base, str(copy)]) == 0
        assert (
            len(list((copy / "2026" / "heads").iterdir())) == before + 1
        )  # an old index: the newest head alone
        assert main(["log", "check", str(copy), "--vkey", str(house.log.vkey)]) == 0
        assert main(["log", "fetch", f"{base}/nowhere", str(tmp_path / "none")]) == 2
        server.shutdown()
    assert main(["log", "fetch", "http://log.example/2026", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()
