"""The certificates in a stranger's PDF with the print of their pages, found in a confined process, which says

{"found": [["CZ1:…", "…"]]}   or   {"fault": "no_qr_found", "params": {}}
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


def read_pdf(data: bytes, name: str = "") -> list[tuple[str, str]]:
    """As `qr.certificates`; also BadInput (`unreadable_picture`) where a reader would need more than `SECONDS` of
    a processor or `MEGABYTES`."""
    try:
        said = confined(__name__, data, seconds=SECONDS, megabytes=MEGABYTES)
    except Overrun:
        raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name=name) from None
    if "fault" in said:
        raise BadInput(said["fault"], FAULTS[said["fault"]], **{**said["params"], "name": name})
    return [(str(text), str(printed)) for text, printed in said["found"]]


def _main() -> None:
    limit()
    from chizheng.certificates.io import qr

    said: dict[str, object]
    try:
        found = qr.certificates(sys.stdin.buffer.read())
        said = {"found": [(text, printed[:MAX_PRINTED]) for text, printed in found]}
    except BadInput as fault:
        said = {"fault": fault.code, "params": dict(fault.params)}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    _main()
