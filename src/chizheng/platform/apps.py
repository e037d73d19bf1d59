from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "chizheng.platform"
    label = "platform"
    verbose_name = "平台"
