"""Customer lifetime value: what a member is expected to spend in the days ahead.

Half of it is visits still to come (BG/NBD) × the member's own usual amount (Gamma-Gamma); the other half is
what the member spent in just as many days before. The first knows who has dropped out, the second who has
changed pace; together they are better than either: mean absolute error 173 against 182 and 181, 90 days
ahead, on a year of a grocer's 2,469 households (``manage.py evaluate_dormancy``). Pure; minor units.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.btyd import DAYS_PER_WEEK, Rfm, fit_bgnbd, fit_gamma_gamma, rfm_of
from analytics.measures import ACTIVE_DAYS
from analytics.visits import Floats, History, Lives, lives

VALUE_DAYS = 90
FEWEST_MEMBERS = 20  # below this, seven parameters say nothing: the past is carried forward instead
PAST_SHARE = 0.5


def lifetime_value(history: History, *, cutoff: int, days: int = VALUE_DAYS) -> pd.DataFrame:
    """Expected visit-days and spend in [cutoff, cutoff + days) of each member active before ``cutoff``.

    Columns: member, expected_visits, usual_amount_minor, value_minor. Members silent for more than
    90 days are left out: they are lost until they come back.
    """
    life = lives(history.before(cutoff))
    active = (life.visits > 0) & (life.last >= cutoff - ACTIVE_DAYS)
    known, own = _rows(life, life.visits > 0), _rows(life, active)
    visits = own.visits.astype(np.float64)
    mean = own.spend / visits
    if len(known.visits) < FEWEST_MEMBERS:
        expected = visits / np.maximum(cutoff - own.first, days) * days
        usual = mean
    else:
        expected = _visits(rfm_of(known, cutoff), rfm_of(own, cutoff), days)
        repeat = _rows(known, (known.visits > 1) & (known.spend > 0))
        usual = _usual(repeat, visits, mean) if len(repeat.visits) >= FEWEST_MEMBERS else mean
    past = history.spent_between(cutoff - days, cutoff)[active]
    return pd.DataFrame(
        {
            "member": history.members[active],
            "expected_visits": expected,
            "usual_amount_minor": usual,
            "value_minor": (1 - PAST_SHARE) * expected * usual + PAST_SHARE * past,
        }
    )


def _visits(everybody: Rfm, own: Rfm, days: int) -> Floats:
    return fit_bgnbd(everybody).expected(own, days / DAYS_PER_WEEK)


def _usual(repeat: Lives, visits: Floats, mean: Floats) -> Floats:
    times = repeat.visits.astype(np.float64)
    return fit_gamma_gamma(times, repeat.spend / times).usual_amount(visits, mean)


def _rows(life: Lives, rows: npt.NDArray[np.bool_]) -> Lives:
    return Lives(life.visits[rows], life.first[rows], life.last[rows], life.spend[rows])
