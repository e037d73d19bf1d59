"""The desk's screening over exported tables: the same answer as `gate.decide`, certificate days from events."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from chizheng.access.core.gate import HeldCertificate, Verdict
from chizheng.access.models import ExceptionRequest, GateOverlay
from chizheng.access.queries import decide_gate
from chizheng.certificates.models import Certificate, CertificateEvent
from chizheng.inspection.models import Filing, Finding
from chizheng.inspection.usecases.run_screening import advance, findings_of, run_screening, start_screening
from chizheng.kernel.errors import Conflict
from chizheng.law.types import Act
from chizheng.people.models import Document
from chizheng.platform.models import LongWork
from tests.factories.catalogue import OccupationFactory
from tests.factories.certificates import approved_batch
from tests.factories.inspection import NOW, TODAY, FilingFactory, employer, screened
from tests.factories.people import AccountFactory

GATED = "消防设施操作员"
pytestmark = pytest.mark.django_db


def holders(occupation: str = GATED, count: int = 6) -> list[Certificate]:
    """Issued certificates, their batch published."""
    from chizheng.certificates.usecases.issue_batch import issue_batch
    from tests.factories.certificates import ISSUED, at

    batch = approved_batch(passes=count, occupation=occupation)
    issue_batch(batch=batch, now=at(ISSUED, 4))
    return list(Certificate.objects.filter(batch=batch).order_by("pk"))


def turn(row: Certificate, kind: str, on: date) -> None:
    CertificateEvent.objects.create(
        certificate=row,
        kind=kind,
        at=NOW,
        effective_on=on,
        requested_by=AccountFactory(),
        approved_by=AccountFactory(),
    )


def filed(row: Certificate, **more: object) -> Filing:
    document = Document.objects.get(person=row.person)
    return FilingFactory(
        person=row.person, number=document.number, number_digest=bytes(document.number_digest), **more
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_desk_finds_whom_decide_finds(seed: int) -> None:
    rng = random.Random(seed)
    rows = holders()
    for name in ("电工", "游泳救生员", "车工"):
        OccupationFactory(name=name)
    body = employer()
    edges = [TODAY + timedelta(days=d) for d in (-40, -1, 0, 1)]
    spells: dict[int, list[tuple[date, date | None]]] = {}
    jobs = []
    for n in range(36):
        row = rng.choice([None, *rows])
        more = {
            "employer": body, "occupation": rng.choice([GATED, GATED, GATED, "游泳救生员", "电工", "车工"]),
            "level": rng.choice([None, 5, 4, 3]), "region": rng.choice(["320102", "3205", "110101"]), "post": f"岗位{n}",
            "period": (rng.choice(edges[:3]) - timedelta(days=rng.choice([0, 300])), rng.choice([None, TODAY, TODAY + timedelta(days=1)])),
        }  # fmt: skip
        if more["period"][1] is not None and more["period"][1] <= more["period"][0]:
            more["period"] = (more["period"][0], None)
        jobs.append((filed(row, **more) if row else FilingFactory(n=n, **more), row))
    for row in rows:
        first = row.issued_on
        spells[row.pk] = [(first, None)]
        a, b = sorted(rng.sample(edges, 2))
        story = rng.choice(["none", "revoke", "suspend", "back"])
        if story == "revoke":
            turn(row, "revoke", a)
            spells[row.pk] = [(first, a)]
        elif story != "none":
            turn(row, "suspend", a)
            spells[row.pk] = [(first, a)]
            if story == "back":
                turn(row, "reinstate", b)
                spells[row.pk].append((b, None))
    run = screened(place="")
    missing = set()
    for filing, row in jobs:
        start, end = (
            filing.period if isinstance(filing.period, tuple) else (filing.period.lower, filing.period.upper)
        )
        if not (start <= TODAY and (end is None or end > TODAY)):
            continue
        held = [HeldCertificate(row.occupation, row.level, a, b) for a, b in spells[row.pk]] if row else []
        decision = decide_gate(
            act=Act.POST, occupation=filing.occupation, on=TODAY, place=filing.region, level=filing.level, held=held,
            already_in_post_since=start,
        )  # fmt: skip
        if decision.verdict is Verdict.MISSING:
            missing.add(filing.pk)
    assert set(findings_of(run).values_list("filing", flat=True)) == missing
    assert 0 < len(missing) < len(jobs)


def test_a_finding_keeps_citation_and_what_was_known() -> None:
    row = holders(count=1)[0]
    turn(row, "revoke", TODAY - timedelta(days=3))
    filing = filed(row)
    finding = findings_of(screened()).get()
    assert finding.filing == filing and "《" in finding.citation
    assert finding.snapshot["certificates"][0]["until"] == str(TODAY - timedelta(days=3))


def test_a_delta_asks_only_who_changed_and_ends_what_was_mended() -> None:
    OccupationFactory(name=GATED)
    body = employer()
    stays, leaves = FilingFactory(n=1, employer=body), FilingFactory(n=2, employer=body)
    first = screened()
    assert findings_of(first).count() == 2
    Filing.objects.filter(pk=leaves.pk).update(period=(date(2026, 3, 1), TODAY + timedelta(days=1)))
    comes = FilingFactory(n=3, employer=body, period=(TODAY + timedelta(days=1), None))
    day = TODAY + timedelta(days=1)
    second = start_screening(
        start=day,
        until=day + timedelta(days=1),
        place="32",
        actor=None,
        now=NOW + timedelta(days=1),
        after=first,
    )
    second = run_screening(run=second, now=NOW + timedelta(days=1))
    assert second.changed == 2
    assert set(findings_of(second).values_list("filing", flat=True)) == {stays.pk, comes.pk}
    assert set(findings_of(first).values_list("filing", flat=True)) == {stays.pk, leaves.pk}
    whole = screened(day=day)
    assert set(findings_of(whole).values_list("filing", flat=True)) == {stays.pk, comes.pk}


def test_a_run_goes_on_after_a_stop_and_keeps_nothing_twice() -> None:
    OccupationFactory(name=GATED)
    FilingFactory(n=1)
    run = start_screening(start=TODAY, until=TODAY + timedelta(days=1), place="32", actor=None, now=NOW)
    run = advance(run=run, now=NOW)
    run = advance(run=run, now=NOW)
    assert run.work.state == LongWork.State.RUNNING and run.work.done == 2
    run = run_screening(run=run, now=NOW)
    assert advance(run=run, now=NOW).found == Finding.objects.count() == 1
    with pytest.raises(Conflict, match="delta_not_later"):
        start_screening(
            start=TODAY, until=TODAY + timedelta(days=1), place="32", actor=None, now=NOW, after=run
        )


def test_a_period_lists_the_uncovered_days() -> None:
    row = holders(count=1)[0]
    turn(row, "suspend", date(2026, 7, 1))
    turn(row, "reinstate", date(2026, 7, 11))
    filed(row, period=(date(2026, 6, 1), None))
    run = start_screening(start=date(2026, 6, 1), until=TODAY, place="32", actor=None, now=NOW)
    run = run_screening(run=run, now=NOW)
    assert [(f.first_day, f.end_day) for f in findings_of(run)] == [(date(2026, 7, 1), date(2026, 7, 11))]


def overlay(occupation: str, *, known_from: datetime = NOW) -> GateOverlay:
    return GateOverlay.objects.create(
        place="32", occupation=occupation, acts=[Act.POST.value], title="示例办法", rank="local_regulation",
        period=(date(2020, 1, 1), None), known_from=known_from, kept_by=AccountFactory(),
    )  # fmt: skip


def test_a_gate_that_the_place_added_is_asked_too_and_by_a_delta_of_everybody() -> None:
    OccupationFactory(name="茶艺师")
    filing = FilingFactory(n=1, occupation="茶艺师")
    first = screened()
    assert not findings_of(first).exists()
    overlay("茶艺师", known_from=NOW + timedelta(hours=2))
    day, later = TODAY + timedelta(days=1), NOW + timedelta(days=1)
    second = start_screening(
        start=day, until=day + timedelta(days=1), place="32", actor=None, now=later, after=first
    )
    second = run_screening(run=second, now=later)
    assert second.changed is None
    assert "示例办法" in findings_of(second).get(filing=filing).citation


@pytest.mark.parametrize(
    ("change", "found"),
    [({}, 0), ({"state": "asked"}, 1), ({"code": "order6-placed"}, 1), ({"occupation": "焊工"}, 1),
     ({"period": (date(2010, 1, 1), date(2010, 6, 1))}, 1), ({"place": "33"}, 1), ({"document_digest": b"x" * 32}, 1)],
)  # fmt: skip
def test_an_approved_exception_lets_off_for_its_time_text_and_person(change: dict, found: int) -> None:  # type: ignore[type-arg]
    OccupationFactory(name="车工")
    filing = FilingFactory(n=1, occupation="车工", period=(date(2010, 3, 1), None))
    given = {
        "organisation": filing.employer, "code": "order6-apprentice", "occupation": "车工", "place": "32", "why": "学徒",
        "evidence": [], "period": (date(2010, 1, 1), date(2012, 1, 1)), "state": "granted", "asked_by": AccountFactory(),
        "asked_at": NOW, "decided_by": AccountFactory(), "decided_at": NOW, "document_digest": filing.number_digest,
    }  # fmt: skip
    ExceptionRequest.objects.create(**given | change)
    assert findings_of(screened(day=date(2010, 6, 1))).count() == found


def test_the_same_question_of_the_same_tables_has_the_same_hashes() -> None:
    OccupationFactory(name=GATED)
    body = employer()
    for n in range(4):
        FilingFactory(n=n, employer=body)
    one, two = screened(), screened()
    assert (one.row_hash, one.sources) == (two.row_hash, two.sources)
    assert set(one.sources) == {"employment", "certificates", "exemptions"}
    FilingFactory(n=9, employer=body)
    three = screened()
    assert three.row_hash != one.row_hash and three.sources["employment"] != one.sources["employment"]
    assert three.gated == {str(body.pk): 5}
