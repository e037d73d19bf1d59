"""The published list: for any day, in every form, as it was known, and to subscribers."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from chizheng.access.models import GateOverlay, LawEdition, Subscription
from chizheng.access.queries.gates import decide_gate, law_as_known, list_gated
from chizheng.access.usecases import gates as usecases
from chizheng.kernel.errors import Conflict, Forbidden, NotFound, Refused
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, GateKind
from chizheng.platform.models import LedgerEntry
from tests.factories.access import GATED, NOW
from tests.factories.people import AccountFactory

pytestmark = pytest.mark.django_db
LOCAL = {
    "place": "3201", "occupation": "装卸工样例", "kind": "gate", "acts": ["recruit", "post", "refer"], "level": None,
    "title": "样例市条例", "number": "", "article": "第一条", "rank": "local_regulation", "approval": "",
    "start": date(2026, 1, 1), "end": None,
}  # fmt: skip


def gated_names(**question: object) -> list[str]:
    return [x.occupation for x in list_gated(**question).of(GateKind.GATE)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "expected", "count"),
    [
        ("1998-01-01", "车工", 100),
        ("2005-06-01", "美发师", 90),
        ("2016-01-01", GATED, 1),
        ("2026-10-08", GATED, 9),
    ],
)
def test_the_page_shows_the_regime_of_the_day(day: str, expected: str, count: int) -> None:
    page = Client(headers={"accept-language": "zh-hans"}).get("/gated/", {"on": day})
    assert page.status_code == 200 and expected in page.content.decode()
    assert len(set(gated_names(on=date.fromisoformat(day)))) >= count


def test_csv_and_json_say_the_same_lines() -> None:
    question = {"on": "2005-06-01", "place": "32"}
    sheet = Client().get("/gated/list.csv", question).content
    assert sheet.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"))))[1:]
    answer = Client().get("/gated/list.json", question).json()
    assert [r[0] for r in rows] == [x["occupation"] for x in answer["lines"]]
    assert {x["kind"] for x in answer["lines"]} >= {"gate", "licence"}


def test_the_poster_is_a_pdf_with_its_text() -> None:
    from io import BytesIO

    from pypdf import PdfReader

    poster = Client(headers={"accept-language": "zh-hans"}).get("/gated/poster.pdf", {"on": "2026-10-08"})
    assert poster["Content-Type"] == "application/pdf"
    text = "".join(p.extract_text() for p in PdfReader(BytesIO(poster.content)).pages)
    assert "就业准入职业名单" in text and GATED in text


def test_two_days_differ_by_what_the_law_changed() -> None:
    page = Client(headers={"accept-language": "zh-hans"}).get(
        "/gated/diff/", {"before": "2015-11-11", "after": "2015-11-12", "place": ""}
    )
    assert "美发师" in page.content.decode() and "退出" in page.content.decode()


def test_bad_questions_are_answered_and_not_500() -> None:
    for path in ("/gated/", "/gated/list.json", "/gated/list.csv", "/gated/poster.pdf"):
        assert Client().get(path, {"on": "not-a-day"}).status_code in (302, 422)


# --- local rows and what was known when


def test_a_local_row_gates_its_place_only_and_is_known_from_now_on() -> None:
    authority = AccountFactory(role="authority", region="32")
    usecases.keep_overlay(**LOCAL, actor=authority, now=NOW)
    assert (
        decide_gate(act=Act.RECRUIT, occupation="装卸工样例", on=date(2026, 10, 8), place="320102").verdict
        == "missing"
    )
    assert (
        decide_gate(act=Act.RECRUIT, occupation="装卸工样例", on=date(2026, 10, 8), place="3202").verdict
        == "clear"
    )
    today = date(2026, 10, 8)
    assert "装卸工样例" in gated_names(on=today, place="3201")
    assert "装卸工样例" not in gated_names(on=today, place="3201", known=today - timedelta(days=2))
    assert GATED in gated_names(on=today, place="3201", known=today - timedelta(days=2))


def test_a_withdrawn_row_is_still_what_was_known_then() -> None:
    authority = AccountFactory(role="authority", region="32")
    row = usecases.keep_overlay(**LOCAL, actor=authority, now=NOW - timedelta(days=10))
    usecases.withdraw_overlay(overlay=row, why="录错", actor=authority, now=NOW)
    today = date(2026, 10, 8)
    assert "装卸工样例" not in gated_names(on=today, place="3201")
    assert "装卸工样例" in gated_names(on=today, place="3201", known=today - timedelta(days=5))


def test_before_the_first_edition_nothing_was_known() -> None:
    first = LawEdition.objects.order_by("known_from").first()
    assert first is not None, "an edition is kept when the tables are made"
    assert law_as_known(first.known_from - timedelta(days=1)).gates == ()
    assert len(law_as_known(first.known_from + timedelta(seconds=1)).gates) == len(law().gates)


def test_the_same_law_is_one_edition() -> None:
    before = LawEdition.objects.count()
    usecases.record_edition(now=NOW)
    usecases.record_edition(now=NOW + timedelta(days=1))
    assert LawEdition.objects.count() == before


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"rank": "notice"}, Refused),
        ({"start": date(2010, 1, 1)}, Refused),
        ({"place": "4401"}, Forbidden),
    ],
)
def test_a_local_row_without_basis_approval_or_jurisdiction_is_refused(change: dict, error: type) -> None:
    authority = AccountFactory(role="authority", region="32")
    entries = LedgerEntry.objects.count()
    with pytest.raises(error):
        usecases.keep_overlay(**{**LOCAL, **change}, actor=authority, now=NOW)
    assert GateOverlay.objects.count() == 0 and LedgerEntry.objects.count() == entries


def test_two_rows_for_one_time_are_refused_by_the_database_too() -> None:
    authority = AccountFactory(role="authority", region="32")
    row = usecases.keep_overlay(**LOCAL, actor=authority, now=NOW)
    assert usecases.keep_overlay(**LOCAL, actor=authority, now=NOW) == row
    with pytest.raises(Conflict):
        usecases.keep_overlay(**{**LOCAL, "article": "第二条"}, actor=authority, now=NOW)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# --- subscriptions


def test_nobody_is_written_to_before_they_confirmed_and_after_they_left() -> None:
    authority = AccountFactory(role="authority", region="32")
    client = Client(headers={"accept-language": "zh-hans"})
    client.post("/gated/subscribe/", {"email": "Reader@example.invalid", "place": "3201"})
    assert len(mail.outbox) == 1
    usecases.keep_overlay(**LOCAL, actor=authority, now=NOW)
    assert usecases.tell_subscribers(now=NOW + timedelta(days=1)) == 0
    link = re.search(r"/gated/confirm/[^\s]+", mail.outbox[0].body)
    assert link
    client.get(link.group())
    assert Subscription.objects.get().confirmed_at is None, "a scanner that opens links confirms nothing"
    client.post(link.group())
    assert Subscription.objects.get().confirmed_at is not None
    other = {**LOCAL, "occupation": "另一样例工"}
    usecases.keep_overlay(**other, actor=authority, now=NOW + timedelta(hours=1))
    assert usecases.tell_subscribers(now=NOW + timedelta(days=1)) == 1
    assert "另一样例工" in mail.outbox[-1].body and "装卸工样例" not in mail.outbox[-1].body
    assert usecases.tell_subscribers(now=NOW + timedelta(days=2)) == 0
    stop = re.search(r"/gated/unsubscribe/[^\s]+", mail.outbox[-1].body)
    assert stop
    client.post(stop.group())
    assert not Subscription.objects.exists()
    assert client.get(stop.group()).status_code == 404


def test_a_link_that_is_too_old_confirms_nothing() -> None:
    row = usecases.subscribe(email="a@example.invalid", place="", lang="zh", now=NOW)
    with pytest.raises(NotFound):
        usecases.confirm(token=row.token, now=NOW + timedelta(days=30))
    usecases.tell_subscribers(now=NOW + timedelta(days=30))
    assert not Subscription.objects.exists()
