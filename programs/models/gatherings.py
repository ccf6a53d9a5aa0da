"""Events that a merchant invites members to: with places, a price in points, and a day."""

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Merchant

TIMES: Final = ("starts_at", "ends_at", "closes_at", "opens_at", "early_at")


class EventState(models.TextChoices):
    """Where an event stands."""

    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CANCELLED = "cancelled", _("Cancelled")


class MemberEvent(models.Model):
    """An evening, a course, a tasting: ``places`` people, from ``starts_at`` to ``ends_at``.

    Empty limits let everybody in. Before ``opens_at`` only ``early_tiers`` may sign up, from ``early_at`` on.
    Whoever finds it full waits, and moves up in the order of asking.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="events", verbose_name=_("merchant"))
    code = models.SlugField(_("code"), max_length=40)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    description_ar = models.CharField(_("description in Arabic"), max_length=600, blank=True)
    description_en = models.CharField(_("description in English"), max_length=600, blank=True)
    place_ar = models.CharField(_("place in Arabic"), max_length=160)
    place_en = models.CharField(_("place in English"), max_length=160)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    places = models.PositiveIntegerField(
        _("places"), validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    points = models.PositiveIntegerField(_("price in points"), default=0)
    tiers = models.JSONField(_("only for tiers"), default=list, blank=True)
    segments = models.JSONField(_("only for segments"), default=list, blank=True)
    plans = models.JSONField(_("only for membership plans"), default=list, blank=True)
    opens_at = models.DateTimeField(_("sign-up opens"), null=True, blank=True)
    early_at = models.DateTimeField(_("early access opens"), null=True, blank=True)
    early_tiers = models.JSONField(_("early access for tiers"), default=list, blank=True)
    closes_at = models.DateTimeField(
        _("sign-up closes"), null=True, blank=True, help_text=_("When it begins, if nothing is said.")
    )
    state = models.CharField(_("state"), max_length=9, choices=EventState, default=EventState.DRAFT)

    class Meta:
        verbose_name = _("member event")
        verbose_name_plural = _("member events")
        ordering = ["-starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="event_code_per_merchant"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="event_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="event_has_places"),
        ]
        indexes = [models.Index(fields=["merchant", "starts_at"], name="event_of_merchant")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return in_language(self, "description")

    @property
    def place(self) -> str:
        """Where it is, in the reader's language."""
        return in_language(self, "place")

    def clean(self) -> None:
        """Refuse times that cannot be in this order; one that is not there is another's refusal."""
        times: dict[str, datetime | None] = {name: getattr(self, name) for name in TIMES}
        starts, ends, closes, opens, early = times.values()
        if starts and ends and ends <= starts:
            raise ValidationError({"ends_at": _("It ends before it begins.")})
        if closes and ends and closes > ends:
            raise ValidationError({"closes_at": _("Sign-up closes before the event is over.")})
        if opens and closes and opens >= closes:
            raise ValidationError({"opens_at": _("Sign-up opens before it closes.")})
        if self.early_tiers and not (early and opens and early < opens):
            raise ValidationError({"early_at": _("Say from when, before everybody else.")})
