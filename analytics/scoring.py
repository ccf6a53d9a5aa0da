"""Learning who is drifting away, and saying so for every member at once.

A run makes a model row of its own, fills its scores in small steps, and comes into force in one short
transaction: readers see the old scores or the new ones, never half of either.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from django.db import transaction
from django.db.models import QuerySet

from accounts import outbox
from accounts.models import Member, Merchant, OutboxEvent
from analytics import boosting, dormancy, topics
from analytics.errors import NoHistory, NotYet
from analytics.models import DormancyModel, DormancyScore, Method
from analytics.purchases import day_number, purchases_before
from analytics.value import lifetime_value
from analytics.visits import History, history_of
from programs.calendars import business_date, start_of_day_instant

HORIZON_DAYS = dormancy.HORIZONS[0]
CHUNK = 500
KEPT_MODELS = 10
ABANDONED_AFTER = timedelta(days=1)


def refresh_dormancy(*, merchant: Merchant, now: datetime, horizon: int = HORIZON_DAYS) -> DormancyModel:
    """Learn from everything before today, score everybody seen in the last 90 days, and show that.

    Without any purchase a model row still comes into force: it says why nobody is scored.
    """
    today = business_date(now, merchant.zone)
    history = history_of(purchases_before(merchant, today))
    model = _learn(merchant, history, today, horizon, now)
    scores = dormancy.score(_read(model), history, cutoff=day_number(today))
    values = lifetime_value(history, cutoff=day_number(today))
    _store(model, scores.merge(values, on="member", how="left"))
    _come_into_force(model, now)
    _tidy(merchant, now)
    return model


def train_dormancy(
    *, merchant: Merchant, day: date, now: datetime, horizon: int = HORIZON_DAYS
) -> DormancyModel:
    """Learn from what was known at 00:00 of ``day`` in the merchant's zone; nothing is shown yet.

    Raises ``NotYet`` for a day that has not begun, ``NoHistory`` when nothing was bought before it.
    """
    return _learn(merchant, _history(merchant, day, now), day, horizon, now)


def score_dormancy(
    *, merchant: Merchant, day: date, now: datetime, horizon: int = HORIZON_DAYS
) -> pd.DataFrame:
    """The chances of everybody active in the 90 days before 00:00 of ``day``, by member.

    Learns first when there is no model of that cut-off, or purchases were added to its past since. Columns:
    member_id (the external id; the membership number where there is none), cutoff, p_dormant. Members who
    were merged, detached or erased are left out. Raises ``NotYet`` and ``NoHistory``.
    """
    history = _history(merchant, day, now)
    model = _model_of(merchant, history, day, horizon) or _learn(merchant, history, day, horizon, now)
    scores = dormancy.score(_read(model), history, cutoff=day_number(day))
    names = {
        pk: external_id or number
        for pk, external_id, number in _living(merchant).values_list("pk", "external_id", "number")
    }
    scores = scores[scores["member"].isin(names)]
    return pd.DataFrame(
        {
            "member_id": scores["member"].map(names),
            "cutoff": day.isoformat(),
            "p_dormant": scores["p_dormant"].round(6),
        }
    )


def _history(merchant: Merchant, day: date, now: datetime) -> History:
    if day > business_date(now, merchant.zone):
        raise NotYet(day=day.isoformat())
    purchases = purchases_before(merchant, day)
    if purchases.empty:
        raise NoHistory(merchant=merchant.slug, day=day.isoformat())
    return history_of(purchases)


def _learn(merchant: Merchant, history: History, day: date, horizon: int, now: datetime) -> DormancyModel:
    """Train and keep the model as a row that is not in force."""
    learnt = dormancy.train(history, as_of=day_number(day), horizon=horizon)
    return DormancyModel.objects.create(
        merchant=merchant,
        horizon=horizon,
        cutoff=start_of_day_instant(day, merchant.zone),
        method=learnt.method,
        why=learnt.why,
        artefact=learnt.to_text(),
        metrics=learnt.metrics | _extent(history),
        trained_at=now,
    )


def _model_of(merchant: Merchant, history: History, day: date, horizon: int) -> DormancyModel | None:
    """The newest model of this cut-off that saw the very same past and can be used here."""
    cutoff = start_of_day_instant(day, merchant.zone)
    found = DormancyModel.objects.filter(merchant=merchant, horizon=horizon, cutoff=cutoff).last()
    if found is None or any(found.metrics.get(key) != value for key, value in _extent(history).items()):
        return None
    usable = found.method != Method.LIGHTGBM or boosting.lightgbm() is not None
    return found if usable and found.why != "no_lightgbm" else None


def _extent(history: History) -> dict[str, int]:
    """What tells one past from another: purchases, and what they came to."""
    return {"purchases": int(history.purchases.sum()), "amount_minor": int(history.amount.sum())}


def _read(model: DormancyModel) -> dormancy.Model:
    return dormancy.Model.from_text(model.artefact)


def _living(merchant: Merchant) -> Any:
    return Member.objects.for_merchant(merchant).active()


def _store(model: DormancyModel, scores: pd.DataFrame) -> None:
    """Write the scores of living members, in transactions short enough for SQLite's single writer."""
    living = set(_living(model.merchant).values_list("pk", flat=True))
    rows = (row for row in _rows(model, scores) if row.member_id in living)
    while chunk := [row for row, _place in zip(rows, range(CHUNK), strict=False)]:
        DormancyScore.objects.bulk_create(chunk)


