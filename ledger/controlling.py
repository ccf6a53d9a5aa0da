"""The merchant's own settings of its books: limits of hand-made points, and the accounts of its journal."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.access import Actor
from accounts.errors import Forbidden
from accounts.two_people import ALONE_WAITS
from ledger.models import BookSettings


@transaction.atomic
def change_settings(
    *,
    actor: Actor,
    now: datetime,
    second_person_over: int,
    make_good_daily: int,
    accounts: Mapping[str, Mapping[str, str]],
) -> BookSettings:
    """Save the settings. A stricter limit holds at once, a looser one after a day. Raises ``Forbidden``."""
    if not actor.may("change", "controls"):
        raise Forbidden
    BookSettings.objects.get_or_create(merchant=actor.merchant)
    chosen = BookSettings.objects.select_for_update(no_key=True).get(merchant=actor.merchant)
    _set_limit(chosen, second_person_over, now)
    chosen.make_good_daily = make_good_daily
    chosen.accounts = {role: dict(account) for role, account in accounts.items()}
    chosen.changed_by, chosen.changed_at = actor.label, now
    chosen.save()
    return chosen


def _set_limit(chosen: BookSettings, wanted: int, now: datetime) -> None:
    in_force = chosen.limit_at(now)
    coming = chosen.looser_limit if chosen.looser_limit is not None else in_force
    chosen.second_person_over = min(wanted, in_force)
    if wanted <= in_force:
        chosen.looser_limit = chosen.looser_from = None
    elif wanted != coming or chosen.looser_from is None or chosen.looser_from <= now:
        chosen.looser_limit, chosen.looser_from = wanted, now + ALONE_WAITS
