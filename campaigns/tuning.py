"""The knobs of a recipe: typed, with defaults, read from its JSON. Pure.

Hours are wall-clock hours in the merchant's zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Tuning:
    """``hour``: from when in the day it is planned. ``valid_hours``: for how long its news stays news.

    ``days_before``, ``join_days`` and ``min_worth_minor`` are the expiry alert's (RULES 25);
    ``promo_from``–``promo_to`` the hours in which offers may disturb.
    """

    hour: int = 10
    valid_hours: int = 24
    days_before: int = 10
    join_days: int = 7
    min_worth_minor: int | None = None
    promo_from: int = 9
    promo_to: int = 20

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return the knobs of a recipe's JSON; names it does not know are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    @property
    def validity(self) -> timedelta:
        """For how long the news stays news."""
        return timedelta(hours=self.valid_hours)

    def promo_opening(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return ``now`` when offers may disturb, else the next instant at which they may."""
        local = now.astimezone(zone)
        if self.promo_from <= local.hour < self.promo_to:
            return now
        opening = local.replace(hour=self.promo_from, minute=0, second=0, microsecond=0)
        return (opening if local < opening else opening + timedelta(days=1)).astimezone(now.tzinfo)
