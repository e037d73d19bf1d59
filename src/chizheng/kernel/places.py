"""Places: GB/T 2260 codes by prefix. '' is the whole country, '44' a province, '4401' a city, '440103' a county.

The certificate code table (省/行业代码表) is another numbering and never mixed with this one.
"""

from __future__ import annotations

COUNTRY = ""


def contains(outer: str, inner: str) -> bool:
    """Does place `outer` contain place `inner`?

    >>> contains("", "4401"), contains("44", "4401"), contains("4401", "44")
    (True, True, False)
    """
    return inner.startswith(outer)


def lineage(place: str) -> list[str]:
    """The place and everything above it, from the country down.

    >>> lineage("440103")
    ['', '44', '4401', '440103']
    """
    return [place[:n] for n in (0, 2, 4, 6) if n <= len(place)]
