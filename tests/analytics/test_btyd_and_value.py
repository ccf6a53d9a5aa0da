"""BG/NBD and Gamma-Gamma against published answers and against simulated customers."""

import numpy as np
import pandas as pd
import pytest

from analytics.btyd import BgNbd, GammaGamma, Rfm, fit_bgnbd, fit_gamma_gamma
from analytics.value import lifetime_value
from analytics.visits import history_of
from tests.analytics.logs import START, history

PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)


def one(x: float, tx: float, age: float) -> Rfm:
    return Rfm(np.array([x]), np.array([tx]), np.array([age]))


def test_expected_purchases_of_fader_and_hardies_worked_customer() -> None:
    assert PUBLISHED.expected(one(2, 30.43, 38.86), 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_usual_amount_of_fader_and_hardies_worked_customer() -> None:
    model = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    assert model.usual_amount(np.array([2.0]), np.array([22.35]))[0] == pytest.approx(24.66, abs=0.01)


def test_silence_is_sure_over_no_time_and_over_long_times_what_is_left_is_being_gone() -> None:
    assert PUBLISHED.alive(one(0, 0, 20))[0] == 1
    chances = [PUBLISHED.silent(one(3, 10, 20), weeks)[0] for weeks in (0, 1, 4, 40, 10**9)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == 1
    assert chances[-1] == pytest.approx(1 - PUBLISHED.alive(one(3, 10, 20))[0])


def simulated(model: BgNbd, customers: int, weeks: float, then: float) -> tuple[Rfm, np.ndarray]:
    """Customers living by the model's own story; and who is silent in the ``then`` weeks after."""
    chance = np.random.default_rng(3)
    x, tx, silent = np.zeros(customers), np.zeros(customers), np.ones(customers, bool)
    rates = chance.gamma(model.r, 1 / model.alpha, customers)
    drops = chance.beta(model.a, model.b, customers)
    for i in range(customers):
        at = chance.exponential(1 / rates[i])
        while at < weeks + then:
            if at < weeks:
                x[i], tx[i] = x[i] + 1, at
            else:
                silent[i] = False
            if chance.random() < drops[i]:
                break
            at += chance.exponential(1 / rates[i])
    return Rfm(x, tx, np.full(customers, weeks)), silent


def test_the_fit_foretells_simulated_customers() -> None:
    truth = BgNbd(r=0.8, alpha=3.0, a=0.6, b=3.0)
    rfm, silent = simulated(truth, 4000, 40, 6)
    fitted = fit_bgnbd(rfm)
    chance = fitted.silent(rfm, 6)
    assert chance.mean() == pytest.approx(silent.mean(), abs=0.02)
    assert np.abs(chance - truth.silent(rfm, 6)).mean() < 0.02


def test_gamma_gamma_finds_the_mean_of_simulated_baskets() -> None:
    chance = np.random.default_rng(4)
    visits = chance.integers(1, 12, 3000).astype(float)
    nu = chance.gamma(4.0, 1 / 3000, 3000)
    own = 2.0 / nu
    mean = chance.gamma(2.0 * visits, 1 / (nu * visits))
    foretold = fit_gamma_gamma(visits, mean).usual_amount(visits, mean)
    assert np.abs(foretold - own).mean() < np.abs(mean - own).mean()
    assert foretold.mean() == pytest.approx(own.mean(), rel=0.05)


def test_value_adds_up_to_what_is_spent_when_nothing_changes() -> None:
    known = history(members=300, days=400, stopping=10**9)
    cutoff = START + 200
    value = lifetime_value(known, cutoff=cutoff)
    codes = np.searchsorted(known.members, value["member"].to_numpy())
    spent = known.spent_between(cutoff, cutoff + 90)[codes]
    assert value["value_minor"].sum() == pytest.approx(spent.sum(), rel=0.15)
    assert np.corrcoef(value["value_minor"], spent)[0, 1] > 0.5


def test_value_is_blind_to_the_future_and_survives_a_tiny_shop() -> None:
    rows = [(1, 100, 500), (1, 150, 700), (2, 190, 900), (2, 205, 10**6)]
    log = pd.DataFrame(rows, columns=["member", "day", "amount_minor"])
    with_future = lifetime_value(history_of(log), cutoff=200)
    without = lifetime_value(history_of(log[log["day"] < 200]), cutoff=200)
    pd.testing.assert_frame_equal(with_future, without)
    assert (with_future["value_minor"] > 0).all()
