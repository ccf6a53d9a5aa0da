"""Friends that members brought (RULES 38): who, by which promise, and what became of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Member, Merchant


class ReferralState(models.TextChoices):
    """How far a friend has come."""

    WAITING = "waiting", _("No order yet")
    QUALIFIED = "qualified", _("Ordered; the days for a return run")
    REWARDED = "rewarded", _("Rewarded")
    HELD = "held", _("Held for review")
    REFUSED = "refused", _("Refused")
    CLAWED_BACK = "clawed_back", pgettext_lazy("referral", "Taken back")


class ReferralWhy(models.TextChoices):
    """Why a friend was held or refused, or why a reward was taken back."""

    NONE = "", ""
    SELF = "self", _("The friend is the same person")
    EXISTING = "existing", _("The friend was a member already")
    LEFT = "left", _("One of the two has left")
    BEYOND_CAP = "beyond_cap", _("More friends than usual in 30 days")
    RETURNED = "returned", _("The order was sent back")
    BY_HAND = "by_hand", _("Decided by the shop")


class Referral(models.Model):
    """One friend, brought by one member; ``version`` holds what was promised when the friend joined.

    ``due_on`` is the first day on which both may be rewarded. ``bringer_at`` and ``friend_at`` are when each
    side was, ``…_back_at`` when it was taken back again. ``decided_by`` is the member of staff who let it
    pass or refused it.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    bringer = models.ForeignKey(Member, models.PROTECT, related_name="brought", verbose_name=_("brought by"))
    friend = models.OneToOneField(Member, models.PROTECT, related_name="referral", verbose_name=_("friend"))
    version = models.ForeignKey(
        "programs.ProgrammeVersion", models.PROTECT, related_name="+", verbose_name=_("terms")
    )
    state = models.CharField(_("state"), max_length=11, choices=ReferralState, default=ReferralState.WAITING)
    why = models.CharField(_("why"), max_length=12, choices=ReferralWhy, blank=True, default="")
    joined_at = models.DateTimeField(_("joined"))
    purchase = models.ForeignKey(
        "ledger.Purchase", models.PROTECT, null=True, related_name="referrals", verbose_name=_("order")
    )
    due_on = models.DateField(_("rewarded from"), null=True)
    bringer_at = models.DateTimeField(null=True)
    friend_at = models.DateTimeField(null=True)
    bringer_movement = models.ForeignKey("ledger.Movement", models.PROTECT, null=True, related_name="+")
    friend_movement = models.ForeignKey("ledger.Movement", models.PROTECT, null=True, related_name="+")
    bringer_voucher = models.ForeignKey("ledger.Redemption", models.PROTECT, null=True, related_name="+")
    friend_voucher = models.ForeignKey("ledger.Redemption", models.PROTECT, null=True, related_name="+")
    bringer_back_at = models.DateTimeField(null=True)
    friend_back_at = models.DateTimeField(null=True)
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True)
    note = models.CharField(_("reason"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = pgettext_lazy("person", "referral")
        verbose_name_plural = pgettext_lazy("person", "referrals")
        constraints = [
            models.CheckConstraint(condition=~Q(bringer=models.F("friend")), name="nobody_brings_themselves")
        ]
        indexes = [
            models.Index(fields=["bringer", "-joined_at"], name="referral_of_bringer"),
            models.Index(fields=["merchant", "due_on"], condition=Q(state="qualified"), name="referral_due"),
            models.Index(
                fields=["merchant", "friend"], condition=Q(state="waiting"), name="referral_waiting"
            ),
            models.Index(fields=["merchant", "state", "-joined_at"], name="referral_of_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.bringer_id} → {self.friend_id}"
