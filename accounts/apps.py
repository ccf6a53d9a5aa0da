"""Django's registration of this floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """The accounts floor."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "accounts"
    verbose_name = _("People")
