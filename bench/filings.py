"""Employment filings by workbook: 100,000 rows through the use case, against reading the sheet alone.

    python bench/filings.py [rows]

Needs a database (the embedded one is started in a folder of its own, and removed).
"""

from __future__ import annotations

import atexit
import os
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
    from chizheng.inspection.usecases.file_employment import receive_filings, run_upload
    from chizheng.people.usecases import register_organisation
    from chizheng.platform.clock import now
    from chizheng.platform.io.sheets import read_sheet

    load_catalogue(now=now())
    body = register_organisation(name="示例集团", kind="employer", region="3201", now=now())
    content = _sheet(rows)
    started = time.process_time()
    read_sheet(content, "a.csv")
    reading = time.process_time() - started
    started, wall = time.process_time(), time.monotonic()
    upload, _ = receive_filings(employer=body, file_name="a.csv", content=content, actor=None, now=now())
    upload = run_upload(upload=upload, now=now())
    cpu, wall = time.process_time() - started, time.monotonic() - wall
    print(f"{rows} rows: {upload.accepted} taken in, {upload.faulty} with faults")
    print(f"read the sheet alone  {reading:6.2f} CPU s   1.0")
    print(f"check and take in     {cpu:6.2f} CPU s  {cpu / reading:4.1f}   ({wall:.1f} s on the clock)")


def _sheet(rows: int) -> bytes:
    from chizheng.people.core.identity import check_character

    lines = ["姓名,证件号码,岗位,职业工种,工作地区代码,开始日期"]
    for n in range(rows):
        born = date(1965, 1, 1) + timedelta(days=n % 14_000)
        seventeen = f"3299{10 + n // 14_000:02d}{born:%Y%m%d}{n % 900:03d}"
        lines.append(f"赵示例,{seventeen}{check_character(seventeen)},岗位,焊工,320102,2026-01-01")
    return "\n".join(lines).encode()


if __name__ == "__main__":
    main()
