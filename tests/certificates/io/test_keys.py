"""Key files: sealed, never overwritten, and silent about why they do not open."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chizheng.certificates.io import keys
from chizheng.kernel.errors import BadInput, Unavailable


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
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
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(BadInput) as no:
        keys.TokenSigner("/lib/module.so", "token", "label", "pin")
    assert "python-pkcs11" in no.value.say("zh")


def test_token_signs_with_eddsa_and_its_faults_have_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a stand-in for python-pkcs11 that keeps a software key behind the same calls."""
    soft = keys.SeedSigner(b"t" * 32)

    class PKCS11Error(Exception):
        pass

    class Key(dict):  # type: ignore[type-arg]
        def sign(self, message: bytes, mechanism: str) -> bytes:
            if mechanism != "EDDSA" or message == b"fail":
                raise PKCS11Error
            return soft.sign(message)

    class Session:
        def get_key(self, label: str, object_class: str) -> Key:
            assert label == "log"
            return Key({"EC_POINT": b"\x04\x20" + soft.public}) if object_class == "PUBLIC" else Key()

    class UserAlreadyLoggedIn(PKCS11Error):
        pass

    class Token:
        def open(self, user_pin: str) -> Session:
            if user_pin != "1234":
                raise PKCS11Error
            return Session()

    module = types.ModuleType("pkcs11")
    module.PKCS11Error = PKCS11Error  # type: ignore[attr-defined]
    module.UserAlreadyLoggedIn = UserAlreadyLoggedIn  # type: ignore[attr-defined]
    module.lib = lambda path: types.SimpleNamespace(get_token=lambda token_label: Token())  # type: ignore[attr-defined]
    module.ObjectClass = types.SimpleNamespace(PRIVATE_KEY="PRIVATE", PUBLIC_KEY="PUBLIC")  # type: ignore[attr-defined]
    module.Mechanism = types.SimpleNamespace(EDDSA="EDDSA")  # type: ignore[attr-defined]
    module.Attribute = types.SimpleNamespace(EC_POINT="EC_POINT")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pkcs11", module)
    key = keys.NamedKey("log.example/2026", keys.TokenSigner("/lib/p11.so", "token", "log", "1234"))
    assert key.vkey.holds("text\n", key.signer.sign(b"text\n"))
    with pytest.raises(Unavailable, match="pkcs11_fault"):
        key.signer.sign(b"fail")
    with pytest.raises(Unavailable, match="pkcs11_fault"):
        keys.TokenSigner("/lib/p11.so", "token", "log", "0000")
