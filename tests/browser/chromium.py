"""A real Chromium for the journeys: the distribution's, found on the PATH; without one they skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip


def found() -> str:
    """The browser's path, or skip the calling test with the reason."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    path = next((p for n in names if n and (p := shutil.which(n))), None)
    if path is None:
        pytest.skip("no Chromium on this machine (set CHROMIUM=…)")
    return path


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        one = play.chromium.launch(executable_path=found(), args=QUIET)
        try:
            yield one
        finally:
            one.close()


def sign_in(page: Page, base: str, username: str, password: str) -> None:
    """Through the login page, as people do."""
    page.goto(f"{base}/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.click("main button.btn")
    page.wait_for_url(f"{base}/desk/")
