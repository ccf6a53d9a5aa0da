"""Asking for a Rewind: what may be asked, and the rows that hold the question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts.access import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import Merchant
from analytics.errors import (
    AlreadyRunning,
    DraftNotValid,
    MonthsOutOfRange,
    NoScenario,
    NothingToReplay,
    PercentOutOfRange,
    TooManyScenarios,
)
from analytics.models import RewindRun, RewindScenario, RewindState
from ledger.models import Purchase
from programs.calendars import add_months, business_date
from programs.giving import costs_of
from programs.margin_figures import in_force
from programs.models import ProgrammeVersion
from programs.publishing import digest_of
from programs.queries import terms_of, version_at
from programs.validation import validate

MOST_MONTHS: Final = 36
MOST_SCENARIOS: Final = 3
KEPT_RUNS: Final = 20
SHOWN_PROBLEMS: Final = 3


def versions_to_try(merchant: Merchant) -> list[ProgrammeVersion]:
    """What may be tried beside today's programme: the draft and every published version, newest first."""
    versions = ProgrammeVersion.objects.select_related("programme__merchant")
    return list(versions.filter(programme__merchant=merchant).order_by("-number"))


def first_day_of(merchant: Merchant, months: int, now: datetime) -> Any:
    """The first day of the last ``months`` months, this one so far included."""
    return add_months(business_date(now, merchant.zone).replace(day=1), 1 - months)


def is_mostly_history(merchant: Merchant, months: int, now: datetime) -> bool:
    """Whether most purchases of these months earned nothing in the books, being history."""
    bought = Purchase.objects.filter(
        merchant=merchant, business_date__gte=first_day_of(merchant, months, now)
    )
    return 2 * bought.filter(version__isnull=True).count() > bought.count()


def ask(
    *,
    actor: Actor,
    version_ids: Sequence[int],
    months: int,
    use_percent: int | None,
    all_earn: bool,
    now: datetime,
) -> RewindRun:
    """Put the question on record; a worker answers it.

    Raises ``Forbidden``, ``NotFound`` for a version that is not theirs, and the refusals of
    ``analytics.errors``.
    """
    if not actor.may("change", "analytics"):
        raise Forbidden
    merchant = actor.merchant
    if not 1 <= months <= MOST_MONTHS:
        raise MonthsOutOfRange(field="months", most=MOST_MONTHS)
    if use_percent is not None and not 0 <= use_percent <= 100:
        raise PercentOutOfRange(field="use_percent")
    chosen = _chosen(merchant, version_ids, now)
    first_day = first_day_of(merchant, months, now)
    if not Purchase.objects.filter(merchant=merchant, business_date__gte=first_day).exists():
        raise NothingToReplay(field="months")
    try:
        with transaction.atomic():
            run = RewindRun.objects.create(
                merchant=merchant, months=months, first_day=first_day, as_of=now, asked_by=actor.label,
                use_percent=use_percent, all_earn=all_earn, margins=_margins(merchant, now),
            )  # fmt: skip
            RewindScenario.objects.bulk_create(_scenarios(run, chosen, now))
    except IntegrityError:
        raise AlreadyRunning from None
    _forget_old(merchant)
    return run


def _chosen(merchant: Merchant, version_ids: Sequence[int], now: datetime) -> list[ProgrammeVersion]:
    """The versions that were named, the draft checked as if it were to be published today."""
    known = {version.pk: version for version in versions_to_try(merchant)}
    if any(pk not in known for pk in version_ids):
        raise NotFound(field="versions")
    chosen = [known[pk] for pk in dict.fromkeys(version_ids)]
    if len(chosen) > MOST_SCENARIOS:
        raise TooManyScenarios(field="versions", most=MOST_SCENARIOS)
    if not chosen and version_at(merchant, now) is None:
        raise NoScenario(field="versions")
    for version in chosen:
        problems = [] if version.is_published else validate(version)
        if problems:
            said = " ".join(problem.message for problem in problems[:SHOWN_PROBLEMS])
            raise DraftNotValid(field="versions", problems=said)
    return chosen


def _scenarios(run: RewindRun, chosen: list[ProgrammeVersion], now: datetime) -> list[RewindScenario]:
    today = version_at(run.merchant, now)
    first = RewindScenario(run=run, place=0, version=today, number=today.number if today else None)
    first.terms = shown_of(today) if today else {}
    return [first] + [
        RewindScenario(
            run=run, place=place, version=version, number=version.number, is_draft=not version.is_published,
            digest="" if version.is_published else digest_of(version), terms=shown_of(version),
        )
        for place, version in enumerate(chosen, start=1)
    ]  # fmt: skip


def shown_of(version: ProgrammeVersion) -> dict[str, Any]:
    """What the page shows of terms, and what their rewards cost, in minor units rounded up."""
    terms = terms_of(version)
    costs = costs_of(terms, version.rewards.filter(is_active=True)).rewards
    return {
        "rewards": {code: -(-cost // 1) for code, cost in costs.items()},
        "block_points": terms.block_points,
        "block_value_minor": terms.block_value_minor,
        "expected_use_percent": terms.expected_use_percent,
        "tiers": [[tier.code, tier.name_ar, tier.name_en] for tier in terms.tiers],
    }


def _margins(merchant: Merchant, now: datetime) -> dict[str, Any]:
    """The margin as the merchant said it, in percents; nothing before they said anything."""
    said = in_force(merchant, now)
    if said is None:
        return {}
    return {
        "gross": str(said.gross_percent),
        "vat": str(said.vat_percent),
        "by_category": dict(said.by_category),
    }


def _forget_old(merchant: Merchant) -> None:
    """Keep the newest runs."""
    runs = RewindRun.objects.filter(merchant=merchant).order_by("-pk")
    old = list(runs.values_list("pk", flat=True)[KEPT_RUNS:])
    RewindRun.objects.filter(pk__in=old, state__in=[RewindState.DONE, RewindState.FAILED]).delete()
