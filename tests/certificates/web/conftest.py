"""A house of its own for every test: keys, log and public files in a folder that goes away."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, under which `keys`, `public` and the rest are made."""

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
    return tmp_path
