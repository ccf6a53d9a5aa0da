"""What a rule, a card or a challenge may ask before it applies, as plain values. Pure."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import Final


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a rule applies. An empty set or ``None`` asks nothing; all that is asked must hold.

    ``from_time`` is included and ``to_time`` is not; 22:00–02:00 wraps midnight. Dates are
    included on both ends. ``categories`` are asked of the line, everything else of the order;
    ``min_amount_minor`` of the base the order earns on. ``birthday`` asks that the order falls
    within ± ``birthday_window_days`` of a birthday whose bonus is still unused.

    ``products`` (SKUs) are asked of the line like its category. ``occasions`` and ``segments`` name what the
    day and the member may be in, one of them is enough. ``nth_purchase`` asks that the order is the member's
    nth, or with ``nth_repeats`` every nth.
    """

    days_of_week: frozenset[int] = frozenset()
    from_time: time | None = None
    to_time: time | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    branches: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    min_amount_minor: int = 0
    birthday: bool = False
    birthday_window_days: int = 7
    products: frozenset[str] = frozenset()
    occasions: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    nth_purchase: int = 0
    nth_repeats: bool = True

    asks_order: bool = field(init=False, repr=False, compare=False)

    @property
    def asks_dated(self) -> bool:
        """Whether it hangs on what was so on the day and may read otherwise later: the award keeps it."""
        return bool(self.occasions or self.segments or self.plans or self.nth_purchase)

    def __post_init__(self) -> None:
        asked = (
            *(self.days_of_week, self.branches, self.channels, self.tiers),
            *(self.from_time, self.to_time, self.starts_on, self.ends_on),
            *(self.min_amount_minor, self.birthday),
            *(self.occasions, self.segments, self.plans, self.nth_purchase),
        )
        object.__setattr__(self, "asks_order", any(asked))


ALWAYS: Final = Conditions()
"""What asks nothing."""
