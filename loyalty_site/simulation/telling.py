"""A story told to the real books, step by step, and compared with the model after each."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from accounts.errors import WalaaError
from accounts.joining import join
from accounts.models import Member, Merchant
from ledger.bulk.activating import activate
from ledger.bulk.sweeping import evaluate_tiers, expire_redemptions, sweep
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    LineItem,
    PointsAdjusted,
    PurchaseMade,
    Receipt,
    RedemptionClosed,
    RedemptionIssued,
    RefundMade,
)
from ledger.models import Balance, Lot, PendingAward, Purchase, Redemption, TierPeriod
from ledger.posting import post
from ledger.proving.verifying import differences
from loyalty_site.simulation.cards import first
from loyalty_site.simulation.crashing import Crashed, crash_at
from loyalty_site.simulation.facts import NAMES, Answer, Fact, Refused, Terms, day_of
from loyalty_site.simulation.model import Model, World
from loyalty_site.simulation.stories import MEMBERS, Step, Story
from programs.models import EarnRule, Hold, Rounding, RuleKind
from programs.publishing import create_blueprint, publish
from programs.queries import forget_terms

FOUNDED = datetime(2024, 1, 1, tzinfo=UTC)
ROUNDINGS = {0: Rounding.NONE, 1: Rounding.MONTH, 3: Rounding.QUARTER, 6: Rounding.HALF, 12: Rounding.YEAR}


class Differs(Exception):
    """The books and the model disagree; the text says where."""


def tell(story: Story) -> None:
    """Tell a story to a new merchant's books. Raises ``Differs`` at the first step that differs."""
    books, model = Books.opened(story), Model(story.terms, MEMBERS)
    for number, step in enumerate(story.steps, start=1):
        try:
            _tell_step(books, model, step)
        except Differs as error:
            raise Differs(f"seed {story.seed}, step {number}: {step}\n{story.terms}\n{error}") from error
    wrong = [str(found) for found in differences(books.merchant.pk)]
    if wrong:
        raise Differs(f"seed {story.seed}: the books contradict themselves: {wrong}")


def _tell_step(books: "Books", model: Model, step: Step) -> None:
    """Tell one fact, through a crash if there is one, and compare the answer and everything that stands."""
    before = books.state(step.fact.now) if step.crash else {}
    told = _model_says(model, step.fact)
    after = expected(model.world(), step.fact.now)
    said: Answer | str | None = None
    if step.crash:
        said = books.say(step.fact, crash=step.crash)
        if said is None and step.fact.what != "night":
            _compare("after a crash", books.state(step.fact.now, unheard=step.fact.key), before, after)
    if said is None:
        said = books.say(step.fact)
        if step.crash and isinstance(said, Answer) and isinstance(told, Answer):
            told = Answer(**{**vars(told), "repeated": said.repeated or told.repeated})
    if step.fact.what != "night" and said != told:
        raise Differs(f"answered {said}\nexpected {told}")
    _compare("stands", books.state(step.fact.now), after)
    if step.fact.what == "night":
        _compare("caches", books.caches(), {n: cached(model.world(), n) for n in range(MEMBERS)})


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


def expected(world: World, now: datetime) -> dict[Any, Any]:
    """What the model says must stand at a moment."""
    state: dict[Any, Any] = {}
    for member, card in enumerate(world.cards):
        alive = (lot for lot in card.lots if lot.left and not lot.dead(day_of(now)))
        state["lots", member] = sorted((str(lot.last), lot.at, lot.points, lot.left) for lot in alive)
        state["owed", member] = card.owed
        state["waiting", member] = sorted((each.order, each.left) for each in card.waiting)
    state["orders"] = {
        key: (order.award, sum(order.back), order.clawed) for key, order in world.orders.items()
    }
    state["codes"] = {key: code.state for key, code in world.codes.items()}
    return state


def cached(world: World, member: int) -> tuple[int, int, str]:
    """What a member's balance row must say after a night."""
    card = world.cards[member]
    newest = ([0] + [tier for _start, tier, _end in sorted(card.tiers, key=first)])[-1]
    return sum(lot.left for lot in card.lots), card.owed, NAMES[newest]


