"""The set-based foreign keys of certificates hold in both directions, also between two transactions."""

from __future__ import annotations

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from chizheng.certificates.models import Certificate
from chizheng.certificates.usecases.issue_batch import issue_batch
from tests.certificates.web.test_issue import NOW, own_house  # noqa: F401 - a fixture that runs by itself
from tests.factories.certificates import approved_batch

PARENTS = {
    "batch_id": "certificates_batch",
    "registration_id": "assessment_registration",
    "person_id": "people_person",
}


def _issued() -> Certificate:
    return issue_batch(batch=approved_batch(passes=2, fails=0), now=NOW).certificates.get(order=0)


def _copy_of(row: Certificate, **changes: object) -> Certificate:
    """A further certificate like `row`, not saved."""
    copy = Certificate.objects.get(pk=row.pk)
    copy.pk, copy.uuid, copy.version, copy.order = None, "00000000-0000-4000-8000-000000000001", 9, 99
    copy.status_slot += 1
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


@pytest.mark.django_db
@pytest.mark.parametrize("column", PARENTS)
def test_a_certificate_refers_to_rows_that_are_there(column: str) -> None:
    row = _issued()
    with pytest.raises(IntegrityError, match=PARENTS[column]), transaction.atomic():
        _copy_of(row, **{column: 10**9}).save()
    with pytest.raises(IntegrityError, match=PARENTS[column]), transaction.atomic():
        Certificate.objects.filter(pk=row.pk).update(**{column: 10**9})
    _copy_of(row).save()


@pytest.mark.django_db
@pytest.mark.parametrize("column", PARENTS)
def test_what_a_certificate_refers_to_cannot_go(column: str) -> None:
    row = _issued()
    with connection.cursor() as cursor:
        for change in ("delete from {} where id = %s", "update {} set id = -1 where id = %s"):
            with pytest.raises(IntegrityError, match="still has certificates"), transaction.atomic():
                cursor.execute(change.format(PARENTS[column]), [getattr(row, column)])


@pytest.mark.django_db(transaction=True)  # committed rows: PostgreSQL truncates no table with checks pending
@pytest.mark.parametrize("table", PARENTS.values())
def test_no_parent_is_emptied_away_while_certificates_stand(table: str) -> None:
    _issued()
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="still has certificates"), transaction.atomic():
            cursor.execute(f"truncate {table} cascade")
        assert Certificate.objects.count() == 2
        columns = connection.introspection.get_table_description(cursor, "certificates_certificate")
        said = {column.name: column.comment for column in columns if column.name in PARENTS}
        assert {name: text.split()[1] for name, text in said.items()} == PARENTS
        assert any(
            t.name == "certificates_certificate" and t.comment
            for t in connection.introspection.get_table_list(cursor)
        )


@pytest.mark.django_db(transaction=True)
def test_whoever_deletes_waits_for_whoever_issues_and_is_then_refused() -> None:
    row = _issued()
    db = settings.DATABASES["default"]
    other = psycopg.connect(
        host=db["HOST"], port=db["PORT"] or None, user=db["USER"], password=db["PASSWORD"] or None,
        dbname=connection.settings_dict["NAME"], autocommit=True,
    )  # fmt: skip
    with other:
        other.execute("set lock_timeout = '150ms'")
        fresh = other.execute(
            "insert into people_person (uuid, name, name_key, sex, region, created_at) "
            "values (gen_random_uuid(), '甄示例', '甄示例', 'F', '', now()) returning id"
        ).fetchone()[0]
        with transaction.atomic():
            _copy_of(row, person_id=fresh).save()
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("delete from people_person where id = %s", [fresh])
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            other.execute("delete from people_person where id = %s", [fresh])
