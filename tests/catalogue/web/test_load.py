"""The catalogue's tables: loaded once however often, never over people's own rows, never overlapping."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from chizheng.catalogue.models import IssuerCode, Occupation, Region
from chizheng.catalogue.queries import find_issuer_code, get_occupation, region_name, require_level
from chizheng.catalogue.usecases import import_classification, load_catalogue
from chizheng.kernel.errors import BadInput, NotFound

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
pytestmark = pytest.mark.django_db


def test_loading_twice_changes_nothing() -> None:
    first, second = load_catalogue(now=NOW), load_catalogue(now=NOW)
    assert first.made > 100
    assert (second.made, second.changed) == (0, 0)
    assert region_name("3201", on=TODAY) == "江苏省南京市"
    assert get_occupation("焊工", on=TODAY).levels == [5, 4, 3, 2, 1]


def test_the_code_table_says_which_rows_are_verified() -> None:
    load_catalogue(now=NOW)
    assert {c.code for c in IssuerCode.objects.filter(verified=True)} == {"10", "72"}
    assert find_issuer_code("99", on=TODAY) is None


def test_a_row_kept_by_hand_survives_a_load_and_an_import() -> None:
    load_catalogue(now=NOW)
    Occupation.objects.filter(name="焊工").update(levels=[5, 4], origin="person")
    assert load_catalogue(now=NOW).kept == 1
    sheet = "职业编码,职业名称\n6-18-02-04,焊工\n6-18-01-99,样例操作工\n".encode("gb18030")
    done = import_classification(content=sheet, filename="样例.csv", on=TODAY, now=NOW)
    assert (done.taken, done.made, done.faults) == (2, 1, 0)
    assert get_occupation("焊工", on=TODAY).levels == [5, 4]
    again = import_classification(content=sheet, filename="样例.csv", on=TODAY, now=NOW)
    assert (again.made, again.changed) == (0, 0)


def test_bad_rows_come_back_and_good_rows_stay() -> None:
    sheet = "职业编码,职业名称,等级\n6-18-01-98,样例工,54321\n,无码工,5\n6-18-01-97,怪级工,97\n".encode()
    done = import_classification(content=sheet, filename="样例.csv", on=TODAY, now=NOW)
    assert (done.made, done.faults) == (1, 2)
    assert done.returned is not None
    assert "无码工" in done.returned.content.decode() and "样例工" not in done.returned.content.decode()


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (Region, {"code": "32", "name": "甲"}),
        (Occupation, {"name": "样例工"}),
        (IssuerCode, {"code": "77", "name": "甲", "kind": "industry"}),
    ],
)
def test_the_database_refuses_overlapping_periods(model, key) -> None:
    model.objects.create(**key, period=DateRange(date(2000, 1, 1), date(2010, 1, 1)))
    model.objects.create(**key, period=DateRange(date(2010, 1, 1), None))
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**key, period=DateRange(date(2009, 12, 31), date(2010, 1, 2)))


def test_levels_come_from_the_standard() -> None:
    load_catalogue(now=NOW)
    trade = get_occupation("混凝土工", on=TODAY)
    require_level(trade, 3)
    with pytest.raises(BadInput, match="no_such_level"):
        require_level(trade, 1)
    with pytest.raises(NotFound):
        get_occupation("没有的职业", on=TODAY)
