"""What a stranger's PDF carries: the texts of its codes and what is printed, found in a confined process.

{"texts": ["HC1:…"], "printed": "…"}   or   {"fault": "no_qr_found"}
"""

from __future__ import annotations

import json
import sys

from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import BadInput
from chizheng.platform.io.confined import Overrun, confined, limit

SECONDS = 20
MEGABYTES = 1024
MAX_PRINTED = 200_000


def is_pdf(data: bytes) -> bool:
    """Does it call itself a PDF, in the way readers accept?"""
    return data[:1024].lstrip().startswith(b"%PDF")


def read_pdf(data: bytes, name: str = "") -> tuple[list[str], str]:
    """Texts of the codes, ours first, and the printed text; BadInput as `qr.read` raises it, also where a
    reader would need more than `SECONDS` of a processor or `MEGABYTES`."""
    try:
        found = confined(__name__, data, seconds=SECONDS, megabytes=MEGABYTES)
    except Overrun:
        raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name=name) from None
    if "fault" in found:
        raise BadInput(found["fault"], FAULTS[found["fault"]], name=name)
    return [str(text) for text in found["texts"]], str(found["printed"])


def _main() -> None:
    limit()
    from chizheng.certificates.io import qr

    data = sys.stdin.buffer.read()
    try:
        found = {"texts": qr.read(data), "printed": qr.printed_text(data)[:MAX_PRINTED]}
    except BadInput as fault:
        found = {"fault": fault.code}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main()
