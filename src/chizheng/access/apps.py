from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "chizheng.access"
    label = "access"
    verbose_name = "就业准入"
