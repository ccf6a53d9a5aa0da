"""Django's registration of this floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgramsConfig(AppConfig):
    """The programs floor."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "programs"
    verbose_name = _("Programmes")
