"""How long a large enrolment sheet takes: reading, checking, taking in, going back. CPU seconds, one run.

    PYTHONPATH=src:. python bench/enrolment.py [rows]

Runs on a database of its own home (a temporary folder) and compares with a bare bulk insert of the
same number of rows, so that the ratio holds on any machine.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, date, datetime


def main(rows: int) -> None:
    from chizheng.platform.boot import boot

    boot()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from chizheng.assessment.models import Registration
    from chizheng.assessment.sheets_out import returned_sheet
    from chizheng.assessment.usecases import receive_enrolment, run_import
    from chizheng.people.core.identity import check_character
    from chizheng.people.models import Person
    from tests.assessment.sheet_bytes import HEADERS_2026, sheet
    from tests.assessment.usecases.test_import_enrolment import good_2026
    from tests.factories.assessment import session_of, station

    now = datetime(2026, 3, 2, tzinfo=UTC)
    lines = []
    for n in range(rows):
        body = f"320102{date.fromordinal(date(1970, 1, 1).toordinal() + n // 900):%Y%m%d}{n % 900 + 1:03d}"
        number = body + check_character(body)
        born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        sex = "男" if int(number[16]) % 2 else "女"
        bad = {"姓名": ""} if n % 20 == 0 else {}
        lines.append(good_2026(n + 1, 证件号码=number, 出生日期=born, 性别=sex, **bad))
    name, content = sheet("xlsx", HEADERS_2026, lines)
    session = session_of(station())

    def timed(what: str, act: object) -> object:
        start, wall = time.process_time(), time.perf_counter()
        found = act()  # type: ignore[operator]
        cpu, took = time.process_time() - start, time.perf_counter() - wall
        print(f"{what:34} {cpu:8.2f} s CPU {took:8.2f} s {1e6 * cpu / rows:8.0f} µs a row")
        return found

    timed("bare bulk insert of as many persons", lambda: Person.objects.bulk_create(
        [Person(name="某", name_key="某", created_at=now) for _ in range(rows)], batch_size=1000))  # fmt: skip
    upload, _ = timed("receive (read, recognise, keep)", lambda: receive_enrolment(
        session=session, file_name=name, content=content, actor=None, now=now))  # type: ignore[misc]  # fmt: skip
    upload = timed("check and take in", lambda: run_import(upload=upload, now=now))
    print(f"accepted {upload.accepted}, faulty {upload.faulty}, enrolled {Registration.objects.count()}")  # type: ignore[attr-defined]
    timed("return with faults", lambda: returned_sheet(upload, lang="zh"))  # type: ignore[arg-type]


if __name__ == "__main__":
    home = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, home, True)  # runs after the server's own farewell
    os.environ["CHIZHENG_HOME"] = home
    os.environ.pop("DATABASE_URL", None)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
