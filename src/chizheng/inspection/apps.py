from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "chizheng.inspection"
    label = "inspection"
    verbose_name = "监察"

    def ready(self) -> None:
        from chizheng.inspection import listeners  # noqa: F401 - registers itself
