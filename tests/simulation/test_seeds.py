"""Some hundred random lives agree with the model, crashes and all; ``manage.py simulate`` tells thousands."""

from contextlib import suppress
from dataclasses import replace

import pytest
from django.db import connection

from ledger.models import Purchase
from loyalty_site.simulation.crashing import BACKEND, PROCESS, Crashed, crash_at
from loyalty_site.simulation.facts import UNKEYED, Fact, Refused
from loyalty_site.simulation.meetings import MEMBERS, START
from loyalty_site.simulation.model import Model
from loyalty_site.simulation.stories import Step, story
from loyalty_site.simulation.telling import Differs, tell

CHUNK, CHUNKS = 10, 12
OTHERS = 120 if connection.vendor == "postgresql" else 0
"""Each database hears stories of its own."""
KEYED = {"buy", "refund", "deliver", "issue", "close", "adjust", "opening", "merge", "unmerge"}
EXPECTED = (UNKEYED - {"reopen"}) | KEYED
"""What a few hundred stories tell with success; a closing is seldom taken back in time."""
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_rule_43_books_and_model_agree_after_every_step(chunk: int) -> None:
    first = OTHERS + chunk * CHUNK
    for seed in range(first, first + CHUNK):
        tell(story(seed))


def test_a_seed_tells_the_same_story_every_time() -> None:
    assert story(7) == story(7)
    assert story(7) != story(8)


def test_a_difference_is_found_and_names_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loyalty_site.simulation.earning.TIERS", ((0, 2), (150_000, 3), (400_000, 4)))
    nobodys = (None,) * MEMBERS  # no birthday that doubles what the tier would
    short = replace(story(4), births=nobodys, steps=(Step(bought(9999)),))
    with pytest.raises(Differs, match=r"(?s)seed 4, step 1.*simulate --seed 4"):
        tell(short)


def test_every_kind_of_fact_is_told_and_mostly_accepted() -> None:
    told = dict.fromkeys(EXPECTED, 0)
    for seed in range(300):
        model = Model(story(seed).terms, story(seed).births)
        for step in story(seed).steps:
            with suppress(Refused):
                model.tell(step.fact)
                told[step.fact.what] = told.get(step.fact.what, 0) + 1
    assert all(told.values()), told


def test_rule_14_a_crash_at_any_statement_leaves_all_or_nothing_and_a_retry_one_purchase() -> None:
    places = [number for number in range(-14, 15) if number]
    for told, statement in enumerate(places, start=1):
        step = Step(bought(200_000), crash=statement)
        tell(replace(story(1), seed=1000 + statement, steps=(step,)))
        assert Purchase.objects.count() == told


@pytest.mark.processes
@pytest.mark.parametrize("how", [BACKEND, PROCESS])
def test_rule_14_a_killed_backend_or_process_leaves_all_or_nothing_and_a_retry_one_purchase(how: str) -> None:
    for told, statement in enumerate((1, 2, -2, 3, 4), start=1):
        step = Step(bought(200_000), crash=statement, how=how)
        tell(replace(story(1), seed=2000 + statement, steps=(step,)))
        assert Purchase.objects.count() == told


def test_a_lost_connection_is_really_lost() -> None:
    with pytest.raises(Crashed), crash_at(1), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert connection.connection is None


def bought(amount: int) -> Fact:
    """An order of goods."""
    said = {"lines": ((amount, "goods", ""),), "codes": (), "award": None, "quote": "", "quiet": False}
    return Fact("buy", 0, START, START, "buy-1", tuple(said.items()))
