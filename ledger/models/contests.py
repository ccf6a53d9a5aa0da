"""Contests: who joined, when the places were decided, and which they are.

What members collect are ``GoalEntry`` rows like those of a challenge. The places are worked out from them
once, when they can no longer change; the prizes are achievements like others.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant


class Contender(models.Model):
    """That a member joined the contest of a code and first day; ``left_at``: and left it again."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    code = models.CharField(_("code"), max_length=40)
    starts_on = models.DateField(_("first day"))
    joined_at = models.DateTimeField(_("joined"))
    left_at = models.DateTimeField(_("left the contest"), null=True)

    class Meta:
        verbose_name = _("contender")
        verbose_name_plural = _("contenders")
        constraints = [
            models.UniqueConstraint(fields=["member", "code", "starts_on"], name="joins_a_contest_once")
        ]
        indexes = [models.Index(fields=["merchant", "code", "starts_on"], name="contender_of_contest")]

    def __str__(self) -> str:
        return f"{self.code} {self.starts_on}"


class ContestClosing(models.Model):
    """That the places of a contest were decided, among how many; ``done_at``: every prize was given.

    ``version_id`` is the version in force on its last day, by whose terms it was decided.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    code = models.CharField(_("code"), max_length=40)
    starts_on = models.DateField(_("first day"))
    version = models.ForeignKey(
        "programs.ProgrammeVersion", models.PROTECT, related_name="+", verbose_name=_("version")
    )
    contenders = models.PositiveIntegerField(_("members who took part"), default=0)
    closed_at = models.DateTimeField(_("decided"))
    done_at = models.DateTimeField(_("prizes given"), null=True)

    class Meta:
        verbose_name = _("decided contest")
        verbose_name_plural = _("decided contests")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code", "starts_on"], name="contest_decided_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.starts_on}"


class ContestStanding(models.Model):
    """The place a member has for good, with what they had collected, and when they got there. Append-only."""

    closing = models.ForeignKey(ContestClosing, models.PROTECT, related_name="standings")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    place = models.PositiveIntegerField(_("final place"))
    count = models.BigIntegerField(_("collected"))
    reached_at = models.DateTimeField(_("got there"))

    class Meta:
        verbose_name = _("place in a contest")
        verbose_name_plural = _("places in contests")
        constraints = [
            models.UniqueConstraint(fields=["closing", "place"], name="one_member_per_contest_place"),
            models.UniqueConstraint(fields=["closing", "member"], name="one_contest_place_per_member"),
        ]
        indexes = [models.Index(fields=["member"], name="contest_place_of_member")]

    def __str__(self) -> str:
        return f"{self.place}"
