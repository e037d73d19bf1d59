"""Screening over the stored tables, letters, and what comes of them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from chizheng.access.core.gate import HeldCertificate, Verdict, decide
from chizheng.access.queries import occupation_levels
from chizheng.inspection.models import Campaign, Case, Finding, LetterAnswer, ScreeningRun
from chizheng.inspection.usecases.handle_case import open_from_letter
from chizheng.inspection.usecases.run_campaign import (
    answer_letter,
    check_paper,
    conversion_of,
    match_again,
    send_letters,
)
from chizheng.inspection.usecases.screen_place import screen_place
from chizheng.kernel.errors import Conflict, Forbidden
from chizheng.law.io.shelf import law
from chizheng.law.types import Act
from chizheng.platform.models import LedgerEntry
from tests.factories.catalogue import OccupationFactory
from tests.factories.inspection import NOW, TODAY, employer, entry, filed, inspector

pytestmark = pytest.mark.django_db
TRADES = (
    "焊工",
    "消防设施操作员",
    "车工",
    "保安员",
    "消防设施操作员",
    "中式烹调师",
    "家畜繁殖员",
    "不存在的岗位",
)


def on(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)


def paper(filing, officer, *, level: int, issued: date) -> None:
    """A certificate checked on paper: the shortest way to a held one in these worlds."""
    run = ScreeningRun.objects.create(
        place="32", from_date=issued, until_date=issued + timedelta(days=1), known_at=NOW, row_hash="0-0"
    )
    made = Campaign.objects.create(
        run=run, place="32", seed="x", held_out=Decimal("0.1"), sent_on=issued,
        answer_by=issued + timedelta(days=1), created_at=NOW,
    )  # fmt: skip
    member = made.members.create(employer=filing.employer, arm="letter")
    LetterAnswer.objects.create(
        member=member, filing=filing, remedy="upload", certificate_number="X", certificate_level=level,
        certificate_issued_on=issued, at=NOW, genuine=True, checked_at=NOW, checked_by=officer,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_screening_the_stored_tables_equals_the_gate_person_by_person(seed: int) -> None:
    rng = random.Random(seed)
    for trade in TRADES[:-1]:
        OccupationFactory(name=trade, code="")
    body, officer = employer(), inspector()
    day = rng.choice([date(2001, 5, 1), date(2012, 3, 1), TODAY])
    entries = [
        entry(
            n, rng.choice(TRADES), start=day - timedelta(days=rng.choice([0, 1, 400, 900])),
            level=rng.choice([None, 5, 4, 3]), place=rng.choice(["3201", "320102"]),
        )
        for n in range(24)
    ]  # fmt: skip
    filings = filed(body, *entries)
    held = {}
    for filing in filings[::2]:
        held[filing.pk] = HeldCertificate(
            filing.occupation, rng.choice([5, 4, 3]), day - timedelta(days=rng.choice([-1, 0, 30]))
        )
        paper(filing, officer, level=held[filing.pk].level, issued=held[filing.pk].issued)
    run = screen_place(place="32", question=on(day), actor=officer, now=NOW)
    expected = {
        f.pk
        for f in filings
        if f.period.lower <= day
        and decide(
            law(), act=Act.POST, occupation=f.occupation, on=day, place=f.place, level=f.level,
            held=[held[f.pk]] if f.pk in held else [], occupation_levels=occupation_levels(on=day),
            already_in_post_since=f.period.lower,
        ).verdict is Verdict.MISSING
    }  # fmt: skip
    assert set(run.findings.values_list("filing_id", flat=True)) == expected
    assert run.persons == len(expected)


def test_the_same_question_as_known_then_has_the_same_hash() -> None:
    body, officer = employer(), inspector()
    filed(body, entry(1, "消防设施操作员"), entry(2, "焊工"))
    first = screen_place(place="32", question=on(TODAY), actor=officer, now=NOW)
    later = NOW + timedelta(days=3)
    filed(body, entry(3, "消防设施操作员"), now=later)
    again = screen_place(place="32", question=on(TODAY), actor=officer, now=later, known_at=NOW)
    assert (again.row_hash, again.sources) == (first.row_hash, first.sources)
    assert first.found > 0
    assert all("*" in name for name in Finding.objects.values_list("person_masked", flat=True))


def test_nobody_screens_another_province() -> None:
    with pytest.raises(Forbidden):
        screen_place(place="44", question=on(TODAY), actor=inspector(), now=NOW)
    assert not ScreeningRun.objects.exists()
    assert not LedgerEntry.objects.filter(verb="inspection.screen").exists()


def test_letters_first_and_only_the_unchanged_become_cases() -> None:
    officer = inspector()
    bodies = [employer() for _ in range(12)]
    for n, body in enumerate(bodies):
        filed(body, entry(2 * n, "消防设施操作员"), entry(2 * n + 1, "消防设施操作员"))
    run = screen_place(place="32", question=on(TODAY), actor=officer, now=NOW)
    made = send_letters(
        run=run, seed="2026-09-01 公开抽签", held_out=Decimal("0.3"), answer_by=TODAY + timedelta(days=30),
        actor=officer, now=NOW,
    )  # fmt: skip
    written = list(made.members.filter(arm="letter").order_by("pk"))
    assert len(written) >= 3 and made.members.filter(arm="held_out").exists()
    with pytest.raises(Conflict):
        send_letters(
            run=run,
            seed="again",
            held_out=Decimal("0.3"),
            answer_by=TODAY + timedelta(days=30),
            actor=officer,
            now=NOW,
        )
    corrected, partly, unchanged = written[:3]
    for member, count in ((corrected, 2), (partly, 1)):
        for filing in member.employer.filings.order_by("pk")[:count]:
            answer = answer_letter(
                member=member, filing=filing, remedy="upload", number="1", level=4, issued_on=date(2020, 1, 1),
                actor=member.employer.accounts.get(), now=NOW,
            )  # fmt: skip
            check_paper(answer=answer, genuine=True, actor=officer, now=NOW)
    with pytest.raises(Conflict):
        match_again(campaign=made, actor=officer, now=NOW)
    later = NOW + timedelta(days=31)
    made = match_again(campaign=made, actor=officer, now=later)
    changes = {m.pk: m.change for m in made.members.all()}
    assert [changes[m.pk] for m in (corrected, partly, unchanged)] == ["corrected", "partly", "unchanged"]
    converted = conversion_of(made)
    assert converted is not None and converted.filings_corrected == (3, 0)
    for member in (corrected, partly):
        member.refresh_from_db()
        with pytest.raises(Conflict):
            open_from_letter(member=member, actor=officer, now=later)
    assert not Case.objects.exists()
    unchanged.refresh_from_db()
    case = open_from_letter(member=unchanged, actor=officer, now=later)
    assert len(case.evidence["findings"]) == 2
    assert open_from_letter(member=unchanged, actor=officer, now=later).pk == case.pk


def test_an_answer_for_another_employers_letter_is_refused() -> None:
    officer, body, other = inspector(), employer(), employer()
    filed(body, entry(1, "消防设施操作员"))
    filed(other, entry(2, "消防设施操作员"))
    run = screen_place(place="32", question=on(TODAY), actor=officer, now=NOW)
    made = send_letters(
        run=run,
        seed="s",
        held_out=Decimal("0.001"),
        answer_by=TODAY + timedelta(days=30),
        actor=officer,
        now=NOW,
    )
    member = made.members.get(employer=body)
    with pytest.raises(Forbidden):
        answer_letter(
            member=member, filing=body.filings.get(), remedy="train", actor=other.accounts.get(), now=NOW
        )
    assert not LetterAnswer.objects.exists()
