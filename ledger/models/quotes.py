"""Signed quotes: what an order was told it would earn, kept until it is used or lapses (RULES 3)."""

from datetime import timedelta
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant

QUOTE_LIFE: Final = timedelta(minutes=15)
"""How long a shop may hold us to a quote."""


class SignedQuote(models.Model):
    """A quote that a shop may hold us to, once: the award as it was worked out, and the bonus it keeps.

    ``award`` is the whole award (``ledger.quoted``), ``body_sha256`` the order it was made for. While the
    quote is open, the once-only bonus of ``birthday_year`` is given to no other order.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    token = models.CharField(_("token"), max_length=32)
    body_sha256 = models.CharField(max_length=64)
    version = models.ForeignKey("programs.ProgrammeVersion", models.PROTECT, null=True, related_name="+")
    tier_code = models.CharField(_("tier"), max_length=40, blank=True)
    award = models.JSONField(default=dict)
    birthday_year = models.PositiveSmallIntegerField(null=True)
    quoted_on = models.DateField(_("day"))
    expires_at = models.DateTimeField(_("valid until"))
    purchase = models.OneToOneField(
        "ledger.Purchase", models.PROTECT, null=True, related_name="quote", verbose_name=_("purchase")
    )
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "token"], name="quote_token_per_merchant")]
        indexes = [
            models.Index(fields=["member", "expires_at"], condition=Q(is_open=True), name="quote_reserving")
        ]

    def __str__(self) -> str:
        return self.token
