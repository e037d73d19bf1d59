"""A data folder of its own for journeys that issue."""

from __future__ import annotations

from pathlib import Path

import pytest

from chizheng.certificates import keyring


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys, log and public files that go away with the test."""

    def made(name: str, mode: int = 0o755) -> Path:
        path = tmp_path / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    for module in (
        "keyring",
        "usecases.commit_sitting",
        "usecases.publish_status",
        "usecases.publish_register",
    ):
        monkeypatch.setattr(f"chizheng.certificates.{module}.folder", made)
    keyring._public.cache_clear()
    keyring._private.cache_clear()
    keyring.make()
    return tmp_path
