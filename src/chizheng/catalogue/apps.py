from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "chizheng.catalogue"
    label = "catalogue"
    verbose_name = "职业目录"
