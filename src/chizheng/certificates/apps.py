from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "chizheng.certificates"
    label = "certificates"
    verbose_name = "证书"
