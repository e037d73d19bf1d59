"""An employer's workbook: read, verify and give back with a verdict beside every row.

    PYTHONPATH=src:. python bench/verify_sheet.py [rows]      default 10,000

Beside each step its bound: the same cells read by calamine and written by xlsxwriter and nothing else, the same
signatures checked by libsodium and nothing else (two for a QR text, none for a number). The last lines are the whole
command, `chizheng verify --sheet`, in a process of its own, with its peak memory.
"""

from __future__ import annotations

import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import xlsxwriter
from nacl import bindings as sodium
from python_calamine import CalamineWorkbook

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.envelopes import cose
from chizheng.certificates.core.lookup import HeldCertificates
from chizheng.certificates.io import batch, trust_file
from tests.certificates.made import ISSUER, LIMITS, NOW, claims, issuer_key, promised, trust

ROUNDS = 5
NAMES = "赵钱孙李周吴郑王冯陈褚卫"


def texts(count: int) -> list[tuple[str, str, str]]:
    """Number, name and QR text of certificates that nobody holds."""
    frame, made = cose.Frame.of(ISSUER), []
    for n in range(count):
        c = claims(number=f"26100120034{n:05d}", name=NAMES[n % 12] + "样例" + NAMES[n // 12 % 12], status=n)
        qr = cose.to_text(frame.seal(claims_.encode(c), promised(c, index=n), ISSUER))
        made.append((c.number, c.name, qr))
    return made


def workbook(rows: list[tuple[str, str, str]], *, qr: bool) -> bytes:
    """As employers keep them: number and name among other columns, or a column of scanned codes."""
    header = ["序号", "工号", "姓名", "部门", "岗位", "入职日期", *(["二维码"] if qr else ["证书编号"])]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("名册")
        page.write_row(0, 0, header)
        for n, (number, name, text) in enumerate(rows, 1):
            page.write_row(
                n, 0, [n, f"E{n:06d}", name, "第三车间", "焊工", "2024-03-01", text if qr else number]
            )
    return out.getvalue()


def copied(content: bytes) -> bytes:
    """The bound: the cells read and written again, three columns added, nothing asked."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet()
        for n, row in enumerate(sheet.to_python()):
            for m, cell in enumerate(
                (*row, "有效", "发证机关的签名有效：示例。已登记。状态良好。", "2026-11-24")
            ):
                page.write_string(n, m, str(cell))
    return out.getvalue()


def cost(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    made = texts(count)
    message = bytes(150)
    good = sodium.crypto_sign(message, ISSUER._secret)
    register = HeldCertificates.of([qr for _, _, qr in made], trust(), now=NOW, limits=LIMITS)
    print(f"{count:,} rows, CPU seconds, medians of {ROUNDS} interleaved rounds")
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for way in ("number and name", "QR text"):
            steps = measured(workbook(made, qr=way == "QR text"), register, count)
            if way == "QR text":
                steps["bound: libsodium"] = cost(
                    lambda: [sodium.crypto_sign_open(good, ISSUER.public) for _ in range(2 * count)]
                )
            for step, spent in steps.items():
                found.setdefault(f"{way}: {step}", []).append(spent)
    for step, seconds in found.items():
        middle = statistics.median(seconds)
        print(f"{step:40}{middle:8.2f}{count / middle:14,.0f} rows/CPU s")
    with tempfile.TemporaryDirectory() as folder:
        command(Path(folder), made)
    print(f"load average {os.getloadavg()[0]:.1f}")


def measured(content: bytes, register: HeldCertificates, count: int) -> dict[str, float]:
    """CPU seconds of each step with one workbook."""
    asked: list[batch.Batch] = []
    answers: list[dict[str, object]] = []
    steps = {
        "read": cost(lambda: asked.append(batch.read(content, "名册.xlsx", most=count))),
        "verify": cost(lambda: [answers.extend(some) for some in batch.answers(asked[0], register)]),
        "write": cost(lambda: batch.write(asked[0], answers)),
    }
    assert {answer["verdict"] for answer in answers} == {"valid"}
    return {**steps, "whole": sum(steps.values()), "bound: cells copied": cost(lambda: copied(content))}


def command(folder: Path, made: list[tuple[str, str, str]]) -> None:
    """The whole command as a clerk runs it, once with numbers and once with QR texts."""
    view = trust()
    data = trust_file.dump([issuer_key()], view.logs.values(), view.institutions, {2026: {}}, view.as_of)
    (folder / "trust.json").write_bytes(data)
    (folder / "held.txt").write_text("\n".join(qr for _, _, qr in made))
    for way, qr, more in (("number and name", False, ["--register", "held.txt"]), ("QR text", True, [])):
        (folder / "名册.xlsx").write_bytes(workbook(made, qr=qr))
        words = [sys.executable, "-m", "chizheng.cli", "verify", "--trust", "trust.json", "--at", NOW.date().isoformat(),
                 "--sheet", "名册.xlsx", "--out", "结果.xlsx", *more]  # fmt: skip
        environ = {**os.environ, "PYTHONPATH": str(Path("src").resolve())}
        process = subprocess.Popen(words, cwd=folder, env=environ, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        assert status == 0, status
        spent = used.ru_utime + used.ru_stime
        print(
            f"{f'command, {way}':40}{spent:8.2f}{len(made) / spent:14,.0f} rows/CPU s, peak {_mebibytes(used)} MiB"
        )


def _mebibytes(used: resource.struct_rusage) -> int:
    return used.ru_maxrss // 1024


if __name__ == "__main__":
    main()