def _rows(model: DormancyModel, scores: pd.DataFrame) -> Iterator[DormancyScore]:
    columns = ["member", "p_dormant", "is_slipping", "days_silent", "value_minor", "reasons"]
    merchant = model.merchant
    for member, chance, slipping, silent, value, reasons in zip(
        *(scores[name].tolist() for name in columns), strict=True
    ):
        yield DormancyScore(
            model=model,
            merchant=merchant,
            member_id=member,
            probability=chance,
            is_slipping=slipping,
            days_silent=silent,
            value_minor=round(value),
            reasons=[_priced(reason, merchant.currency) for reason in reasons],
        )


def _priced(reason: dict[str, Any], currency: str) -> dict[str, Any]:
    """A reason that speaks of money names its currency, so that it can be worded anywhere."""
    is_money = str(reason["code"]).startswith(("spend_", "basket_"))
    return reason | {"currency": currency} if is_money else reason


def _come_into_force(model: DormancyModel, now: datetime) -> None:
    """Swap: the scores in use become this model's, unless a later cut-off is already in force."""
    with transaction.atomic():
        Merchant.objects.select_for_update().get(pk=model.merchant_id)
        current = DormancyModel.objects.filter(merchant_id=model.merchant_id, is_current=True)
        is_newest = not current.filter(cutoff__gt=model.cutoff).exists()
        if is_newest:
            _tell_of_risk(model, current, now)
            current.update(is_current=False)
        model.is_current, model.scored_at = is_newest, now
        model.save(update_fields=["is_current", "scored_at"])


def _tell_of_risk(model: DormancyModel, before: "QuerySet[DormancyModel]", now: datetime) -> None:
    """Tell who is at risk now and was not before, a few hundred members at a time."""
    known = DormancyScore.objects.filter(model__in=before, is_slipping=True)
    fresh = DormancyScore.objects.filter(model=model, is_slipping=True).exclude(
        member_id__in=known.values("member_id")
    )
    ids = list(fresh.order_by("member_id").values_list("member_id", flat=True))
    OutboxEvent.objects.bulk_create(
        outbox.event(
            merchant_id=model.merchant_id,
            topic=topics.RISK_RAISED,
            member_id=None,
            now=now,
            payload={"model_id": model.pk, "members": ids[start : start + CHUNK]},
        )
        for start in range(0, len(ids), CHUNK)
    )


def _tidy(merchant: Merchant, now: datetime) -> None:
    """Drop scores that are no longer shown, what a dead run left behind, and old models."""
    models = DormancyModel.objects.filter(merchant=merchant, is_current=False)
    models.filter(scored_at__isnull=True, scores__isnull=False, trained_at__lt=now - ABANDONED_AFTER).delete()
    DormancyScore.objects.filter(model__in=models.filter(scored_at__isnull=False)).delete()
    kept = models.order_by("-pk").values_list("pk", flat=True)[:KEPT_MODELS]
    models.exclude(pk__in=list(kept)).filter(scores__isnull=True).delete()
