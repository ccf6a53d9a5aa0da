"""Points given or taken by hand: what needs a second person, and the merchant's own settings for it."""

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from accounts.money import exponent_of

DEFAULT_LIMIT: Final = 1_000
DEFAULT_MAKE_GOOD: Final = 200
DEFAULT_PAYOUT: Final = 1_000
"""In whole units of the currency."""


class BookSettings(models.Model):
    """How a merchant keeps the books: limits in points, and the accounts its journal names.

    A stricter ``second_person_over`` holds at once; a looser one only from ``looser_from`` on, so that
    nobody lifts the limit, credits a card and puts the limit back; the same holds of ``payout_over_minor``
    (None: ``DEFAULT_PAYOUT``), above which a payout to a cause asks for two. ``accounts`` maps a journal
    account (``ledger.liability.journals.ACCOUNTS``) to ``{"code", "name_ar", "name_en"}``; what is missing
    has its default.
    """

    merchant = models.OneToOneField(
        Merchant, models.CASCADE, related_name="book_settings", verbose_name=_("merchant")
    )
    second_person_over = models.PositiveIntegerField(
        _("points from which a second person is asked"), default=DEFAULT_LIMIT
    )
    looser_limit = models.PositiveIntegerField(null=True, editable=False)
    looser_from = models.DateTimeField(null=True, editable=False)
    payout_over_minor = models.PositiveBigIntegerField(
        _("payout from which a second person is asked"), null=True
    )
    looser_payout_minor = models.PositiveBigIntegerField(null=True, editable=False)
    looser_payout_from = models.DateTimeField(null=True, editable=False)
    make_good_daily = models.PositiveIntegerField(
        _("points a cashier may give per day as an apology"), default=DEFAULT_MAKE_GOOD
    )
    accounts = models.JSONField(_("accounts of the journal"), default=dict, blank=True)
    changed_by = models.CharField(_("changed by"), max_length=60, blank=True)
    changed_at = models.DateTimeField(_("changed"), null=True)

    class Meta:
        verbose_name = _("settings of the books")
        verbose_name_plural = _("settings of the books")

    def __str__(self) -> str:
        return str(self.merchant_id)

    def limit_at(self, now: datetime) -> int:
        """The most points one person may move by hand at ``now``."""
        if self.looser_limit is not None and self.looser_from is not None and now >= self.looser_from:
            return self.looser_limit
        return self.second_person_over

    def payout_limit_at(self, now: datetime) -> int:
        """The most one person may pay out to a cause at ``now``, in minor units."""
        looser, since = self.looser_payout_minor, self.looser_payout_from
        if looser is not None and since is not None and now >= since:
            return looser
        if self.payout_over_minor is not None:
            return self.payout_over_minor
        return int(DEFAULT_PAYOUT * 10 ** exponent_of(self.merchant.currency))


class RequestState(models.TextChoices):
    """What became of an adjustment that needs a second person."""

    WAITING = "waiting", _("Waiting")
    POSTED = "posted", _("Posted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class AdjustmentRequest(models.Model):
    """An adjustment above the limit: somebody asks, somebody else decides (RULES 44).

    Where there is only one person who could decide, that person decides alone: not before ``ripe_at``, and
    with their second factor, whose moment is ``second_factor_at``. ``movement`` is what a yes posted.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="adjustment_requests", verbose_name=_("member")
    )
    points = models.BigIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=300)
    expires = models.BooleanField(_("the points expire"), default=True)
    source = models.CharField(_("source"), max_length=20)
    key = models.CharField(max_length=80)
    state = models.CharField(_("state"), max_length=9, choices=RequestState, default=RequestState.WAITING)
    asked_by = models.CharField(_("asked by"), max_length=60)
    asked_at = models.DateTimeField(_("asked"))
    ripe_at = models.DateTimeField(_("may be decided alone from"))
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    second_factor_at = models.DateTimeField(_("second factor"), null=True)
    movement = models.OneToOneField(
        "ledger.Movement", models.PROTECT, null=True, related_name="request", verbose_name=_("movement")
    )

    class Meta:
        verbose_name = _("adjustment that waits")
        verbose_name_plural = _("adjustments that wait")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source", "key"], name="one_adjustment_per_key"),
            models.CheckConstraint(condition=~Q(points=0), name="adjustment_not_zero"),
            models.CheckConstraint(
                condition=~Q(state="posted")
                | ~Q(decided_by=F("asked_by"))
                | Q(second_factor_at__isnull=False, decided_at__gte=F("ripe_at")),
                name="adjustment_by_two_or_proved",
            ),
            models.CheckConstraint(
                condition=Q(state="posted", movement__isnull=False)
                | (~Q(state="posted") & Q(movement__isnull=True)),
                name="adjustment_posted_has_movement",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "-asked_at"], condition=Q(state="waiting"), name="adjustment_waiting"
            ),
            models.Index(fields=["merchant", "-asked_at", "-id"], name="adjustment_of_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d} ({self.get_state_display()})"
