"""Employment filings by workbook: 100,000 rows, one in fifty faulty, through the use case and back as an
annotated workbook, against reading the workbook alone. CPU seconds, peak resident MiB, longest step.

    python bench/filings.py [rows]

Needs a database (the embedded one is started in a folder of its own, and removed).
"""

from __future__ import annotations

import atexit
import io
import os
import resource
import shutil
import sys
import tempfile
import time
from datetime import date, timedelta


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    home = tempfile.mkdtemp(prefix="chizheng-bench-")
    os.environ["CHIZHENG_HOME"] = home
    os.environ.pop("DATABASE_URL", None)
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # runs last: the server's own leave comes later
    _measure(rows)


def _measure(rows: int) -> None:
    from chizheng.platform.boot import boot

    boot()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from chizheng.catalogue.usecases import load_catalogue
    from chizheng.inspection.usecases.file_employment import advance, receive_filings, returned
    from chizheng.people.usecases import register_organisation
    from chizheng.platform.clock import now
    from chizheng.platform.io.sheets import read_sheet

    load_catalogue(now=now())
    body = register_organisation(name="示例集团", kind="employer", region="3201", now=now())
    content = _workbook(rows)
    started = time.process_time()
    sheet = read_sheet(content, "a.xlsx")
    reading = time.process_time() - started
    print(f"{len(content) / 1e6:.1f} MB, {len(sheet.rows)} rows, {_peak()} MiB after reading it")
    del sheet
    started, wall = time.process_time(), time.monotonic()
    upload, _ = receive_filings(employer=body, file_name="a.xlsx", content=content, actor=None, now=now())
    steps = []
    while not upload.finished:
        step = time.monotonic()
        upload = advance(upload=upload, now=now())
        steps.append(time.monotonic() - step)
    taking, wall = time.process_time() - started, time.monotonic() - wall
    started = time.process_time()
    back = returned(upload, lang="zh", only_faulty=False)
    giving = time.process_time() - started
    print(
        f"{upload.accepted} taken in, {upload.faulty} with faults; {len(steps)} steps, longest {max(steps):.1f} s"
    )
    print(f"read the workbook alone      {reading:6.2f} CPU s   1.0")
    print(
        f"check and take in            {taking:6.2f} CPU s  {taking / reading:4.1f}   ({wall:.1f} s on the clock)"
    )
    print(
        f"give back, {len(back.content) / 1e6:4.1f} MB          {giving:6.2f} CPU s  {giving / reading:4.1f}"
    )
    print(f"peak {_peak()} MiB (this process; PostgreSQL has its own)")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _workbook(rows: int) -> bytes:
    """As a clerk's: every cell text; one row in fifty with a wrong check character."""
    import xlsxwriter

    from chizheng.people.core.identity import check_character

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["姓名", "证件号码", "岗位", "职业工种", "工作地区代码", "上岗日期"])
    for n in range(rows):
        born = date(1965, 1, 1) + timedelta(days=n % 14_000)
        seventeen = f"3299{10 + n // 14_000:02d}{born:%Y%m%d}{n % 900:03d}"
        last = check_character(seventeen) if n % 50 else "?"
        sheet.write_row(n + 1, 0, ["赵示例", seventeen + last, "岗位", "焊工", "320102", "2026-01-01"])
    book.close()
    return out.getvalue()


if __name__ == "__main__":
    main()
