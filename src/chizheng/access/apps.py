from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _keep_edition(*, plan: Any = None, **_: Any) -> None:
    """New tables mean a new release: what its law says of gates is known from now on."""
    from chizheng.access.usecases.gates import record_edition
    from chizheng.platform.clock import now

    record_edition(now=now())


class AccessConfig(AppConfig):
    name = "chizheng.access"
    label = "access"
    verbose_name = "就业准入"

    def ready(self) -> None:
        from chizheng.access import listeners  # noqa: F401 - registers itself

        post_migrate.connect(_keep_edition, sender=self)
