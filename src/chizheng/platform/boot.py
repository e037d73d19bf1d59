"""Start Django for a command: settings, database, apps."""

from __future__ import annotations

import os


def boot() -> None:
    """Make Django ready; safe to call twice. The embedded server is started where none is given."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chizheng.platform.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
