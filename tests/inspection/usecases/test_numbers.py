"""Case numbers are drawn one at a time, whoever asks: two real connections at once."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection

from chizheng.inspection.models import Case
from chizheng.inspection.usecases.work_case import open_case
from chizheng.people.models import Account, Organisation
from tests.factories.inspection import NOW, employer, inspector

EACH = 8


@pytest.mark.django_db(transaction=True)
def test_two_desks_at_once_draw_no_number_twice_and_leave_no_gap() -> None:
    body, officers = employer(), [inspector(), inspector()]
    ready, wrong = threading.Barrier(len(officers)), []

    def desk(officer: Account, body: Organisation) -> None:
        try:
            ready.wait()
            for _ in range(EACH):
                open_case(
                    employer=body, violation="special_work_without_licence", facts="样例", act_start=date(2026, 3, 1),
                    act_end=None, region="3201", actor=officer, now=NOW,
                )  # fmt: skip
        except Exception as error:  # told to the test's own thread
            wrong.append(error)
        finally:
            connection.close()

    desks = [threading.Thread(target=desk, args=(officer, body)) for officer in officers]
    for thread in desks:
        thread.start()
    for thread in desks:
        thread.join()
    assert not wrong
    drawn = sorted(Case.objects.values_list("number", flat=True), key=lambda n: int(n.split("〕")[1][:-1]))
    assert drawn == [f"劳监3201〔2026〕{n}号" for n in range(1, 2 * EACH + 1)]
