from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "chizheng.inspection"
    label = "inspection"
    verbose_name = "监察"
