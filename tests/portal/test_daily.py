"""`chizheng daily`: every context's jobs are found, run on an empty house and twice; one that fails stops no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from chizheng import cli
from chizheng.certificates import keyring
from chizheng.certificates.models import Certificate
from chizheng.certificates.usecases import publish_register
from chizheng.certificates.usecases.publish_trust import hold_ceremony
from chizheng.kernel.errors import BadInput, Conflict, Refused
from chizheng.kernel.wording import Wording
from chizheng.people.models import FailedSignIn
from chizheng.platform.clock import now
from chizheng.platform.daily import Job
from chizheng.platform.models import DayTally, LedgerEntry, LedgerSeal
from chizheng.portal import rounds
from chizheng.portal.rooms import CONTEXTS, modules
from tests.factories.certificates import approved_batch

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHIZHENG_HOME", str(tmp_path))
    return tmp_path


SRC = Path(rounds.__file__).parents[1]


def _job(name: str, run, **more) -> Job:
    return Job(name, Wording(zh=name, en=name), run, **more)


def _states(found: list[rounds.Outcome]) -> dict[str, str]:
    return {o.job.name: o.state for o in found}


def _entry() -> LedgerEntry:
    return LedgerEntry.objects.filter(verb=rounds.VERB).latest("id")


def _all(clock: Callable[[], datetime] = now) -> list[rounds.Outcome]:
    return list(rounds.run_round(rounds.jobs(), now=clock))


def test_every_module_is_found_and_every_job_belongs_to_its_context() -> None:
    written = {path.parent.name for path in SRC.glob("*/daily.py")} - {"platform"}
    assert written == {context for context, _ in modules("daily")} <= set(CONTEXTS)
    assert written == {"people", "assessment", "quality", "certificates", "access", "inspection"}
    names = [job.name for job in rounds.jobs()]
    assert len(set(names)) == len(names)
    for context, module in modules("daily"):
        assert module.JOBS and all(job.name.startswith(f"{context}.") for job in module.JOBS)
        assert all(job.what.zh and job.what.en for job in module.JOBS)
    assert names[-2:] == ["certificates.seal", "certificates.witness"]  # over what the others did


def test_an_empty_house_without_keys_and_twice(house: Path) -> None:
    for _ in range(2):
        found = _all()
        assert "failed" not in _states(found).values(), [o for o in found if o.state == "failed"]
        passed = {o.job.name for o in found if o.state == "passed"}
        assert passed == {"certificates.commit", "certificates.issue", "certificates.status", "certificates.register",
                          "certificates.seal", "certificates.witness"}  # fmt: skip
        assert all("keys" in o.said or "密钥" in o.said for o in found if o.state == "passed")
    assert LedgerEntry.objects.filter(verb=rounds.VERB).count() == 2


def test_a_house_with_work_does_it_once(house: Path) -> None:
    keyring.make()
    hold_ceremony(now=now())
    batch = approved_batch(passes=2, fails=1)
    # what is published says of when it is by the second: what comes in the same second is written twice
    begun, seconds = now(), count()

    def clock() -> datetime:
        return begun + timedelta(seconds=next(seconds))

    first = {o.job.name: o for o in _all(clock)}
    assert {o.state for o in first.values()} == {"done"}, [o for o in first.values() if o.state != "done"]
    batch.refresh_from_db()
    assert batch.state == "published" and first["certificates.issue"].did["certificates"] == 2
    assert first["certificates.register"].did == {"register": 1, "buckets": 1}
    assert (
        first["certificates.seal"].did["logged"] >= 1 and not LedgerSeal.objects.filter(log_ref="").exists()
    )
    again = {o.job.name: o for o in _all(clock)}
    assert {o.state for o in again.values()} == {"done"}
    assert again["certificates.issue"].did == {"certificates": 0, "held": 0, "turns_logged": 0}
    assert again["certificates.commit"].did == {"steps": 0} and again["quality.surveillance"].did["runs"] == 0
    assert again["certificates.register"].did == {"register": 0, "buckets": 0}
    assert Certificate.objects.count() == 2


def test_buckets_are_written_whole_again_before_they_look_old(house: Path) -> None:
    keyring.make()
    at = now()
    assert "buckets" in publish_register.publish_due(now=at)
    epoch = json.loads(publish_register.pointer_path().read_bytes())["epoch"]
    assert publish_register.publish_due(now=at + timedelta(days=3)) == []
    assert "buckets" in publish_register.publish_due(now=at + timedelta(days=4))
    assert json.loads(publish_register.pointer_path().read_bytes())["epoch"] != epoch


def test_what_people_left_is_forgotten_with_the_window() -> None:
    at = now()
    for name, hours in ((b"n" * 32, 48), (b"m" * 32, 0)):
        FailedSignIn.objects.create(name_digest=name, network_digest=name, at=at - timedelta(hours=hours))
    DayTally.objects.create(purpose="test", day=at.date() - timedelta(days=2), digest="d", count=1)
    (found,) = rounds.run_round(rounds.chosen(["people.forget"]), now=lambda: at)
    assert found.did == {"sign_ins": 1, "tallies": 1}
    assert FailedSignIn.objects.count() == 1 and not DayTally.objects.exists()


def test_one_job_that_fails_stops_no_other() -> None:
    ran: list[str] = []

    def refuse(at) -> dict[str, int]:
        raise Refused("no_luck", Wording(zh="不成", en="no luck"))

    def crash(at) -> dict[str, int]:
        raise DatabaseError("lost 王某\nsecond line")

    def work(at) -> dict[str, int]:
        ran.append("work")
        return {"letters": 2}

    todo = [
        _job("a.refuses", refuse), _job("a.crashes", crash),
        _job("a.sends", lambda at: {"sent": 1, "failed": 3}, faults=frozenset({"failed"})),
        _job("a.lacks", work, lacks=lambda: "no key"), _job("b.works", work),
    ]  # fmt: skip
    found = list(rounds.run_round(todo, now=now))
    assert list(_states(found).values()) == ["failed", "failed", "failed", "passed", "done"] and ran == [
        "work"
    ]
    assert found[0].said == "不成" and found[1].said == "DatabaseError: lost 王某"
    detail = _entry().detail
    assert (detail["failed"], detail["left"]) == (3, 0)
    assert detail["jobs"]["a.crashes"] == {"state": "failed", "did": {}, "code": "DatabaseError"}
    assert "王某" not in json.dumps(
        detail, ensure_ascii=False
    )  # the ledger has codes, never what a fault says
    assert set(rounds.last_runs()) == {"b.works"}


def test_a_round_broken_off_says_what_it_left() -> None:
    todo = [_job("a.one", lambda at: {"n": 1}), _job("a.two", lambda at: {})]
    round_ = rounds.run_round(todo, now=now)
    next(round_)
    round_.close()
    assert _entry().detail["left"] == 1 and set(_entry().detail["jobs"]) == {"a.one"}
    assert "a.two" in _states(list(rounds.run_round(todo, now=now)))  # and has let go of the lock


def test_two_rounds_do_not_run_at_once() -> None:
    def inside(at) -> dict[str, int]:
        with pytest.raises(Conflict, match="daily_busy"):
            list(rounds.run_round([_job("a.other", lambda at: {})], now=now))
        return {"refused": 1}

    (found,) = rounds.run_round([_job("a.first", inside)], now=now)
    assert found.state == "done" and LedgerEntry.objects.filter(verb=rounds.VERB).count() == 1
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [rounds._LOCK])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="daily_job"):
        rounds.chosen(["access.forget", "access.nothing"])
    assert [j.name for j in rounds.chosen(["inspection.forget", "people.forget"])] == [
        "people.forget", "inspection.forget",
    ]  # fmt: skip


def test_the_command(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["daily", "--list", "--lang", "en"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == len(rounds.jobs()) and any(line.startswith("access.forget ") for line in listed)
    assert cli.main(["daily", "--only", "people.forget", "--lang", "en"]) == 0
    told = capsys.readouterr()
    assert told.out.split() == ["people.forget", "nothing", "due"] and "people.forget" in told.err
    assert cli.main(["daily", "--only", "people.forget", "--only", "access.edition", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(r["name"], r["state"]) for r in rows] == [("people.forget", "done"), ("access.edition", "done")]
    assert cli.main(["daily", "--list", "--json"]) == 0
    last = {r["name"]: r["last"] for r in json.loads(capsys.readouterr().out)}
    assert last["people.forget"] and last["inspection.forget"] is None
    assert cli.main(["daily", "--only", "none"]) == 2
    assert "none" in capsys.readouterr().err

    def fail(at) -> dict[str, int]:
        raise Refused("no_luck", Wording(zh="不成", en="no luck"))

    monkeypatch.setattr(rounds, "jobs", lambda: [_job("a.fails", fail), _job("a.works", lambda at: {"n": 1})])
    assert cli.main(["daily", "--lang", "en"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{'a.fails':26} FAILED  no luck", f"{'a.works':26} done  n=1",
    ]  # fmt: skip
