"""Buy till you die: BG/NBD for how often, Gamma-Gamma for how much.

BG/NBD — Fader, Hardie & Lee, "Counting Your Customers the Easy Way", Marketing Science 24 (2005):
while alive a member buys at a gamma-distributed personal rate, and after each purchase may drop out
with a beta-distributed personal probability. Gamma-Gamma — Fader & Hardie (2013): a member's baskets
scatter around a gamma-distributed personal mean. Time is in weeks; ``x`` counts repeat visit-days, ``tx``
is the age at the last one, ``T`` the age at the cut-off; the first purchase starts the clock.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from analytics.visits import Floats, Lives

DAYS_PER_WEEK = 7.0
LARGEST_FIT = 20_000  # members; four parameters do not get better with more
_SHRINK = 1e-4  # keeps the parameters finite where the data say nothing, moves them nowhere else


@dataclass(frozen=True, slots=True)
class Rfm:
    """Repeat visits, recency and age of members, in weeks."""

    x: Floats
    tx: Floats
    age: Floats


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Fitted parameters: rates are Gamma(r, alpha), drop-out probabilities Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, rfm: Rfm) -> Floats:
        """P(has not dropped out yet)."""
        log_odds = (
            np.log(self.a)
            - np.log(self.b + np.maximum(rfm.x, 1) - 1)
            + (self.r + rfm.x) * (np.log(self.alpha + rfm.age) - np.log(self.alpha + rfm.tx))
        )
        return np.where(rfm.x > 0, 1 / (1 + np.exp(np.clip(log_odds, -700, 700))), 1.0)

    def silent(self, rfm: Rfm, weeks: float) -> Floats:
        """P(no purchase in the next ``weeks``): dropped out already, or alive but not buying."""
        alive = self.alive(rfm)
        start = self.alpha + rfm.age
        return 1 - alive + alive * (start / (start + weeks)) ** (self.r + rfm.x)

    def expected(self, rfm: Rfm, weeks: float) -> Floats:
        """The expected number of visit-days in the next ``weeks`` (equation 10 of the paper)."""
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the formula's removable singularity
        end = self.alpha + rfm.age + weeks
        lost = ((self.alpha + rfm.age) / end) ** (self.r + rfm.x) * hyp2f1(
            self.r + rfm.x, self.b + rfm.x, a + self.b + rfm.x - 1, weeks / end
        )
        visits: Floats = (a + self.b + rfm.x - 1) / (a - 1) * (1 - lost) * self.alive(rfm)
        return np.maximum(visits, 0.0)


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Fitted parameters of the spend per visit-day."""

    p: float
    q: float
    gamma: float

    def usual_amount(self, visits: Floats, mean: Floats) -> Floats:
        """The expected amount of a future visit-day: the member's own mean, shrunk to everyone's."""
        return self.p * (self.gamma + visits * mean) / (self.p * visits + self.q - 1)


def rfm_of(life: Lives, cutoff: int) -> Rfm:
    """What BG/NBD needs to know of each member at 00:00 of ``cutoff``."""
    return Rfm(
        np.maximum(life.visits - 1, 0).astype(np.float64),
        (life.last - life.first) / DAYS_PER_WEEK,
        (cutoff - life.first) / DAYS_PER_WEEK,
    )


def fit_bgnbd(rfm: Rfm) -> BgNbd:
    """The maximum-likelihood parameters; at most ``LARGEST_FIT`` members, taken at even steps."""
    step = -(-len(rfm.x) // LARGEST_FIT) or 1
    x, tx, age = rfm.x[::step], rfm.tx[::step], rfm.age[::step]

    def loss(logs: Floats) -> float:
        r, alpha, a, b = np.exp(logs)
        shared = gammaln(r + x) - gammaln(r) + r * logs[1] + betaln(a, b + x) - betaln(a, b)  # of both fates
        still_alive = -(r + x) * np.log(alpha + age)
        dropped_out = (
            logs[2] - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + tx)
        )  # right after the last visit
        fates = np.where(x > 0, np.logaddexp(still_alive, dropped_out), still_alive)
        return float(-np.mean(shared + fates) + _SHRINK * np.sum(logs**2))

    best = minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=[(-8, 8)] * 4)
    return BgNbd(*(float(value) for value in np.exp(best.x)))


def fit_gamma_gamma(visits: Floats, mean: Floats) -> GammaGamma:
    """The maximum-likelihood parameters from members' visits and mean amounts (all above 0)."""
    step = -(-len(visits) // LARGEST_FIT) or 1
    x = visits[::step]
    scale = float(np.mean(mean)) or 1.0  # fitted in units of the mean basket, so that halalas behave
    z = mean[::step] / scale

    def loss(logs: Floats) -> float:
        p, q, gamma = np.exp(logs)
        likelihood = (
            -betaln(p * x, q)
            + q * logs[2]
            + (p * x - 1) * np.log(z)
            + p * x * np.log(x)
            - (p * x + q) * np.log(gamma + x * z)
        )
        return float(-np.mean(likelihood) + _SHRINK * np.sum(logs**2))

    bounds = [(-5, 5), (0.05, 5), (-5, 5)]  # q above 1, or the population has no mean
    best = minimize(loss, np.array([1.0, 1.5, 0.5]), method="L-BFGS-B", bounds=bounds)
    p, q, gamma = (float(value) for value in np.exp(best.x))
    return GammaGamma(p, q, gamma * scale)
