"""What is known of each active member at a cut-off, as numbers a model can learn from.

Pure: visit-days in, one row per member out. Nothing at or after the cut-off is looked at, the fits of
BG/NBD included; a property test changes the future at random and demands the very same features.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analytics.btyd import fit_bgnbd, rfm_of
from analytics.measures import ACTIVE_DAYS
from analytics.visits import Floats, History, Ints, Labels, Lives, lives, sums

VISIT_WINDOWS = (7, 14, 30, 60, 90, 180)
SPEND_WINDOWS = (30, 60, 90, 180)
HALF_LIVES = (7, 14, 28, 45, 90)
SPEND_HALF_LIVES = (14, 45)
WEEK_WINDOWS = (4, 12, 26)
_PRIOR_GAPS = 2.0  # the population's gaps count as this many of the member's own
_NARROWEST_VARIANCE = 0.05  # of log gaps: nobody is a clock


@dataclass(frozen=True, slots=True)
class Panel:
    """The active members at a cut-off and their visit-days, oldest first.

    ``owner`` numbers the members 0…n−1; ``age`` is whole days before the cut-off, 1 for yesterday.
    """

    members: Labels
    codes: Ints
    cutoff: int
    horizon: int
    life: Lives
    owner: Ints
    age: Ints
    amount: Floats
    purchases: Ints

    @property
    def size(self) -> int:
        """How many members are active."""
        return len(self.members)

    def total(self, values: Floats) -> Floats:
        """``values`` of the visit-days, summed by member."""
        return sums(self.owner, values, self.size)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Days between one visit-day and the next: whose, how long, and how old (days since it closed)."""

    owner: Ints
    days: Floats
    age: Ints
    count: Floats


def features(history: History, cutoff: int, horizon: int) -> pd.DataFrame:
    """One row per member active at ``cutoff``, indexed by member; columns are the features.

    ``horizon`` is in days; the chances of silence are those of its length.
    """
    panel, population = panel_at(history, cutoff, horizon)
    gaps = _gaps(panel)
    columns: dict[str, Floats] = {}
    for part in (_counts, _decayed, _weeks, _baskets):
        columns |= part(panel)
    columns |= _rhythm(panel, gaps) | _survival(panel, gaps) | _buy_till_you_die(panel, population)
    columns |= _trends(columns)
    return pd.DataFrame(columns, index=pd.Index(panel.members, name="member"), dtype=np.float64)


def panel_at(history: History, cutoff: int, horizon: int) -> tuple[Panel, Lives]:
    """The active members at ``cutoff``, and the lives of everybody known until then."""
    known = history.before(cutoff)
    population = lives(known)
    active = (population.visits > 0) & (population.last >= cutoff - ACTIVE_DAYS)
    codes = np.flatnonzero(active).astype(np.int32)
    rows = active[known.member]
    numbering = np.cumsum(active, dtype=np.int32) - 1
    life = Lives(
        population.visits[codes], population.first[codes], population.last[codes], population.spend[codes]
    )
    panel = Panel(
        members=history.members[codes],
        codes=codes,
        cutoff=cutoff,
        horizon=horizon,
        life=life,
        owner=numbering[known.member[rows]],
        age=(cutoff - known.day[rows]).astype(np.int32),
        amount=known.amount[rows],
        purchases=known.purchases[rows],
    )
    return panel, population


def _counts(panel: Panel) -> dict[str, Floats]:
    """Recency, tenure, and visits and spend over the last days."""
    life = panel.life
    tenure = (panel.cutoff - life.first).astype(np.float64)
    columns: dict[str, Floats] = {
        "recency": (panel.cutoff - life.last).astype(np.float64),
        "tenure": tenure,
        "visits": life.visits.astype(np.float64),
        "rate": life.visits / tenure,
        "purchases_90": panel.total(np.where(panel.age <= 90, panel.purchases, 0)),
    }
    for days in VISIT_WINDOWS:
        columns[f"visits_{days}"] = panel.total((panel.age <= days).astype(np.float64))
    for days in SPEND_WINDOWS:
        columns[f"spend_{days}"] = panel.total(np.where(panel.age <= days, panel.amount, 0.0))
    return columns


