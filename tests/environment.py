"""Tests run on a real PostgreSQL: `DATABASE_URL` where given, else the embedded one in `.state/tests`.

Loaded by `-p tests.environment` (pyproject.toml), before Django's settings are.
"""

from __future__ import annotations

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("CHIZHENG_HOME", str(_ROOT / ".state" / "tests"))
# Durability is what the crash tests are about, and they start servers of their own.
os.environ.setdefault("CHIZHENG_PG_OPTIONS", "-c fsync=off -c synchronous_commit=off -c full_page_writes=off")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chizheng.platform.settings")
for _name in ("CHIZHENG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):  # messages are expected in Chinese
    os.environ.pop(_name, None)
os.environ["LC_ALL"] = "C.UTF-8"
# The browser journeys drive Playwright, whose event loop lives in the test's own thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure() -> None:
    """Transactional tests empty the tables behind them, the append-only ones too: the flush, and nothing but
    it, opens them for its own transaction. That takes the owner of the tables, as in production it would."""
    from django.conf import settings
    from django.db.backends.postgresql.operations import DatabaseOperations

    from chizheng.platform.append_only import NEVER_EMPTIED

    # The site's own hasher is slow on purpose; hundreds of invented accounts need not wait for it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    plain = DatabaseOperations.sql_flush

    def opened(self: DatabaseOperations, *args: object, **options: object) -> list[str]:
        statements = plain(self, *args, **options)
        with self.connection.cursor() as cursor:
            cursor.execute(
                "select tgrelid::regclass, tgname from pg_trigger where right(tgname, length(%s)) = %s",
                [NEVER_EMPTIED, NEVER_EMPTIED],
            )
            closed = cursor.fetchall()
        switches = {
            how: [f"alter table {table} {how} trigger {name}" for table, name in closed]
            for how in ("disable", "enable")
        }
        return [*switches["disable"], *statements, *switches["enable"]] if statements else []

    DatabaseOperations.sql_flush = opened  # type: ignore[method-assign]
