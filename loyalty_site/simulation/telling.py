"""A story told to the real books, step by step, and compared with the model after each."""

from dataclasses import replace
from datetime import date
from typing import Any

from ledger.proving.verifying import differences
from loyalty_site.simulation.books import Books
from loyalty_site.simulation.facts import NAMES, UNKEYED, Answer, Fact, Refused
from loyalty_site.simulation.model import Model, World
from loyalty_site.simulation.stories import Step, Story

Stand = tuple[date, dict[Any, Any]]
"""What stands, on a day of expiry."""


class Differs(Exception):
    """The books and the model disagree; the text says where."""


def tell(story: Story) -> None:
    """Tell a story to a new merchant's books. Raises ``Differs`` at the first step that differs."""
    books, model = Books.opened(story), Model(story.terms, story.births)
    for number, step in enumerate(story.steps, start=1):
        try:
            _tell_step(books, model, step)
        except Differs as error:
            told = f"seed {story.seed}, step {number}: {step}\n{story.terms}"
            raise Differs(f"{told}\n{error}\nmanage.py simulate --seed {story.seed}") from error
    wrong = [str(found) for found in differences(books.merchant.pk)]
    if wrong:
        raise Differs(f"seed {story.seed}: the books contradict themselves: {wrong}")


def _tell_step(books: Books, model: Model, step: Step) -> None:
    """Tell one fact, through a crash if there is one, and compare the answer and everything that stands."""
    fact = step.fact
    stood_on = model.world.today(fact.now)  # a pause that ends moves the day itself
    before = books.state(stood_on) if step.crash else {}
    told = _model_says(model, fact)
    today = model.world.today(fact.now)
    after = expected(model.world, today)
    said: Answer | str | None = None
    if step.crash:
        said = books.say(fact, crash=step.crash, how=step.how)
        if said is None and isinstance(told, Answer):
            _go_on(books, fact)
        if said is None and _was_done(books, fact, (stood_on, before), (today, after)):
            said = told
        elif said is None:
            said, told = _again(books, fact, told)
    if said is None:
        said = books.say(fact)
    if fact.what != "night" and said != told:
        raise Differs(f"answered {said}\nexpected {told}")
    _compare("stands", books.state(today), after)
    if fact.what == "night":
        numbers = range(len(books.members))
        _compare("caches", books.caches(), {n: cached(model.world, n) for n in numbers})


def _go_on(books: Books, fact: Fact) -> None:
    """After a crash: the days that a pause or a closing moves go on where they were left, by the clock."""
    books.let_claims_run_out()
    if fact.what in {"resume", "wind_up", "reopen"}:
        books.settle(fact.now)


def _was_done(books: Books, fact: Fact, before: Stand, after: Stand) -> bool:
    """After a crash: whether everything was done of something that has no key, to be asked for again.

    What stands is what stood or what must stand: half of a fact never does. Only a night may be half over:
    what it does is not to be seen here, and the next one goes on where it was left.
    """
    if fact.what == "night":
        return False
    done = books.state(after[0], unheard=fact.key) == after[1]
    if not done:
        _compare("after a crash", books.state(before[0], unheard=fact.key), before[1])
    return fact.what in UNKEYED and done and before[1] != after[1]


def _again(books: Books, fact: Fact, told: Answer | str) -> tuple[Answer | str | None, Answer | str]:
    """The answer to a retry, and what it must be: whether it says that it repeats is not ours to know."""
    said = books.say(fact)
    if isinstance(said, Answer) and isinstance(told, Answer):
        told = replace(told, repeated=said.repeated or told.repeated)
    return said, told


def _compare(what: str, found: dict[Any, Any], *allowed: dict[Any, Any]) -> None:
    """Insist that what stands is one of what may stand."""
    if found not in allowed:
        lines = "\n".join(
            f"  {name}: {found.get(name)}\n    not {allowed[-1].get(name)}"
            for name in {*found, *allowed[-1]}
            if found.get(name) != allowed[-1].get(name)
        )
        raise Differs(f"{what}:\n{lines}")


def _model_says(model: Model, fact: Fact) -> Answer | str:
    try:
        return model.tell(fact)
    except Refused as refusal:
        return refusal.code


def expected(world: World, today: date) -> dict[Any, Any]:
    """What the model says must stand on a day of expiry."""
    state: dict[Any, Any] = {}
    for member, card in enumerate(world.cards):
        alive = [lot for lot in card.lots if lot.left and not lot.dead(today)]
        state["lots", member] = sorted(
            (str(lot.last), str(lot.at)[:19], lot.points, lot.left) for lot in alive
        )
        state["owed", member] = card.owed
        state["waiting", member] = sorted((each.order, each.left) for each in card.waiting)
    state["orders"] = {
        key: (order.award, sum(order.back), order.clawed) for key, order in world.orders.items()
    }
    state["codes"] = {key: code.state for key, code in world.codes.items()}
    state["requests"] = {key: request.state for key, request in world.requests.items()}
    state["merged"] = sum(not merge.undone for merge in world.merges.values())
    state["erased"] = [card.erased for card in world.cards]
    state["programme"], state["versions"] = world.state, len(world.versions)
    return state


def cached(world: World, member: int) -> tuple[int, int, str]:
    """What a member's balance row must say after a night."""
    card = world.cards[member]
    return sum(lot.left for lot in card.lots), card.owed, NAMES[card.tiers.newest]
