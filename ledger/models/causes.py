"""The causes' sub-ledger (RULES 40): what was promised, what is owed to each cause, what was paid out."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Member, Merchant
from ledger.models.adjustments import RequestState
from ledger.models.purchases import Purchase
from ledger.models.redemptions import Redemption
from programs.models import Cause


class CauseChoice(models.Model):
    """From ``chosen_at`` on, the shop's share of the member's purchases is for this cause, or for none.

    Append-only: the newest row counts.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, related_name="cause_choices")
    cause = models.ForeignKey(Cause, models.PROTECT, null=True, related_name="+")
    chosen_at = models.DateTimeField()
    actor = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["member", "-chosen_at", "-id"], name="cause_choice_of_member")]

    def __str__(self) -> str:
        return f"{self.member_id} → {self.cause_id}"


class CauseShare(models.Model):
    """The share of one purchase that was promised to a cause. Written with the purchase, never changed.

    ``base_minor`` is what the order earned on, ``share_bp`` the share in hundredths of a percent,
    ``amount_minor`` what it comes to if all is kept. When ``due_on`` is over it is entered for what was
    kept (``entered_at``); what is entered is irrevocable.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, related_name="cause_shares")
    cause = models.ForeignKey(Cause, models.PROTECT, related_name="+")
    purchase = models.OneToOneField(Purchase, models.PROTECT, related_name="cause_share")
    version = models.ForeignKey("programs.ProgrammeVersion", models.PROTECT, related_name="+")
    base_minor = models.BigIntegerField()
    share_bp = models.PositiveIntegerField()
    cap_minor = models.BigIntegerField(null=True)
    amount_minor = models.BigIntegerField()
    due_on = models.DateField()
    recorded_at = models.DateTimeField()
    entered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(base_minor__gt=0, amount_minor__gt=0), name="cause_share_positive"
            )
        ]
        indexes = [
            models.Index(
                fields=["merchant", "due_on"],
                condition=Q(entered_at__isnull=True),
                name="cause_share_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purchase_id} → {self.cause_id}: {self.amount_minor}"


class EntryKind(models.TextChoices):
    """Why what is owed to a cause changed."""

    POINTS = "points", _("Points given")
    SHARE = "share", _("The shop's share")
    PAYOUT = "payout", _("Paid out")


class CauseEntry(models.Model):
    """One change of what a merchant owes a cause: given (positive) or paid out (negative). Append-only.

    ``number`` is the receipt's. The cause's names and licence are those it had then.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    cause = models.ForeignKey(Cause, models.PROTECT, related_name="entries", verbose_name=_("cause"))
    kind = models.CharField(_("kind"), max_length=6, choices=EntryKind)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    number = models.CharField(_("receipt number"), max_length=12)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    licence = models.CharField(_("licence number"), max_length=40)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="cause_entries", verbose_name=_("member")
    )
    points = models.BigIntegerField(_("points"), default=0)
    redemption = models.OneToOneField(Redemption, models.PROTECT, null=True, related_name="cause_entry")
    share = models.OneToOneField(CauseShare, models.PROTECT, null=True, related_name="entry")
    base_minor = models.BigIntegerField(_("what was kept of the purchase"), default=0)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    actor = models.CharField(_("actor"), max_length=60)

    class Meta:
        verbose_name = _("entry of a cause")
        verbose_name_plural = _("entries of causes")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="cause_receipt_number"),
            models.CheckConstraint(
                condition=Q(
                    kind="points", amount_minor__gt=0, points__gt=0, redemption__isnull=False, share=None
                )
                | Q(kind="share", amount_minor__gt=0, share__isnull=False, redemption=None)
                | Q(kind="payout", amount_minor__lt=0, member=None, share=None, redemption=None),
                name="cause_entry_is_of_its_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["cause", "-id"], name="entry_of_cause"),
            models.Index(fields=["merchant", "business_date"], name="cause_entry_by_day"),
            models.Index(fields=["member", "-id"], name="cause_entry_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.amount_minor:+d}"

    @property
    def name(self) -> str:
        """The cause's name then, in the reader's language."""
        return in_language(self, "name")


class PayoutRequest(models.Model):
    """A payout that was asked for under a key; above what one person pays alone (``is_small``) it waits.

    Another owner or manager decides, or a sole one after a day with a second factor.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    cause = models.ForeignKey(Cause, models.PROTECT, related_name="+", verbose_name=_("cause"))
    amount_minor = models.BigIntegerField(_("amount"))
    reference = models.CharField(_("reference"), max_length=64)
    key = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=RequestState, default=RequestState.WAITING)
    is_small = models.BooleanField(default=False)
    asked_by = models.CharField(_("asked by"), max_length=60)
    asked_at = models.DateTimeField(_("asked"))
    ripe_at = models.DateTimeField()
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    second_factor_at = models.DateTimeField(null=True)
    entry = models.OneToOneField(CauseEntry, models.PROTECT, null=True, related_name="request")

    class Meta:
        verbose_name = _("payout to approve")
        verbose_name_plural = _("payouts to approve")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "key"], name="one_payout_request_per_key"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_request_positive"),
            models.CheckConstraint(
                condition=~Q(state="posted")
                | Q(is_small=True)
                | ~Q(decided_by=models.F("asked_by"))
                | Q(second_factor_at__isnull=False),
                name="payout_needs_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause_id}: {self.amount_minor}"
