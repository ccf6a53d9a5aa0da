"""The days of occasions, as a merchant set them: dated values, only ever added."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Merchant
from programs import occasions


class OccasionDays(models.Model):
    """From ``set_at`` on, the occasion ``code`` of ``year`` falls on these days.

    What nobody set falls as the calendar says (``programs.occasions``). ``year`` is the Hijri year for Hijri
    occasions. The names are those of an occasion of the merchant's own.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+", verbose_name=_("merchant"))
    code = models.SlugField(_("occasion"), max_length=40)
    year = models.PositiveSmallIntegerField(_("year"))
    name_ar = models.CharField(_("name in Arabic"), max_length=120, blank=True)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    set_at = models.DateTimeField(_("set"), editable=False)
    set_by = models.CharField(_("set by"), max_length=60, editable=False)

    class Meta:
        verbose_name = _("days of an occasion")
        verbose_name_plural = _("days of occasions")
        ordering = ["-set_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="occasion_ends_after_it_begins"
            )
        ]
        indexes = [models.Index(fields=["merchant", "code"], name="occasion_days_of_merchant")]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add a row; what was set stays, and is followed by what is set next."""
        if not self._state.adding:
            raise ValidationError(_("Days that were set stay in the record; set them anew."))
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """The occasion's name in the reader's language."""
        known = occasions.KNOWN.get(self.code)
        return in_language(self, "name") or (in_language(known, "name") if known else self.code)

    @property
    def as_set(self) -> occasions.Set:
        """The same as a plain value."""
        days = occasions.Days(self.code, self.year, self.first_day, self.last_day)
        return occasions.Set(days, self.set_at)