def _decayed(panel: Panel) -> dict[str, Floats]:
    """Visits and spend in which a visit counts half after each half-life (days)."""
    columns = {f"ewm_visits_{life}": panel.total(0.5 ** (panel.age / life)) for life in HALF_LIVES}
    for life in SPEND_HALF_LIVES:
        columns[f"ewm_spend_{life}"] = panel.total(panel.amount * 0.5 ** (panel.age / life))
    return columns


def _weeks(panel: Panel) -> dict[str, Floats]:
    """In how many of the last weeks there was a visit."""
    week = (panel.age - 1) // 7
    fresh = np.r_[True, (np.diff(panel.owner) != 0) | (np.diff(week) != 0)][: len(week)]
    return {f"weeks_{many}": panel.total((fresh & (week < many)).astype(np.float64)) for many in WEEK_WINDOWS}


def _baskets(panel: Panel) -> dict[str, Floats]:
    """The usual amount of a visit-day, how it varies, and the last one against it."""
    mean = panel.life.spend / panel.life.visits
    squares = panel.total(panel.amount**2) / panel.life.visits
    latest = np.zeros(panel.size)
    latest[panel.owner] = panel.amount  # rows are oldest first: the newest write wins
    deviation = np.sqrt(np.maximum(squares - mean**2, 0.0))
    return {
        "amount_mean": mean,
        "amount_cv": _ratio(deviation, mean),
        "last_amount": latest,
        "last_amount_to_usual": _ratio(latest, mean),
    }


def _gaps(panel: Panel) -> Gaps:
    """The gaps between consecutive visit-days of the same member."""
    same = np.diff(panel.owner) == 0
    owner = panel.owner[1:][same]
    days = -np.diff(panel.age)[same].astype(np.float64)
    count = np.bincount(owner, minlength=panel.size).astype(np.float64)
    return Gaps(owner, days, panel.age[1:][same], count)


def _rhythm(panel: Panel, gaps: Gaps) -> dict[str, Floats]:
    """Usual, longest and latest gap, their regularity, and the silence so far against them.

    Unknown (NaN) for a member with a single visit-day.
    """
    by_member = _by_member(gaps, panel.size)
    recency = (panel.cutoff - panel.life.last).astype(np.float64)
    mean = _ratio(by_member(gaps.days), gaps.count)
    variance = np.maximum(_ratio(by_member(gaps.days**2), gaps.count) - mean**2, 0.0)
    weight = 0.5 ** (gaps.age / 45)
    latest = np.full(panel.size, np.nan)
    latest[gaps.owner] = gaps.days
    median, ninth, longest = _quantiles(gaps, (0.5, 0.9, 1.0))
    lived = np.maximum(panel.life.last - panel.life.first, 1)
    return {
        "gap_mean": mean,
        "gap_cv": _ratio(np.sqrt(variance), mean),
        "gap_median": median,
        "gap_ninth": ninth,
        "gap_longest": longest,
        "gap_latest": latest,
        "gap_decayed": _ratio(by_member(weight * gaps.days), by_member(weight)),
        "recency_to_median": recency / median,
        "recency_to_ninth": recency / ninth,
        "recency_to_longest": recency / longest,
        "silent_share": by_member(np.maximum(gaps.days - panel.horizon, 0.0)) / lived,
    }


