"""What a member brought along from another system, as it was said there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from ledger.models.movements import Movement


class Opening(models.Model):
    """One row of an opening balance: its points (by the movement), stamps and tier. Append-only.

    Stamps wait here under the name of their card until the merchant has punch cards of its own.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="openings", verbose_name=_("member"))
    movement = models.ForeignKey(
        Movement, models.PROTECT, null=True, related_name="+", verbose_name=_("movement")
    )
    card = models.CharField(_("punch card"), max_length=60, blank=True)
    stamps = models.PositiveIntegerField(_("stamps"), default=0)
    tier_code = models.CharField(_("tier"), max_length=40, blank=True)
    occurred_at = models.DateTimeField(_("time"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("opening balance")
        verbose_name_plural = _("opening balances")
        indexes = [models.Index(fields=["member"], name="opening_of_member")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.card} {self.stamps}"
