"""The demonstration ends in the same server that `chizheng serve` starts."""

from __future__ import annotations

import argparse
import socket
from types import SimpleNamespace

import granian
import pytest

from chizheng.kernel.errors import Conflict
from chizheng.platform import boot
from chizheng.portal import demo as province
from chizheng.portal.commands import demo, serve


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What granian was asked to do."""
    asked: list[dict[str, object]] = []

    def server(target: str, **how: object) -> SimpleNamespace:
        asked.append({"target": target, **how})
        return SimpleNamespace(serve=lambda: None)

    monkeypatch.setattr(granian, "Granian", server)
    monkeypatch.setattr(boot, "boot", lambda: None)
    monkeypatch.setenv("CHIZHENG_SITE", "")
    return asked


def of(command, *argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return parser.parse_args(argv)


@pytest.mark.django_db
def test_both_commands_start_one_server(started, monkeypatch) -> None:
    monkeypatch.setattr("django.core.management.call_command", lambda *a, **k: None)
    monkeypatch.setattr(province, "build", lambda **_: SimpleNamespace(accounts={}))
    assert serve.run(of(serve, "--port", "9001")) == 0
    assert demo.run(of(demo, "--port", "9001")) == 0
    assert started[0] == started[1] and started[0]["port"] == 9001


def test_a_port_that_somebody_listens_on_is_refused_in_a_sentence(started) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Conflict) as refused:
            serve.site(host="127.0.0.1", port=port)
    assert str(port) in refused.value.say() and not started
