"""What a programme gives for bringing a friend: to the one who brings, and to the friend (RULES 38)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from programs.models.parts import DraftPart
from programs.models.versions import ProgrammeVersion


class ReferralOffer(DraftPart):
    """Points for both sides; one per version, none where the programme gives nothing.

    Both get theirs once ``window_days`` have passed after the friend's first paid order, if it was not sent
    back. Whoever brings more than ``most_per_month`` friends in 30 days waits for somebody to look.
    """

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="referrals", verbose_name=_("version")
    )
    bringer_points = models.PositiveIntegerField(_("points for who brings a friend"), default=0)
    friend_points = models.PositiveIntegerField(_("points for the friend"), default=0)
    bringer_reward = models.SlugField(_("reward for who brings a friend"), max_length=40, blank=True)
    friend_reward = models.SlugField(_("reward for the friend"), max_length=40, blank=True)
    window_days = models.PositiveSmallIntegerField(
        _("days in which an order may be returned"),
        default=14,
        validators=[MaxValueValidator(365)],
        help_text=_("Both are rewarded once they are over."),
    )
    least_minor = models.PositiveIntegerField(_("first order of at least"), default=0)
    most_per_month = models.PositiveSmallIntegerField(
        _("friends in 30 days before somebody looks"), default=10, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("referral offer")
        verbose_name_plural = _("referrals")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version"], name="one_referral_offer_per_version")]

    def __str__(self) -> str:
        return f"{self.bringer_points} + {self.friend_points}"
