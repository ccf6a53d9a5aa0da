"""What a member agreed to: rows that are only ever added; the newest row of a pair is in force."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.languages import LANGUAGES
from accounts.models.members import Member


class Channel(models.TextChoices):
    """The ways a message can travel."""

    EMAIL = "email", _("E-mail")
    INBOX = "inbox", _("In-app inbox")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    PUSH = "push", _("Push")


class Purpose(models.TextChoices):
    """Why a message is sent: news of the member's own account, or an offer."""

    SERVICE = "service", _("Service")
    MARKETING = "marketing", _("Marketing")


class Consent(models.Model):
    """One answer, with the text that was shown, where, when and through whom (PDPL)."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="consents", verbose_name=_("member"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    granted = models.BooleanField(_("granted"))
    text_version = models.CharField(_("text version"), max_length=20, default="2026-1")
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="ar")
    source = models.CharField(_("source"), max_length=20)
    actor = models.CharField(_("actor"), max_length=60)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["member", "channel", "purpose", "-at"], name="consent_in_force")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.get_purpose_display()}"
