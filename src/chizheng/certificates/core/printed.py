"""Does the text around a QR code belong to the certificate inside it?

A genuine code cut from one certificate and pasted on another still verifies; what gives it away is the
print beside it. Only text that presents itself as a certificate of ours is judged: a code may well stand
in somebody's application letter.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from chizheng.certificates.core import names, numbers

_LABEL: Final = "证书编号"
_SPACE: Final = re.compile(r"\s+")


def prints_another(text: str, number: str, name: str) -> bool:
    """Is `text` the face of a certificate, and of another than this number and name?"""
    plain = _SPACE.sub("", unicodedata.normalize("NFKC", text))
    if _LABEL not in plain:
        return False
    return numbers.clean(number) not in plain.upper() or names.folded(name) not in names.folded_text(plain)
