"""The real books of one merchant made for one story: what is said to them, and what stands in them then."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from accounts.access import Actor, staff_actor
from accounts.erasing import erase
from accounts.errors import WalaaError
from accounts.joining import join
from accounts.models import Member, Merchant, Staff, User
from accounts.models.staff import Role
from ledger import freezing, second_person
from ledger.bulk.activating import activate
from ledger.bulk.codes import expire_redemptions
from ledger.bulk.many import post_many
from ledger.bulk.sweeping import renew, sweep
from ledger.events import AnyEvent, PointsOpened, PurchaseMade
from ledger.models import (
    AdjustmentRequest,
    Balance,
    ExpiryNotice,
    TierPeriod,
    WorkShard,
)
from ledger.posting import post
from ledger.quoting import sign
from ledger.receipt import Receipt
from loyalty_site.simulation.crashing import (
    LOST,
    PROCESS,
    Crashed,
    crash_at,
    in_a_process_that_dies,
)
from loyalty_site.simulation.facts import NAMES, Answer, Fact
from loyalty_site.simulation.saying import Names, event_of
from loyalty_site.simulation.standing import standing
from loyalty_site.simulation.stories import Story
from loyalty_site.simulation.terms_of import programme_with, publish_terms
from programs import lifecycle
from programs.models import Programme
from programs.queries import forget_terms

FOUNDED = datetime(2024, 1, 1, tzinfo=UTC)
ASKERS = (Role.OWNER, Role.MANAGER)


@dataclass
class Books:
    """A merchant, its members and its two people who may give points."""

    merchant: Merchant
    members: list[Member]
    staff: list[Actor]
    names: Names = field(default_factory=Names)

    @classmethod
    def opened(cls, story: Story) -> "Books":
        """A merchant with the story's terms, and its members."""
        forget_terms()
        slug = f"story-{story.seed}"
        merchant = Merchant.objects.create(slug=slug, name_ar=slug, name_en=slug)
        programme_with(merchant, story.terms, FOUNDED)
        members = [
            join(
                merchant=merchant, now=FOUNDED, source="simulation", actor="simulation", quiet=True,
                phone=f"050000000{number}", birthday=born,
            )[0]
            for number, born in enumerate(story.births)
        ]  # fmt: skip
        people = [User.objects.create_user(f"{role}@{slug}.example", password=None) for role in ASKERS]
        posts = [
            Staff.objects.create(user=user, merchant=merchant, role=role)
            for user, role in zip(people, ASKERS, strict=True)
        ]
        return cls(merchant, members, [staff_actor(post) for post in posts])

    def say(self, fact: Fact, *, crash: int = 0, how: str = LOST) -> Answer | str | None:
        """Say a fact; the answer, the code of the refusal, or None when the connection was lost."""
        try:
            if how == PROCESS and crash:
                said = in_a_process_that_dies(crash, lambda: self._said(fact))
            else:
                with crash_at(crash, how) as fuse:
                    said = self._said(fact)
                if fuse.burnt and isinstance(said, str):
                    return None  # "busy" is what a till hears of a lost connection
        except Crashed:
            return None
        if isinstance(said, str):
            return said
        if isinstance(said, AdjustmentRequest):
            return Answer(state=said.state)
        if said is None:
            return Answer()
        self.names.learn(fact, said)
        return Answer(
            points=said.points,
            available=said.available,
            owed=said.owed,
            value=0 if fact.what in {"adjust", "decide"} else said.value_minor,
            shortfall=said.shortfall_points,
            withheld=said.withheld_minor,
            repeated=said.repeated,
        )

    def _said(self, fact: Fact) -> Receipt | AdjustmentRequest | str | None:
        """What the books say, a refusal by its code."""
        try:
            return self._say(fact)
        except WalaaError as refusal:
            return refusal.code

    def _say(self, fact: Fact) -> Receipt | AdjustmentRequest | None:
        verb: Callable[[Fact], Any] | None = getattr(self, f"_{fact.what}", None)
        if verb is not None:
            found: Receipt | AdjustmentRequest | None = verb(fact)
            return found
        return self._post(event_of(fact, self.merchant, self.members, self.names), fact)

    @staticmethod
    def _post(event: AnyEvent, fact: Fact) -> Receipt:
        """Through the front door, or with the many."""
        if getattr(fact, "quiet", False) or getattr(fact, "bulk", False):
            assert isinstance(event, PurchaseMade | PointsOpened)  # noqa: S101 (only they come in bulk)
            answer = post_many([event], now=fact.now)[0].answer
            if isinstance(answer, WalaaError):
                raise answer
            assert answer is not None  # noqa: S101 (receipts were asked for)
            return answer
        return post(event, now=fact.now)

    # What is not an event

    def _night(self, fact: Fact) -> None:
        self.settle(fact.now)
        activate(merchant=self.merchant, now=fact.now)
        sweep(merchant=self.merchant, now=fact.now)
        expire_redemptions(now=fact.now)
        renew(merchant=self.merchant, now=fact.now)

    def let_claims_run_out(self) -> None:
        """What a crash held, somebody else may take, as it is some minutes later."""
        WorkShard.objects.filter(merchant=self.merchant).update(claimed_until=None)

    def settle(self, now: datetime) -> None:
        """What the clock does about a pause or a closing that was left half done."""
        freezing.settle(programme=self._programme(), now=now)

    def _pause(self, fact: Fact) -> None:
        lifecycle.pause(programme=self._programme(), now=fact.now)

    def _resume(self, fact: Fact) -> None:
        freezing.resume(programme=self._programme(), now=fact.now)

    def _wind_up(self, fact: Fact) -> None:
        freezing.close(programme=self._programme(), now=fact.now)

    def _reopen(self, fact: Fact) -> None:
        freezing.reopen(programme=self._programme(), now=fact.now)

    def _publish(self, fact: Fact) -> None:
        publish_terms(self._programme(), fact.terms, starts=fact.starts, now=fact.now)

    def _notice(self, fact: Fact) -> None:
        member = self.members[fact.member]
        told = {"points": 1, "deliverable": False, "at": fact.now}
        ExpiryNotice.objects.get_or_create(member=member, expires_on=fact.day, defaults=told)

    def _sign(self, fact: Fact) -> Receipt:
        signed = sign(event_of(fact, self.merchant, self.members, self.names), now=fact.now)  # type: ignore[arg-type] # an order
        self.names.quotes[fact.key] = signed.token
        return signed.receipt

    def _erase(self, fact: Fact) -> None:
        erase(member=Member.objects.get(pk=self.members[fact.member].pk), actor="simulation", now=fact.now)

    def _adjust(self, fact: Fact) -> Receipt | AdjustmentRequest:
        return second_person.adjust(
            actor=self.staff[fact.by],
            member=Member.objects.select_related("merchant").get(pk=self.members[fact.member].pk),
            points=fact.points,
            reason="Sorry",
            source="office",
            key=fact.key,
            now=fact.now,
        )

    def _decide(self, fact: Fact) -> Receipt | AdjustmentRequest:
        actor = self.staff[fact.by]
        request = AdjustmentRequest.objects.get(merchant=self.merchant, key=fact.request)
        if fact.yes:
            return second_person.approve(actor=actor, request_id=request.pk, now=fact.now)
        return second_person.decline(actor=actor, request_id=request.pk, now=fact.now)

    def _programme(self) -> Programme:
        return Programme.objects.select_related("merchant").get(merchant=self.merchant)

    def state(self, today: date, *, unheard: str = "") -> dict[Any, Any]:
        """What stands in the books on a day of expiry, in the words of the model (``standing``)."""
        return standing(self.merchant, self.members, self.names, today, unheard)

    def caches(self) -> dict[int, tuple[int, int, str]]:
        """What the balance rows and the newest tier say."""
        found = {}
        for number, member in enumerate(self.members):
            row = Balance.objects.filter(pk=member.pk).first() or Balance(member=member)
            newest = TierPeriod.objects.filter(member=member).order_by("starts_at", "id").last()
            found[number] = (row.available, row.owed, newest.tier_code if newest else NAMES[0])
        return found
