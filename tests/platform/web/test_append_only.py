"""What is append-only is closed against UPDATE, DELETE and TRUNCATE alike, and says so in its model."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from chizheng.certificates.models import Commitment
from tests.factories.assessment import session_of, station
from tests.factories.certificates import ISSUED, at

CLOSED = {
    "platform_ledgerentry", "platform_ledgerseal",
    "assessment_sessionevent",
    "certificates_certificateevent", "certificates_commitment", "certificates_blankmovement",
    "certificates_blankstep", "certificates_stocktake",
    "quality_holdevent", "quality_caseevent", "quality_custodymove",
    "inspection_caseevent", "inspection_evidence", "inspection_casepaper", "inspection_reply",
    "inspection_creditgrade",
}  # fmt: skip

_TRIGGERS = """
select tgrelid::regclass::text from pg_trigger t join pg_proc p on p.oid = t.tgfoid
where not tgisinternal and tgenabled = 'O' and proname in ('platform_refuse_change', 'platform_fill_once')
  and tgqual is null and tgtype & %s = %s
"""
_ROW, _DELETE, _UPDATE, _TRUNCATE = 1, 8, 16, 32  # pg_trigger.tgtype, from catalog/pg_trigger.h


def _tables(kind: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS, [kind, kind])
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_whatever_refuses_one_way_of_changing_refuses_them_all() -> None:
    assert _tables(_ROW | _DELETE) == _tables(_ROW | _UPDATE) == _tables(_TRUNCATE) == CLOSED


def test_models_that_call_themselves_append_only_are_on_the_list() -> None:
    claiming = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("chizheng.") and "append-only" in (model.__doc__ or "").casefold()
    }
    assert claiming == CLOSED


@pytest.mark.django_db
@pytest.mark.parametrize("table", sorted(CLOSED))
def test_truncate_is_refused(table: str) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"truncate {table} cascade")


@pytest.mark.django_db
def test_truncate_is_refused_by_way_of_another_table() -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("truncate people_account cascade")


@pytest.mark.django_db
def test_a_place_in_the_log_is_filled_once_and_nothing_else_with_it() -> None:
    row = Commitment.objects.create(session=session_of(station()), step="ROSTER", made_at=at(ISSUED), count=3)
    rows = Commitment.objects.filter(pk=row.pk)

    def refused(**change: object) -> None:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows.update(**change)

    refused(count=4)
    refused(log_year=2026, log_index=7, count=4)
    assert rows.update(log_year=2026, log_index=7) == 1
    refused(log_index=8)
    refused(log_index=None)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        models.QuerySet.delete(rows)
