"""Some hundred random lives agree with the model, crashes and all; ``manage.py simulate`` tells thousands."""

import pytest
from django.db import connection

from ledger.models import Purchase
from loyalty_site.simulation.crashing import Crashed, crash_at
from loyalty_site.simulation.facts import Fact
from loyalty_site.simulation.stories import START, Step, Story, story
from loyalty_site.simulation.telling import Differs, tell

CHUNK, CHUNKS = 10, 20
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_rule_43_books_and_model_agree_after_every_step(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        tell(story(seed))


def test_a_seed_tells_the_same_story_every_time() -> None:
    assert story(7) == story(7)
    assert story(7) != story(8)


def test_a_difference_is_found_and_names_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loyalty_site.simulation.model.TIERS", ((0, 2), (150_000, 3), (400_000, 4)))
    with pytest.raises(Differs, match="seed 4, step 1"):
        tell(Story(4, story(4).terms, (Step(bought(9999)),)))


def test_rule_14_a_crash_at_any_statement_leaves_all_or_nothing_and_a_retry_one_purchase() -> None:
    places = [number for number in range(-14, 15) if number]
    for told, statement in enumerate(places, start=1):
        tell(Story(1000 + statement, story(1).terms, (Step(bought(200_000), crash=statement),)))
        assert Purchase.objects.count() == told


def test_a_lost_connection_is_really_lost() -> None:
    with pytest.raises(Crashed), crash_at(1), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert connection.connection is None


def bought(amount: int) -> Fact:
    """An order of goods."""
    said = (("lines", ((amount, "goods", ""),)), ("codes", ()), ("award", None))
    return Fact("buy", 0, START, START, "buy-1", said)
