"""The register that answers ahead of Django: made and kept up to date by publishing, served by the site's door."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.signals import request_started
from django.db import close_old_connections

from chizheng.certificates import keyring, queries
from chizheng.certificates.core.register import bucket_digest, digest
from chizheng.certificates.core.status import State
from chizheng.certificates.io.buckets import Manifest, bucket_path, look_in, prefix_of
from chizheng.certificates.models import Certificate
from chizheng.certificates.usecases import publish_register
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.turn_status import decide_turn, request_turn
from chizheng.kernel.errors import BadInput
from tests.factories.certificates import ISSUED, approved_batch, at
from tests.factories.people import AccountFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NOW = at(ISSUED, 4)


@pytest.fixture
def row() -> Certificate:
    return issue_batch(batch=approved_batch(passes=2, fails=0), now=NOW).certificates.order_by("order")[0]


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A request through the door must not close the connection that holds the test's transaction."""
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


def _revoke(row: Certificate) -> None:
    asked = request_turn(
        certificate=row, kind="revoke", reason_code="fraud", reason="样例", basis="样例", actor=AccountFactory(role="centre"),
        now=NOW + timedelta(hours=1),
    )  # fmt: skip
    decide_turn(
        request=asked, granted=True, actor=AccountFactory(role="authority"), now=NOW + timedelta(hours=2)
    )


class Door:
    """The site's WSGI application, made anew for this test's house."""

    def __init__(self) -> None:
        self.application = importlib.reload(importlib.import_module("chizheng.portal.wsgi")).application

    def ask(self, path: str, body: object = None) -> tuple[str, dict[str, str], bytes]:
        raw = b"" if body is None else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": "GET" if body is None else "POST", "PATH_INFO": path, "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": io.BytesIO(raw), "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
            "wsgi.url_scheme": "http",
        }  # fmt: skip
        told: list[tuple[str, list[tuple[str, str]]]] = []
        answer = b"".join(
            self.application(environ, lambda status, headers, *_: told.append((status, headers)))
        )
        return told[0][0][:3], dict(told[0][1]), answer


def test_an_exact_question_is_answered_ahead_of_django(row: Certificate) -> None:
    record = queries.read_claims(row)
    asked = {"number": record.number, "name": record.name, "code": record.check_code}
    door = Door()
    assert door.ask("/v/key")[0] == "404"  # no snapshot yet: Django knows no such page
    publish_status(now=NOW)
    assert publish_register.refresh_register(now=NOW) == ["register"]
    door = Door()
    status, headers, raw = door.ask("/v", asked)
    answer = json.loads(raw)
    assert (status, headers["Cache-Control"]) == ("200", "no-store")
    assert (answer["found"], answer["status"], answer["code"], answer["level"]) == (True, "valid", "match", 4)
    assert record.name not in raw.decode() and record.number not in raw.decode()
    assert json.loads(door.ask("/v", asked | {"name": "别的人"})[2]) == {"found": False}
    key = bytes.fromhex(json.loads(door.ask("/v/key")[2])["key"])
    by_digest = door.ask(f"/v/{digest(key, record.number, record.name).hex()}")[2]
    assert json.loads(by_digest)["status"] == "valid"
    assert door.ask("/healthz")[0] == "200"  # the rest of the site is behind it


def test_a_revocation_shows_with_the_next_bundle_without_a_new_snapshot(row: Certificate) -> None:
    publish_status(now=NOW)
    publish_register.refresh_register(now=NOW)
    _revoke(row)
    later = NOW + timedelta(hours=3)
    publish_status(now=later)
    assert publish_register.refresh_register(now=later) == []
    record = queries.read_claims(row)
    answer = json.loads(Door().ask("/v", {"number": record.number, "name": record.name})[2])
    assert answer["status"] == "revoked"


def test_published_buckets_follow_the_events(row: Certificate) -> None:
    publish_register.publish_buckets(now=NOW)
    pointer = json.loads(Door().ask("/v/buckets")[2])
    epoch, record = bytes.fromhex(pointer["epoch"]), queries.read_claims(row)
    asked = {"number": record.number, "name": record.name, "code": record.check_code}
    prefix = prefix_of(bucket_digest(epoch, *asked.values()), pointer["bits"])
    path = publish_register.buckets_folder() / pointer["epoch"] / bucket_path(prefix)
    _revoke(row)
    assert "buckets" in publish_register.refresh_register(now=NOW + timedelta(hours=3))
    found = look_in(path.read_bytes(), [keyring.public("status")], epoch=epoch, **asked)
    assert found is not None and found.state is State.REVOKED
    after = json.loads(Door().ask("/v/buckets")[2])
    assert after["epoch"] == pointer["epoch"] and after["as_of"] > pointer["as_of"]


def test_a_full_bucket_begins_a_new_epoch(row: Certificate) -> None:
    publish_register.publish_buckets(now=NOW)
    pointer = json.loads(publish_register.pointer_path().read_bytes())
    publish_register.pointer_path().write_text(json.dumps(pointer | {"capacity": 0}))
    _revoke(row)
    publish_register.refresh_register(now=NOW + timedelta(hours=3))
    assert json.loads(publish_register.pointer_path().read_bytes())["epoch"] != pointer["epoch"]


def test_other_bits_are_a_new_epoch_and_the_old_one_stays(row: Certificate, settings) -> None:
    root = publish_register.buckets_folder()
    first = publish_register.publish_buckets(now=NOW)
    pointer = json.loads(publish_register.pointer_path().read_bytes())
    assert pointer["bits"] == 0 and pointer["epoch"] == first.name
    settings.BUCKET_BITS = "3"
    _revoke(row)
    publish_register.refresh_register(now=NOW + timedelta(hours=3))
    after = json.loads(publish_register.pointer_path().read_bytes())
    assert (after["bits"], after["before"]) == (3, first.name) and after["epoch"] != first.name
    assert {p.name for p in root.iterdir() if p.is_dir()} == {first.name, after["epoch"]}
    key = keyring.public("status")
    manifest = Manifest.open((root / after["epoch"] / "manifest").read_bytes(), [key])
    manifest.check(root / after["epoch"])
    assert manifest.bits == 3


def test_buckets_of_the_format_before_begin_anew(row: Certificate) -> None:
    publish_register.publish_buckets(now=NOW)
    pointer = json.loads(publish_register.pointer_path().read_bytes())
    del pointer["bits"]
    publish_register.pointer_path().write_text(json.dumps(pointer))
    assert "buckets" in publish_register.refresh_register(now=NOW + timedelta(hours=3))
    assert json.loads(publish_register.pointer_path().read_bytes())["bits"] == 0


@pytest.mark.parametrize("value", ["17", "-1", "four", "²"])
def test_bits_that_are_none_are_named(row: Certificate, settings, value: str) -> None:
    settings.BUCKET_BITS = value
    with pytest.raises(BadInput, match="bucket_bits") as refused:
        publish_register.publish_buckets(now=NOW)
    assert value in refused.value.say("zh") and not publish_register.pointer_path().exists()


def test_a_forged_bundle_does_not_change_the_answers(row: Certificate, house: Path) -> None:
    publish_status(now=NOW)
    publish_register.refresh_register(now=NOW)
    record, door = queries.read_claims(row), Door()
    asked = {"number": record.number, "name": record.name}
    before = json.loads(door.ask("/v", asked)[2])
    path = house / "public" / "status.bundle"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert (
        json.loads(Door().ask("/v", asked)[2])["status"] == "unknown"
    )  # a server that starts now knows nothing
    assert json.loads(door.ask("/v", asked)[2])["status"] == before["status"] == "valid"
