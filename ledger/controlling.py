"""The merchant's own settings of its books: limits of what one person may do, the accounts of its journal."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from accounts.access import Actor
from accounts.errors import Forbidden
from accounts.two_people import ALONE_WAITS
from ledger.models import BookSettings


class _Names(NamedTuple):
    """The fields of one limit: in force, coming, and from when on."""

    limit: str
    coming: str
    since: str


@transaction.atomic
def change_settings(
    *,
    actor: Actor,
    now: datetime,
    second_person_over: int,
    make_good_daily: int,
    accounts: Mapping[str, Mapping[str, str]],
    payout_over_minor: int | None = None,
) -> BookSettings:
    """Save the settings. A stricter limit holds at once, a looser one after a day. Raises ``Forbidden``."""
    if not actor.may("change", "controls"):
        raise Forbidden
    BookSettings.objects.get_or_create(merchant=actor.merchant)
    chosen = BookSettings.objects.select_for_update(no_key=True).get(merchant=actor.merchant)
    _set_limit(chosen, second_person_over, now)
    if payout_over_minor is not None:
        _set_payout(chosen, payout_over_minor, now)
    chosen.make_good_daily = make_good_daily
    chosen.accounts = {role: dict(account) for role, account in accounts.items()}
    chosen.changed_by, chosen.changed_at = actor.label, now
    chosen.save()
    return chosen


def _set_limit(chosen: BookSettings, wanted: int, now: datetime) -> None:
    names = _Names("second_person_over", "looser_limit", "looser_from")
    _loosen_later(chosen, names, chosen.limit_at(now), wanted, now)


def _set_payout(chosen: BookSettings, wanted: int, now: datetime) -> None:
    names = _Names("payout_over_minor", "looser_payout_minor", "looser_payout_from")
    _loosen_later(chosen, names, chosen.payout_limit_at(now), wanted, now)


def _loosen_later(chosen: BookSettings, names: _Names, in_force: int, wanted: int, now: datetime) -> None:
    """A stricter limit holds from now on, a looser one in a day; one that comes already keeps its hour."""
    coming, since = getattr(chosen, names.coming), getattr(chosen, names.since)
    known = coming if coming is not None else in_force
    setattr(chosen, names.limit, min(wanted, in_force))
    if wanted <= in_force:
        coming = since = None
    elif wanted != known or since is None or since <= now:
        coming, since = wanted, now + ALONE_WAITS
    setattr(chosen, names.coming, coming)
    setattr(chosen, names.since, since)
