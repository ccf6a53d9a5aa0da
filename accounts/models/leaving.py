"""Who is no longer entered by their phone, and who was forgotten: rows that outlive the person's own."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.members import Member
from accounts.models.merchants import Merchant


class Detachment(models.Model):
    """A member's number has a new owner (RULES 41): the record keeps everything and is entered by nobody.

    It ends when staff give the member a new phone. ``reason`` is what staff wrote, if they did.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="detachments", verbose_name=_("member"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=20)
    actor = models.CharField(_("actor"), max_length=60)
    at = models.DateTimeField(_("at"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.CharField(_("ended by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("detachment")
        verbose_name_plural = _("detachments")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(ended_at__isnull=True), name="one_open_detachment_per_member"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.at:%Y-%m-%d}"


class Erasure(models.Model):
    """A member was erased (RULES 46): surrogate ids, the moment and who asked; nothing about the person."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.OneToOneField(Member, models.PROTECT, related_name="erasure", verbose_name=_("member"))
    actor = models.CharField(_("actor"), max_length=60)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return f"{self.member_id} {self.at:%Y-%m-%d}"


class ErasedContact(models.Model):
    """The keyed hash of an erased phone, address or outer id: an import must not bring the person back."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=11)
    contact_hash = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["merchant", "contact_hash"], name="erased_contact")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
