from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "chizheng.assessment"
    label = "assessment"
    verbose_name = "鉴定"
