"""Gift cards given away above what one person may give: somebody asks, somebody else decides (RULES 44)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from ledger.models.adjustments import RequestState
from ledger.models.gift_cards import GiftCard, GiftCardWhy


class GiftCardRequest(models.Model):
    """A card that waits for a second person, as an ``AdjustmentRequest`` of points does.

    ``value_minor`` is in the merchant's currency. A sole owner decides not before ``ripe_at`` and with a
    second factor, whose moment is ``second_factor_at``. ``card`` is what a yes made.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="gift_card_requests", verbose_name=_("member")
    )
    value_minor = models.BigIntegerField(_("face value"))
    why = models.CharField(_("reason"), max_length=8, choices=GiftCardWhy)
    expires_on = models.DateField(_("last day"), null=True)
    order_ref = models.CharField(_("order number"), max_length=64, blank=True)
    source = models.CharField(_("source"), max_length=20)
    key = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=RequestState, default=RequestState.WAITING)
    asked_by = models.CharField(_("asked by"), max_length=60)
    asked_at = models.DateTimeField(_("asked"))
    ripe_at = models.DateTimeField(_("may be decided alone from"))
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    second_factor_at = models.DateTimeField(_("second factor"), null=True)
    card = models.OneToOneField(
        GiftCard, models.PROTECT, null=True, related_name="request", verbose_name=_("gift card")
    )

    class Meta:
        verbose_name = _("gift card that waits")
        verbose_name_plural = _("gift cards that wait")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source", "key"], name="one_gift_request_per_key"),
            models.CheckConstraint(condition=Q(value_minor__gt=0), name="gift_request_positive"),
            models.CheckConstraint(
                condition=~Q(state="posted")
                | ~Q(decided_by=F("asked_by"))
                | Q(second_factor_at__isnull=False, decided_at__gte=F("ripe_at")),
                name="gift_request_by_two_or_proved",
            ),
            models.CheckConstraint(
                condition=Q(state="posted", card__isnull=False) | (~Q(state="posted") & Q(card__isnull=True)),
                name="gift_request_posted_has_card",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "-asked_at"], condition=Q(state="waiting"), name="gift_request_waiting"
            ),
            models.Index(fields=["merchant", "-asked_at", "-id"], name="gift_request_of_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.value_minor} ({self.get_state_display()})"
