"""Keys on a PKCS#11 token, with SoftHSM in the part of the token where it and python-pkcs11 are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chizheng.certificates import keyring
from chizheng.certificates.io import keys
from chizheng.kernel.errors import BadInput, Unavailable

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/lib64/pkcs11/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so")  # fmt: skip


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A fresh token with an Ed25519 pair labelled `log`; returns the library."""
    pkcs11 = pytest.importorskip("pkcs11", reason="needs requirements/pkcs11.in")
    module = next((m for m in MODULES if Path(m).exists()), None)
    if module is None or not shutil.which("softhsm2-util"):
        pytest.skip("needs SoftHSM 2 (Debian: softhsm2)")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(config)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "house", "--pin", "1234", "--so-pin", "5678"],
        check=True, capture_output=True,
    )  # fmt: skip
    from pkcs11.util.ec import encode_named_curve_parameters

    with pkcs11.lib(module).get_token(token_label="house").open(user_pin="1234", rw=True) as session:
        curve = session.create_domain_parameters(
            pkcs11.KeyType.EC_EDWARDS,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("1.3.101.112")},
            local=True,
        )
        curve.generate_keypair(
            mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label="log",
        )  # fmt: skip
    return module


def test_a_real_token_signs_what_everybody_can_verify(token: str) -> None:
    with pytest.raises(Unavailable, match="pkcs11_fault"):  # before this process has logged in
        keys.TokenSigner(token, "house", "log", "0000")
    key = keys.NamedKey("log.example/2026", keys.TokenSigner(token, "house", "log", "1234"))
    assert key.vkey.holds("text\n", key.signer.sign(b"text\n"))
    assert not key.vkey.holds("other\n", key.signer.sign(b"text\n"))


def test_two_keys_of_one_token_serve_one_process(token: str) -> None:
    first, second = (keys.TokenSigner(token, "house", "log", "1234") for _ in range(2))
    assert first.sign(b"x") == second.sign(b"x")


def test_a_wrong_label_has_words(token: str) -> None:
    for house, label in (("house", "nobody"), ("elsewhere", "log")):
        with pytest.raises(Unavailable, match="pkcs11_fault"):
            keys.TokenSigner(token, house, label, "1234")


def test_the_keyring_takes_the_key_from_the_token(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        keyring.TOKEN_KEYS: "log", "CHIZHENG_TOKEN_MODULE": token, "CHIZHENG_TOKEN": "house",
        "CHIZHENG_TOKEN_PIN": "1234", keys.PASSPHRASE: "样例",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(keyring, "folder", lambda name, mode=0o755: tmp_path)
    assert keyring.make() == list(keyring.NAMES) and keyring.make() == []
    assert not (tmp_path / "log.key").exists()  # only the public half is here
    held = keyring.private("log")
    assert held.vkey == keyring.public("log")
    assert keyring.public("log").holds("head\n", held.signer.sign(b"head\n"))
    monkeypatch.delenv("CHIZHENG_TOKEN_PIN")
    keyring._private.cache_clear()
    with pytest.raises(BadInput, match="passphrase_missing"):
        keyring.private("log")


def test_threads_share_one_session(token: str) -> None:
    """Signing is two calls to the token; two threads must not come between each other's."""
    signer = keys.TokenSigner(token, "house", "log", "1234")
    key = keys.NamedKey("log.example/2026", signer)
    messages = [f"head {n}\n" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(lambda text: signer.sign(text.encode()), messages))
    assert all(key.vkey.holds(text, seal) for text, seal in zip(messages, signatures, strict=True))


def test_the_public_half_is_the_raw_point_and_rfc_8032_verifies(token: str) -> None:
    """CKM_EDDSA with no parameter is pure Ed25519: an independent library agrees."""
    signer = keys.TokenSigner(token, "house", "log", "1234")
    assert len(signer.public) == 32
    Ed25519PublicKey.from_public_bytes(signer.public).verify(signer.sign(b"roster"), b"roster")


def test_a_key_of_another_kind_is_refused_when_it_is_opened(token: str) -> None:
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters

    keys.TokenSigner(token, "house", "log", "1234")  # logs this process in
    with pkcs11.lib(token).get_token(token_label="house").open(rw=True) as session:
        session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        ).generate_keypair(store=True, label="p256")
    with pytest.raises(Unavailable, match="pkcs11_fault"):
        keys.TokenSigner(token, "house", "p256", "1234")


def test_a_forked_process_can_sign_too(token: str) -> None:
    signer = keys.TokenSigner(token, "house", "log", "1234")
    expected = signer.sign(b"x")
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if signer.sign(b"x") == expected else 3)
        except BaseException:
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
