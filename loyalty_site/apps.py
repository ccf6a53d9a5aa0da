"""The top floor as a Django app, so that its commands, checks and templates are found."""

from django.apps import AppConfig


class LoyaltySiteConfig(AppConfig):
    """Registers the system checks and the wiring of news once Django is ready."""

    name = "loyalty_site"

    def ready(self) -> None:
        """Import the checks, which registers them; tell the outbox who hears what."""
        from accounts import outbox
        from loyalty_site import checks, wiring  # noqa: F401

        outbox.install(wiring.WIRING, wiring.SIEVES)
