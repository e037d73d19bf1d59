from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "chizheng.certificates"
    label = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        from chizheng.certificates import listeners  # noqa: F401 - registers itself
