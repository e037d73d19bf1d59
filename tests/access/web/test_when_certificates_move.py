"""What follows a certificate by itself: guidance closes, staff lists are judged again, also by the command."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from chizheng.access import holdings
from chizheng.access.commands import access as command
from chizheng.access.listeners import register_of_certificates
from chizheng.access.models import Guidance
from chizheng.access.usecases import referral
from chizheng.certificates.models import Certificate
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.people.models import Person
from tests.factories.access import NOW, Register, agency, person
from tests.factories.certificates import ISSUED, approved_batch, at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and log of their own."""

    def made(name: str, mode: int = 0o755) -> Path:
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        return tmp_path / name

    monkeypatch.setattr("chizheng.certificates.keyring.folder", made)
    monkeypatch.setattr("chizheng.certificates.usecases.commit_sitting.folder", made)
    monkeypatch.setattr(holdings, "_register", register_of_certificates)


def test_issuing_closes_the_guidance_of_those_who_passed(django_capture_on_commit_callbacks) -> None:
    batch = approved_batch(passes=2, fails=1)
    everybody = list(Person.objects.filter(registrations__session=batch.session))
    account = agency()
    for someone in everybody:
        referral.guide(
            person=someone, occupation="车工", level=4, region="3201", actor=account, now=at(ISSUED, 1)
        )
    assert Guidance.objects.filter(state="open").count() == 3
    with django_capture_on_commit_callbacks(execute=True):
        issue_batch(batch=batch, now=at(ISSUED, 4))
    certified = set(Certificate.objects.values_list("person_id", flat=True))
    assert set(Guidance.objects.filter(state="closed").values_list("person_id", flat=True)) == certified
    assert len(certified) == 2


def test_the_command_finds_what_a_listener_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = Register()
    monkeypatch.setattr(holdings, "_register", mine)
    someone = person(1)
    row = referral.guide(person=someone, occupation="车工", level=5, region="3201", actor=agency(), now=NOW)
    mine.give(someone, occupation="车工", level=5)
    assert command.run(Namespace(json=True)) == 0
    assert json.loads(capsys.readouterr().out)["guidances_closed"] == 1
    row.refresh_from_db()
    assert row.state == "closed"
    command.run(Namespace(json=True))
    assert json.loads(capsys.readouterr().out)["guidances_closed"] == 0
