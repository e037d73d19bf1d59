"""Eight processes issue 2,000 certificates at once; a process is killed in the middle: no gap, no double,
every one in the log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Mark, Registration, Result
from chizheng.assessment.usecases import move_session
from chizheng.certificates import keyring, queries
from chizheng.certificates.core.claims import leaf
from chizheng.certificates.core.note import ED25519, VerifierKey
from chizheng.certificates.core.words import WORD_BYTES
from chizheng.certificates.io.tilelog import TileReader, shards
from chizheng.certificates.models import Batch, Certificate, Envelope
from chizheng.certificates.usecases.commit_sitting import commit_due
from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.people.core.identity import DocumentKind, read_document
from chizheng.people.models import Document, Person
from chizheng.people.queries import number_digest
from chizheng.platform.home import home
from tests.factories.assessment import session_of, station
from tests.factories.catalogue import RegionFactory
from tests.factories.certificates import ISSUED, at
from tests.factories.people import AccountFactory, invented_name, resident_number

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, shared with the worker processes; the database stays the test's."""
    secrets = home() / "secrets"
    for name in ("field", "django", "keys"):
        path = secrets / name
        if path.exists():
            monkeypatch.setenv(f"CHIZHENG_SECRET_{name.upper()}", path.read_text().strip())
    monkeypatch.setenv("CHIZHENG_HOME", str(tmp_path))
    keyring._public.cache_clear()
    keyring._private.cache_clear()
    keyring.make()
    return tmp_path


def _approved_batches(count: int, size: int) -> None:
    """`count` approved batches of `size` passes, all of one station, level and year: one counter for all."""
    RegionFactory()
    body = station()
    centre, authority = AccountFactory(role="centre"), AccountFactory(role="authority")
    for n in range(count):
        exam = date(2026, 1, 5) + timedelta(days=n)
        session = session_of(body, exam=exam)
        numbers = [
            read_document(
                DocumentKind.RESIDENT, resident_number(i, born=f"{1970 + n // 28}01{1 + n % 28:02d}")
            )
            for i in range(size)
        ]
        people = Person.objects.bulk_create(
            Person(
                name=invented_name(i),
                name_key=invented_name(i),
                sex=d.sex,
                birth=d.birth,
                created_at=at(exam),
            )
            for i, d in enumerate(numbers)
        )
        documents = Document.objects.bulk_create(
            Document(
                person=p, kind=d.kind, number=d.number, number_digest=number_digest(d), tail=d.number[-4:]
            )
            for p, d in zip(people, numbers, strict=True)
        )
        rows = Registration.objects.bulk_create(
            Registration(session=session, person=p, document=d, name=p.name, alternative="4-years", judged="met",
                         admission_number=f"{session.pk:010d}{i:04d}", created_at=at(exam))
            for i, (p, d) in enumerate(zip(people, documents, strict=True))
        )  # fmt: skip
        Mark.objects.bulk_create(
            Mark(registration=r, part=part, state="scored", score=Decimal(75), entered_at=at(exam))
            for r in rows for part in ("theory", "practice")
        )  # fmt: skip
        Result.objects.bulk_create(Result(registration=r, outcome="pass", computed_at=at(exam)) for r in rows)
        before = exam - timedelta(days=10)
        move_session(session=session, event=Event.CLOSE, actor=None, now=at(before))
        commit_due(session=session, now=at(before))
        for event in (
            Event.SEAT, Event.HOLD, Event.START_MARKING, Event.FINISH_MARKING, Event.PUBLISH_RESULTS, Event.SUBMIT,
        ):  # fmt: skip
            move_session(session=session, event=event, actor=None, now=at(exam))
        commit_due(session=session, now=at(exam))
        batch = list_session(session=session, now=at(exam))
        review_batch(batch=batch, actor=centre, now=at(exam))
        approve_batch(batch=batch, actor=authority, now=at(ISSUED), issued_on=ISSUED)


def _worker(seed: int, *, share: int = 0) -> subprocess.Popen[bytes]:
    db = settings.DATABASES["default"]
    env = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "DATABASE_URL": f"postgresql://{db['USER']}@/{connection.settings_dict['NAME']}?host={db['HOST']}",
    }
    if db["PASSWORD"] or db["PORT"]:
        env["DATABASE_URL"] = (
            f"postgresql://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{connection.settings_dict['NAME']}"
        )
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests/journeys/issuing_worker.py"), str(seed), str(share)], env=env
    )


def _check_everything(expected: int) -> None:
    assert set(Batch.objects.values_list("state", flat=True)) == {"published"}
    rows = list(Certificate.objects.select_related("batch").order_by("number"))
    serials = sorted(int(r.number[-5:]) for r in rows)
    assert serials == list(range(1, expected + 1)), "no gap and no double"
    assert len({(r.status_year, r.status_slot) for r in rows}) == expected
    assert sum(len(one.words) for one in Envelope.objects.all()) == WORD_BYTES * expected
    [shard] = [s for s in shards(home() / "public" / "log") if s.name == str(ISSUED.year)]
    key = VerifierKey(f"{keyring.origin('log')}/{shard.name}", ED25519, keyring.public("log").public)
    reader = TileReader(shard)
    assert reader.integrity([key]) == []
    size = max(size for size, _ in reader.heads())
    entries = {i: e for b in range(-(-size // 256)) for i, e in enumerate(reader.entries(b, size), b * 256)}
    for row in rows:
        assert entries[row.log_index] == leaf(queries.read_claims(row)), row.number


@pytest.mark.django_db(transaction=True)
def test_eight_workers_issue_two_thousand_certificates(house: Path) -> None:
    _approved_batches(40, 50)
    workers = [_worker(seed) for seed in range(8)]
    assert [w.wait(timeout=300) for w in workers] == [0] * 8
    _check_everything(2000)


@pytest.mark.django_db(transaction=True)
def test_kill_minus_nine_in_the_middle_and_the_next_process_goes_on(house: Path) -> None:
    _approved_batches(8, 25)
    for attempt in range(12):
        worker = _worker(attempt)
        deadline = time.monotonic() + 60
        before = Batch.objects.filter(state="published").count()
        while worker.poll() is None and time.monotonic() < deadline:
            if Batch.objects.filter(state="published").count() > before or attempt % 3 == 0:
                time.sleep(0.02 * attempt)
                worker.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
        worker.wait(timeout=60)
        if not Batch.objects.exclude(state="published").exists():
            break
    assert _worker(99).wait(timeout=120) == 0
    _check_everything(200)


@pytest.mark.django_db(transaction=True)
def test_two_workers_of_the_command_are_killed_at_random_and_started_again(house: Path) -> None:
    """Groups share transactions and a head of the log; wherever both die, the next ones go on."""
    _approved_batches(12, 25)
    for attempt in range(10):
        workers = [_worker(n, share=2) for n in range(2)]
        time.sleep(1.2 + 0.11 * attempt)  # from the first query to the last commit
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait(timeout=60)
        if not Batch.objects.exclude(state="published").exists():
            break
    assert [_worker(n, share=2).wait(timeout=120) for n in range(2)] == [0, 0]
    _check_everything(300)
