"""Every write of the installation, sent again under its `Idempotency-Key`: the first answer, done once."""

from datetime import timedelta
from typing import Any

from tests.faults.calls import GOOD, told
from tests.faults.declared import operations
from tests.faults.desk import Desk

AFRESH = {"QuotePurchase"}
"""Asked again, a signed quote is another one: the first lapses by itself."""


def test_every_write_has_its_first_answer_again(desk: Desk, clock: Any) -> None:
    wrong = []
    clock.shift(timedelta(seconds=1))  # what was made before is of another moment
    writes = [name for name in GOOD if operations()[name.partition(":")[0]].method != "get"]
    for name in sorted(set(writes) - AFRESH):
        with desk.tried():
            first, done = desk.make(name, {}), desk.held()
            again = desk.make(name, {})
            if again.status_code >= 400 or said(again) != said(first):
                wrong.append(f"{name}: {told(again)} {again.content.decode():.300}")
            if desk.held() != done:
                wrong.append(f"{name}: it was done twice")
    assert not wrong, "\n".join(wrong)


def said(answer: Any) -> Any:
    """What was answered: of many orders to each, for the count of known ones is the call's own."""
    told = answer.json()
    return [(one["purchase"], one["problem"]) for one in told["results"]] if "results" in told else told
