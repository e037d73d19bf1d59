"""The demo's province: built through the use cases, clean before the independent monitor, and built once."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chizheng.certificates import keyring
from chizheng.certificates.commands import log as log_command
from chizheng.certificates.commands import verify as verify_command
from chizheng.certificates.demo import samples
from chizheng.certificates.models import Batch, Certificate
from chizheng.certificates.usecases.publish_trust import shard_key
from chizheng.platform.models import LedgerEntry
from chizheng.portal.demo import build

NOW = datetime(2026, 9, 1, 4, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from chizheng.platform.home import home

    for name in ("field", "keys", "demo"):
        path = home() / "secrets" / name
        if path.exists():
            monkeypatch.setenv(f"CHIZHENG_SECRET_{name.upper()}", path.read_text().strip())
    monkeypatch.setenv("CHIZHENG_HOME", str(tmp_path))
    keyring._public.cache_clear()
    keyring._private.cache_clear()
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_the_province_is_built_once_and_the_monitor_finds_one_recorded_conflict(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built = build(seed=258, now=NOW, tell=lambda what: None, sittings=7, size=8)
    assert {s.state for s in built.sessions} == {"issued", "enrolling", "marking", "submitted", "reviewed"}
    issued = Certificate.objects.filter(batch__state="published").count()
    assert issued > 5
    states = set(Certificate.objects.values_list("state", flat=True))
    assert states == {"valid", "suspended", "revoked", "superseded"}
    assert Batch.objects.get(state="held").findings[0]["rule"] == "glyphs_exist"
    place = samples()
    for name, colour in (("genuine.pdf", 0), ("forged.pdf", 1)):
        parsed = argparse.ArgumentParser()
        verify_command.configure(parsed)
        trust = str(house / "public" / "trust.json")
        at = NOW.date().isoformat()
        assert (
            verify_command.run(parsed.parse_args([str(place / name), "--trust", trust, "--at", at])) == colour
        )
    capsys.readouterr()
    written = LedgerEntry.objects.count()
    build(seed=258, now=NOW, tell=lambda what: None, sittings=7, size=8)
    assert Certificate.objects.filter(batch__state="published").count() == issued
    assert LedgerEntry.objects.count() == written
    shard = house / "public" / "log" / "2026"
    parser = argparse.ArgumentParser()
    log_command.configure(parser)
    args = parser.parse_args(["audit", str(shard), "--vkey", str(shard_key(2026)), "--json"])
    assert log_command.run(args) == 0, capsys.readouterr().out
    told = json.loads(capsys.readouterr().out)
    assert [found["code"] for found in told["findings"]] == ["number_conflict"]
