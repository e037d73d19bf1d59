"""How much may be sent to us: a file is counted as it comes in, before anything is made of it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MAX_FILE = 30_000_000
"""Bytes of one file: the largest that any form of ours reads (a scan of several pages)."""
MAX_REQUEST = 110_000_000
"""Bytes of all files of a request: the photographs of one visit."""


class Bounded(FileUploadHandler):
    """Refuses a request whose files are larger than any form asks for, whatever its header claims."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._all = self._this = 0

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        if content_length > MAX_REQUEST:
            raise RequestDataTooBig("request")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._this = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._this += len(raw_data)
        self._all += len(raw_data)
        if self._this > MAX_FILE or self._all > MAX_REQUEST:
            raise RequestDataTooBig("file")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