def _survival(panel: Panel, gaps: Gaps) -> dict[str, Floats]:
    """The chance that a gap which has lasted ``recency`` lasts another ``horizon``.

    Once by counting the member's own gaps, once with log-normal gaps whose mean and variance lean on
    the population's where the member has few (or none).
    """
    by_member = _by_member(gaps, panel.size)
    recency = (panel.cutoff - panel.life.last).astype(np.float64)
    so_far = recency[gaps.owner]
    longer = by_member((gaps.days > so_far).astype(np.float64))
    much_longer = by_member((gaps.days > so_far + panel.horizon).astype(np.float64))
    logs = np.log(gaps.days)
    mean, variance = (float(logs.mean()), float(logs.var())) if len(logs) else (np.log(panel.horizon), 1.0)
    own_mean = (by_member(logs) + _PRIOR_GAPS * mean) / (gaps.count + _PRIOR_GAPS)
    squares = by_member((logs - own_mean[gaps.owner]) ** 2)
    own_variance = (squares + _PRIOR_GAPS * variance) / (gaps.count + _PRIOR_GAPS)
    spread = np.sqrt(np.maximum(own_variance, _NARROWEST_VARIANCE))
    lasted = ndtr((own_mean - np.log(recency)) / spread)
    lasting = ndtr((own_mean - np.log(recency + panel.horizon)) / spread)
    return {
        "gap_lasting_counted": (much_longer + 0.3) / (longer + 1.0),
        "gap_lasting": lasting / np.maximum(lasted, 1e-9),
        "gap_lasted": lasted,
    }


def _buy_till_you_die(panel: Panel, population: Lives) -> dict[str, Floats]:
    """BG/NBD, fitted on everybody known before the cut-off."""
    seen = population.visits > 0
    if not seen.any():
        return {"bgnbd_silent": np.zeros(0), "bgnbd_alive": np.zeros(0)}
    everybody = Lives(
        population.visits[seen], population.first[seen], population.last[seen], population.spend[seen]
    )
    model = fit_bgnbd(rfm_of(everybody, panel.cutoff))
    rfm = rfm_of(panel.life, panel.cutoff)
    return {"bgnbd_silent": model.silent(rfm, panel.horizon / 7), "bgnbd_alive": model.alive(rfm)}


def _trends(known: dict[str, Floats]) -> dict[str, Floats]:
    """Now against before: visits, spend and basket. Above 1 means rising."""
    earlier_visits = known["visits_90"] - known["visits_30"]
    earlier_spend = known["spend_90"] - known["spend_30"]
    usual_basket = known["spend_90"] / known["visits_90"]
    half_basket = np.maximum(known["amount_mean"] / 2, 1.0)
    return {
        "visits_trend_90": (known["visits_30"] + 0.5) / (earlier_visits / 2 + 0.5),
        "visits_trend_60": (known["visits_30"] + 0.5) / (known["visits_60"] - known["visits_30"] + 0.5),
        "visits_trend_180": (known["visits_90"] + 0.5) / (known["visits_180"] - known["visits_90"] + 0.5),
        "visits_trend_decayed": known["ewm_visits_14"] / known["ewm_visits_45"],
        "spend_trend_90": (known["spend_30"] + half_basket) / (earlier_spend / 2 + half_basket),
        "basket_90": usual_basket,
        "basket_trend": _ratio(_ratio(known["spend_30"], known["visits_30"]), usual_basket),
    }


def _by_member(gaps: Gaps, size: int) -> Callable[[Floats], Floats]:
    """A function that sums values of the gaps by member."""
    return lambda values: sums(gaps.owner, values, size)


def _quantiles(gaps: Gaps, shares: tuple[float, ...]) -> list[Floats]:
    """The lower quantiles of each member's gaps; NaN where there are none."""
    ordered = gaps.days[np.lexsort((gaps.days, gaps.owner))]
    count = gaps.count.astype(np.int64)
    some = count > 0
    start = np.cumsum(count) - count

    def quantile(share: float) -> Floats:
        place = start + (share * np.maximum(count - 1, 0)).astype(np.int64)
        values = np.full(len(count), np.nan)
        values[some] = ordered[place[some]]
        return values

    return [quantile(share) for share in shares]


def _ratio(part: Floats, whole: Floats) -> Floats:
    """The quotient, NaN where the whole is 0."""
    quotient: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return quotient