@dataclass
class Books:
    """The real books of one merchant made for one story."""

    merchant: Merchant
    members: list[Member]
    codes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def opened(cls, story: Story) -> "Books":
        """A merchant with the story's terms, and its members."""
        forget_terms()
        slug = f"story-{story.seed}"
        merchant = Merchant.objects.create(slug=slug, name_ar=slug, name_en=slug)
        _promise(merchant, story.terms)
        members = [
            join(
                merchant=merchant,
                now=FOUNDED,
                source="simulation",
                actor="simulation",
                quiet=True,
                phone=f"050000000{number}",
            )[0]
            for number in range(MEMBERS)
        ]
        return cls(merchant, members)

    def say(self, fact: Fact, *, crash: int = 0) -> Answer | str | None:
        """Post a fact; the answer, the code of the refusal, or None when the connection was lost."""
        try:
            with crash_at(crash):
                receipt = self._post(fact)
        except Crashed:
            return None
        except WalaaError as refusal:
            return refusal.code
        if receipt is None:
            return Answer()
        if fact.what == "issue":
            self.codes[fact.key] = receipt.code
        return Answer(
            points=receipt.points,
            available=receipt.available,
            owed=receipt.owed,
            value=0 if fact.what == "adjust" else receipt.value_minor,
            shortfall=receipt.shortfall_points,
            withheld=receipt.withheld_minor,
            repeated=receipt.repeated,
        )

    def _post(self, fact: Fact) -> Receipt | None:
        if fact.what == "night":
            activate(merchant=self.merchant, now=fact.now)
            sweep(merchant=self.merchant, now=fact.now)
            expire_redemptions(now=fact.now)
            evaluate_tiers(now=fact.now)
            return None
        return post(self._event(fact), now=fact.now)

    def _event(self, fact: Fact) -> AnyEvent:
        said: dict[str, Any] = {
            "merchant_id": self.merchant.pk,
            "member_id": self.members[fact.member].pk,
            "occurred_at": fact.at,
            "source": "till",
            "key": fact.key,
            "actor": "simulation",
        }
        if fact.what == "buy":
            lines = tuple(LineItem(amount, kind, category) for amount, kind, category in fact.lines)
            codes = tuple(self._code(name) for name in fact.codes)
            return PurchaseMade(**said, lines=lines, redemption_codes=codes, award=fact.award)
        if fact.what == "refund":
            order = {"purchase_source": "till", "purchase_key": fact.order}
            return RefundMade(**said, **order, amount_minor=fact.amount, lines=fact.lines)
        if fact.what == "deliver":
            return AwardsOpened(**said, purchase_source="till", purchase_key=fact.order, awaits="delivered")
        if fact.what == "issue":
            return RedemptionIssued(
                **said, points=fact.points, order_minor=fact.order_minor, minutes=fact.minutes
            )
        if fact.what == "close":
            return RedemptionClosed(**said, code=self._code(fact.code), outcome=fact.outcome)
        return PointsAdjusted(**said, points=fact.points, reason="Sorry")

    def _code(self, name: str) -> str:
        """The real code of an issue; one that a crash kept from us is looked up as a person would."""
        return self.codes.get(name, "NNNNNNNN")

    def state(self, now: datetime, *, unheard: str = "") -> dict[Any, Any]:
        """What stands in the books at a moment, in the words of the model.

        ``unheard`` is the issue whose answer a crash kept from us: a code that we do not know is its.
        """
        ids = [member.pk for member in self.members]
        names = {code: name for name, code in self.codes.items()}
        found: dict[Any, Any] = {("lots", member): [] for member in range(MEMBERS)}
        lots = Lot.objects.filter(member_id__in=ids, remaining__gt=0)
        for pk, last, at, points, left in lots.values_list(
            "member_id", "expires_on", "earned_at", "points", "remaining"
        ):
            if last is None or last >= day_of(now):
                found["lots", ids.index(pk)].append((str(last), at, points, left))
        for member in range(MEMBERS):
            found["lots", member].sort()
        owed = dict(Balance.objects.filter(member_id__in=ids).values_list("member_id", "owed"))
        found |= {("owed", member): owed.get(pk, 0) for member, pk in enumerate(ids)}
        found |= {("waiting", member): [] for member in range(MEMBERS)}
        waiting = PendingAward.objects.filter(member_id__in=ids, left__gt=0).order_by("purchase__external_id")
        for pk, key, left in waiting.values_list("member_id", "purchase__external_id", "left"):
            found["waiting", ids.index(pk)].append((key, left))
        orders = Purchase.objects.filter(member_id__in=ids)
        rows = orders.values_list("external_id", "points", "refunded_minor", "clawed_points")
        found["orders"] = {key: (points, back, clawed) for key, points, back, clawed in rows}
        codes = Redemption.objects.filter(member_id__in=ids).values_list("code", "state")
        found["codes"] = {names.get(code, unheard or code): state for code, state in codes}
        return found

    def caches(self) -> dict[int, tuple[int, int, str]]:
        """What the balance rows and the newest tier say."""
        found = {}
        for number, member in enumerate(self.members):
            row = Balance.objects.filter(pk=member.pk).first() or Balance(member=member)
            newest = TierPeriod.objects.filter(member=member).order_by("starts_at", "id").last()
            found[number] = (row.available, row.owed, newest.tier_code if newest else NAMES[0])
        return found


def _promise(merchant: Merchant, terms: Terms) -> None:
    """Publish a programme with the story's terms."""
    version = create_blueprint(merchant=merchant)
    version.negative_policy, version.tier_renewal = terms.policy, terms.renewal
    version.expiry_months, version.expiry_rounding = terms.months, ROUNDINGS[terms.rounding]
    version.max_redeem_minor = terms.cap_minor
    version.hold = Hold.EVENT if terms.hold == -1 else Hold.DAYS if terms.hold else Hold.NONE
    version.hold_days, version.hold_event = max(0, terms.hold), "delivered" if terms.hold == -1 else ""
    version.save()
    if terms.coffee > 1:
        EarnRule.objects.create(
            version=version,
            code="coffee",
            name_ar="قهوة",
            name_en="Coffee",
            kind=RuleKind.MULTIPLIER,
            factor=terms.coffee,
            categories=["coffee"],
        )
    publish(version=version, actor="simulation", effective_from=FOUNDED, now=FOUNDED)
