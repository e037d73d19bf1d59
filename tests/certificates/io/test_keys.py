"""Key files: sealed, never overwritten, and silent about why they do not open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chizheng.certificates.io import keys
from chizheng.kernel.errors import BadInput


def test_create_and_load(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    made = keys.create(path, "log.example/2026", b"correct horse")
    opened = keys.load(path, b"correct horse")
    assert opened.vkey == made.vkey == keys.public_of(path)
    assert opened.vkey.holds("text\n", opened.signer.sign(b"text\n"))
    assert path.stat().st_mode & 0o777 == 0o600
    seed = keys.create(tmp_path / "b", "n", b"p", seed=b"s" * 32)
    assert b"s" * 32 not in (tmp_path / "b").read_bytes()
    assert seed.signer.public.hex() in repr(seed.signer) and "ssss" not in repr(seed.signer)
    with pytest.raises(BadInput, match="key_file_malformed"):
        keys.create(path, "again", b"p")


def test_wrong_passphrase_and_changed_public_key_look_alike(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    keys.create(path, "a.example", b"one")
    keys.create(other, "b.example", b"two")
    with pytest.raises(BadInput, match="passphrase_wrong"):
        keys.load(path, b"two")
    whole = json.loads(path.read_text())
    whole["vkey"] = json.loads(other.read_text())["vkey"]
    path.write_text(json.dumps(whole))
    with pytest.raises(BadInput, match="passphrase_wrong"):
        keys.load(path, b"one")


def test_scrypt_cost_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a"
    keys.create(path, "a.example", b"one")
    whole = json.loads(path.read_text())
    whole["kdf"]["log2n"] = 40  # would ask for a terabyte
    path.write_text(json.dumps(whole))
    with pytest.raises(BadInput, match="key_file_malformed"):
        keys.load(path, b"one")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    raw=st.one_of(
        st.binary(max_size=60), st.sampled_from([b"{}", b"[]", b"null", b'{"format":"chizheng/key/v1"}'])
    )
)
def test_any_file_is_refused_with_words(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(raw)
    with pytest.raises(BadInput):
        keys.load(path, b"p")


def test_passphrase_from_environment_or_file(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("密语\n")
    assert keys.passphrase({keys.PASSPHRASE: "x"}) == b"x"
    assert keys.passphrase({keys.PASSPHRASE + "_FILE": str(tmp_path / "p")}) == "密语".encode()
    for environ in ({}, {keys.PASSPHRASE: ""}, {keys.PASSPHRASE + "_FILE": str(tmp_path / "none")}):
        with pytest.raises(BadInput) as no:
            keys.passphrase(environ)
        assert keys.PASSPHRASE in no.value.say("zh")


def test_token_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(BadInput) as no:
        keys.TokenSigner("/lib/module.so", "token", "label", "pin")
    assert "python-pkcs11" in no.value.say("zh")
