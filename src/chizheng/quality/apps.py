from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "chizheng.quality"
    label = "quality"
    verbose_name = "质量"

    def ready(self) -> None:
        from chizheng.quality import listeners  # noqa: F401 - registers itself
