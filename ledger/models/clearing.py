"""What a merchant owes partners who honoured its vouchers: entries, and what settled them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Merchant
from ledger.models.redemptions import Redemption
from programs.models import Partner


class ClearingKind(models.TextChoices):
    """Why what is owed to a partner changed."""

    USE = "use", _("Voucher honoured")
    SETTLED = "settled", _("Settled")


class ClearingEntry(models.Model):
    """One change of what ``merchant`` owes a partner: a use (0 or more) or a settlement (below). Append-only.

    Nothing here says who the customer was: both sides read it.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="entries", verbose_name=_("partner"))
    kind = models.CharField(_("kind"), max_length=7, choices=ClearingKind)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    redemption = models.OneToOneField(Redemption, models.PROTECT, null=True, related_name="clearing")
    reward_code = models.CharField(_("reward"), max_length=40, blank=True)
    name_ar = models.CharField(_("name in Arabic"), max_length=120, blank=True)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    actor = models.CharField(_("actor"), max_length=60)

    class Meta:
        verbose_name = _("clearing entry")
        verbose_name_plural = _("clearing entries")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="use", amount_minor__gte=0, redemption__isnull=False)
                | Q(kind="settled", amount_minor__lt=0, redemption=None),
                name="clearing_entry_is_of_its_kind",
            )
        ]
        indexes = [
            models.Index(fields=["partner", "business_date", "id"], name="clearing_of_partner"),
            models.Index(fields=["merchant", "business_date"], name="clearing_of_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.reward_code or self.reference} {self.amount_minor:+d}"

    @property
    def name(self) -> str:
        """What was honoured, in the reader's language."""
        return in_language(self, "name")
