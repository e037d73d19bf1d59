"""QR codes, certificate PDFs and seals per CPU second.

    PYTHONPATH=src:. python bench/documents.py

Every PDF is set with texts of its own, so that nothing is served from the typesetter's memory. segno,
the usual pure-Python QR writer, runs beside ours where it is installed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from chizheng.certificates.io import pdf, qr
from tests.certificates.made import NOW, claims, signed

_serial = iter(range(1, 99_999))


def sheet() -> pdf.Sheet:
    serial = next(_serial)
    name = "甄" + "示例样本考生"[serial % 6] + "一二三四五六七"[serial % 7]
    c = claims(number=f"26100120034{serial:05d}", name=name)
    return pdf.Sheet(
        claims=c,
        qr=signed(c).qr,
        document="1101051990****002X",
        level="四级／中级工",
        level_en="Level 4",
        occupation_en="Welder",
        institution="示例省职业技能鉴定指导中心",
        authority="示例省人力资源和社会保障厅",
        blank=f"{serial:08d}",
    )


def cost(work: Callable[[], object], times: int) -> float:
    """CPU seconds of one call: the median of `times`."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def row(name: str, seconds: float, per_call: int = 1, against: float | None = None) -> None:
    ratio = "" if against is None else f"{against / (seconds / per_call):8.1f}x"
    print(f"{name:38}{per_call / seconds:10,.0f} /CPU s{1000 * seconds / per_call:9.2f} ms{ratio}")


def main() -> None:
    text = signed().qr
    picture = qr.draw(text).png()
    draw = cost(lambda: qr.draw(text), 60)
    row("QR matrix (zxing-cpp)", draw)
    row("QR matrix and SVG", cost(lambda: qr.draw(text).svg(), 60))
    row("QR read from PNG", cost(lambda: qr.read(picture), 30))
    try:
        import segno
    except ImportError:
        print("segno is not installed: no comparison")
    else:
        plain = cost(lambda: segno.make(text, error="m", micro=False, boost_error=False), 7)
        row("QR matrix (segno)", plain)
        print(f"{'':38}zxing-cpp {plain / draw:.0f} times faster")
    pdf.typeset([sheet()], at=NOW)
    for _ in range(10):
        pdf.typeset([sheet()], at=NOW)
    singles = [sheet() for _ in range(60)]
    row("PDF single, set", cost(lambda: pdf.typeset([singles.pop()], at=NOW), 30))
    row("PDF single, set and read back", cost(lambda: pdf.render([singles.pop()], at=NOW), 30))
    batches = [[sheet() for _ in range(100)] for _ in range(9)]
    row("PDF 100 in one compile, set", cost(lambda: pdf.typeset(batches.pop(), at=NOW), 3), 100)
    row("PDF 100, set and read back", cost(lambda: pdf.render(batches.pop(), at=NOW), 3), 100)
    row("PDF 100, set, read back, split", cost(lambda: pdf.render_each(batches.pop(), at=NOW), 3), 100)
    one = pdf.typeset([replace(sheet(), photo=None)], at=NOW)
    print(f"one PDF {len(one):,} bytes")


if __name__ == "__main__":
    main()
