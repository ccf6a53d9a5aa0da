"""The rules restated, as plainly as they can be: lists, loops, everything from the facts. Pure.

Written from the rules and from nothing else, so that a mistake in the books cannot be repeated here: no
planner, no purse and no calendar of theirs is used. The topics stand in ``earning``, ``redeeming``,
``refunding``, ``tiers``, ``people`` and ``programme``, each on top of the one before.
"""

import pickle
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from loyalty_site.simulation.facts import UNKEYED, Answer, Fact, Refused, Terms
from loyalty_site.simulation.ground import Request
from loyalty_site.simulation.programme import Programme

ALONE: Final = (UNKEYED - {"sign"}) | {"adjust"}
"""What does not begin by bringing one member up to the moment."""
CLOCKS: Final = timedelta(minutes=5)
"""By how much a till's clock may be ahead of ours."""
QUIET: Final = frozenset({"merge", "unmerge", "opening"})
"""What tells nobody, and therefore opens nothing that waits: an opening is told."""


class World(Programme):
    """Everything that is so after some facts; ``apply`` adds one more or raises ``Refused``."""

    def apply(self, fact: Fact) -> Answer:
        """Do what the fact says, by the record that stands for the member."""
        does = getattr(self, fact.what)
        if fact.what in ALONE:
            alone: Answer = does(fact, fact.member)
            return alone
        if fact.at > fact.now + CLOCKS:
            raise Refused("in_the_future")
        in_bulk = getattr(fact, "quiet", False) or getattr(fact, "bulk", False)
        outlives = fact.what in {"deliver", "refund"}  # what somebody bought is theirs after they left
        member = self.heads[fact.member] if outlives else self.active(fact.member)
        if in_bulk and member != fact.member:
            raise Refused("not_found")  # whoever imports looks the person up first
        if fact.what not in {*QUIET, "sign"} and not in_bulk:
            self.opened = self.open(member, fact.now)
        answer: Answer = does(fact, member)
        if fact.what == "sign":
            return answer
        card = self.cards[member]
        self.bury(member, fact.now)
        card.posted += 1
        return replace(answer, available=card.available(self.today(fact.now)), owed=card.owed)


class Model:
    """A world, and the answers that were given in it."""

    def __init__(self, terms: Terms, births: tuple[date | None, ...]) -> None:
        self.world = World(terms, births)
        self.answers: dict[tuple[str, str], tuple[int, tuple[Any, ...], Answer]] = {}

    def tell(self, fact: Fact) -> Answer:
        """The answer to a fact, which is kept unless it is refused or was known (RULES 14, 15)."""
        if fact.what == "merge" and fact.member == fact.absorbed:
            raise Refused("same_record")
        known = self.known(fact)
        if known is not None:
            return known
        before, acts = pickle.dumps(self.world), self.world.heads[fact.member]
        try:
            answer = self.world.apply(fact)
        except Refused:
            self.world = pickle.loads(before)  # noqa: S301 (our own)
            raise
        if fact.what not in UNKEYED and not answer.state:
            self.answers[fact.what, fact.key] = (acts, fact.body, answer)
        return answer

    def known(self, fact: Fact) -> Answer | None:
        """The first answer to this key; said of the same person, or it is a conflict."""
        if fact.what in UNKEYED:
            return None
        request = self.world.requests.get(fact.key)
        if request is not None:
            self.insist_same(fact, request.fact.member, request.fact.body)
            return again(request)
        told = self.answers.get((fact.what, fact.key))
        if told is None:
            return None
        self.insist_same(fact, *told[:2])
        return replace(told[2], repeated=True)

    def insist_same(self, fact: Fact, member: int, body: tuple[Any, ...]) -> None:
        """A repetition says the same of the same person, or it is none."""
        if body != fact.body or not self.world.same(member, fact.member):
            raise Refused("key_conflict")


def again(request: Request) -> Answer:
    """A request that is asked for again: how it stands, or what its posting answered."""
    if request.answer is not None:
        return replace(request.answer, repeated=True)
    return Answer(state=request.state)
