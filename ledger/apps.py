"""Django's registration of this floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """The ledger floor."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        """Import the guards, which registers their system check; tell programmes who counts their stock."""
        from ledger import guards  # noqa: F401
        from ledger.catalogue import pieces_given
        from programs import validating_rewards

        validating_rewards.install(pieces_given)
