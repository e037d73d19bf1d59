from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "chizheng.portal"
    label = "portal"
    verbose_name = "门户"
