"""What a version lets a merchant choose: how bonuses meet, when points die, wait and are taken back."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stacking(models.TextChoices):
    """How bonuses that meet on one line combine (RULES 7)."""

    BEST_OF = "best_of", _("The best one counts")
    ADD = "add", _("They add up")
    MULTIPLY = "multiply", _("They multiply")


class Rounding(models.TextChoices):
    """To which period's end the last day of a point is moved (RULES 22)."""

    NONE = "none", _("Exact day")
    MONTH = "month", _("End of the month")
    QUARTER = "quarter", _("End of the quarter")
    HALF = "half", _("End of the half-year")
    YEAR = "year", _("End of the year")


class NegativePolicy(models.TextChoices):
    """What a refund does when the points are already gone (RULES 30)."""

    ALLOW_NEGATIVE = "allow_negative", _("The member owes points")
    CLAMP = "clamp", _("The merchant bears the shortfall")
    DEDUCT_CASH = "deduct_cash", _("Withhold from the refund")


class Hold(models.TextChoices):
    """What points wait for before they can be spent (RULES 11)."""

    NONE = "none", _("Nothing: at once")
    DAYS = "days", _("A number of days")
    EVENT = "event", _("An event, such as delivery")


class TierBasis(models.TextChoices):
    """What tiers count (RULES 33)."""

    SPEND = "spend", _("Net spend")
    POINTS = "points", _("Points earned with purchases")
    VISITS = "visits", _("Visits")


class TierWindow(models.TextChoices):
    """Over which purchases a tier is earned (RULES 33)."""

    TRAILING = "trailing_12", _("The last 12 months")
    CALENDAR = "calendar_year", _("The calendar year")


class TierRenewal(models.TextChoices):
    """What happens when a tier's year ends unearned (RULES 33)."""

    ONE_DOWN = "one_down", _("One tier down")
    RECOMPUTE = "recompute", _("The tier of the spend")
