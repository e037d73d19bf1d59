"""The QR codes in a PDF of our own typesetter, decoded from the pictures in the file without rasterising a page.

    page -> its resources -> its pictures -> the square grey ones -> zxing-cpp

It reads a file of one form only: a plain cross-reference table, one flat list of pages, grey pictures of eight bits
deflated, as typst writes them. Any other file raises Unlike; whoever asks falls back on rasterising.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

import zxingcpp

from chizheng.certificates.io.qr import LARGEST_MODULES

_START: Final = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")
_TABLE: Final = re.compile(rb"xref\n0 (\d{1,10})\n")
_ENTRY: Final = 20
_ROOT: Final = re.compile(rb"/Root (\d{1,10}) 0 R")
_PAGES: Final = re.compile(rb"/Pages (\d{1,10}) 0 R")
_KIDS: Final = re.compile(rb"/Type/Pages/Count (\d{1,10})/Kids\[([0-9 R]+)\]")
_RESOURCES: Final = re.compile(rb"/Type/Page/Resources (\d{1,10}) 0 R")
_XOBJECTS: Final = re.compile(rb"/XObject<<([^<>]*)>>")
_REFERENCE: Final = re.compile(rb"(\d{1,10}) 0 R")
_PICTURE: Final = re.compile(
    rb"<</Length (\d{1,10})/Type/XObject/Subtype/Image/Filter/FlateDecode/Width (\d{1,10})/Height (\d{1,10})"
    rb"/ColorSpace \d{1,10} 0 R/BitsPerComponent 8>>\nstream\n"
)


class Unlike(Exception):
    """A file that is not of the form that our typesetter writes."""


def page_codes(data: bytes) -> list[list[str]]:
    """For each page the texts of its QR pictures, in the order of its resources; raises Unlike."""
    file = _File(data)
    pages = file.found(_KIDS, file.number(_PAGES, file.root))
    kids = [int(n) for n in _REFERENCE.findall(pages[2])]
    if len(kids) != int(pages[1]):
        raise Unlike("pages")
    return [file.codes(kid) for kid in kids]


class _File:
    """Objects by number, through the cross-reference table."""

    def __init__(self, data: bytes) -> None:
        start = _START.search(data, max(len(data) - 64, 0))
        table = _TABLE.match(data, int(start[1])) if start else None
        if table is None:
            raise Unlike("cross-reference table")
        self._data, self._first, self._count = data, table.end(), int(table[1])
        trailer = data.find(b"trailer", self._first + _ENTRY * self._count)
        root = _ROOT.search(data, trailer) if trailer >= 0 else None
        if root is None:
            raise Unlike("trailer")
        self.root = int(root[1])

    def _at(self, number: int) -> int:
        """Where an object begins, behind its number."""
        entry = self._first + _ENTRY * number
        offset = self._data[entry : entry + 10]
        head = b"%d 0 obj\n" % number
        if number >= self._count or not offset.isdigit() or not self._data.startswith(head, int(offset)):
            raise Unlike(f"object {number}")
        return int(offset) + len(head)

    def found(self, pattern: re.Pattern[bytes], number: int) -> re.Match[bytes]:
        """What `pattern` finds in an object that is no stream."""
        at = self._at(number)
        end = self._data.find(b"endobj", at)
        match = pattern.search(self._data, at, end) if end >= 0 else None
        if match is None:
            raise Unlike(f"object {number}")
        return match

    def number(self, pattern: re.Pattern[bytes], number: int) -> int:
        return int(self.found(pattern, number)[1])

    def codes(self, page: int) -> list[str]:
        resources = self.number(_RESOURCES, page)
        found = []
        for reference in _REFERENCE.findall(self.found(_XOBJECTS, resources)[1]):
            at = self._at(int(reference))
            picture = _PICTURE.match(self._data, at)
            if picture is None:
                continue  # a photograph
            length, width, height = (int(n) for n in picture.groups())
            if width == height <= LARGEST_MODULES:
                found += _decoded(self._data[picture.end() : picture.end() + length], width)
        return found


def _decoded(packed: bytes, side: int) -> list[str]:
    unpacking = zlib.decompressobj()
    try:
        raw = unpacking.decompress(packed, side * side + 1)
    except zlib.error:
        raise Unlike("stream") from None
    if len(raw) != side * side or not unpacking.eof:
        raise Unlike("stream")
    symbols = zxingcpp.read_barcodes(
        memoryview(raw).cast("B", (side, side)),
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
        is_pure=True,  # one pixel a module, upright, nothing around it
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
    )
    return [symbol.text for symbol in symbols if symbol.text]
