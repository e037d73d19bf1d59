from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "chizheng.access"
    label = "access"
    verbose_name = "就业准入"

    def ready(self) -> None:
        from chizheng.access import listeners  # noqa: F401 - registers itself
