"""What must be known about a member before an event can be planned: plain facts, nothing lazy.

The member's balance row is read first: a posting planned on it carries its version, so whatever was read
afterwards is proved unchanged by the writer, or the posting is stale.
``ledger.reading.context_read`` fills it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from accounts.models import Member, Merchant
from ledger.models import (
    Achievement,
    CapUse,
    GiftCard,
    GiftCardEntry,
    GoalCount,
    GoalEntry,
    Lot,
    LotExtension,
    Membership,
    MembershipPayment,
    Merge,
    MergedLot,
    Opening,
    PendingAward,
    Place,
    Purchase,
    PurchaseLine,
    Redemption,
    Referral,
    SignedQuote,
    TierPeriod,
)
from ledger.purse import Debt, Taken
from ledger.spending import Spending
from programs.calendars import business_date
from programs.capping import Used
from programs.lifecycle import expiry_day
from programs.models import Cause, MemberEvent, PartnerOffer, Programme, ProgrammeState, Reward
from programs.occasions import Set
from programs.queries import Timeline
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class Standing:
    """What the member's balance row says; ``is_new`` when there is no row yet."""

    member_id: int
    merchant_id: int
    available: int = 0
    owed: int = 0
    pending: int = 0
    earned_ever: int = 0
    tier_code: str = ""
    purchases: int = 0
    first_purchase_at: datetime | None = None
    last_purchase_at: datetime | None = None
    version: int = 0
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A purchase facing a refund: its lines, what came back of each, and its own lots (ids).

    ``cap_uses`` is what its award took from caps, ``spent`` what the codes that paid for it took of which
    lot and earlier refunds have not returned,
    ``spent_points`` what they took in all; ``gifts`` are the entries of gift cards that paid, each with its
    card.
    """

    purchase: Purchase
    lines: tuple[PurchaseLine, ...]
    refunded: tuple[int, ...]
    lots: frozenset[int]
    spent: tuple[Taken, ...] = ()
    spent_points: int = 0
    cap_uses: tuple[CapUse, ...] = ()
    gifts: tuple[GiftCardEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """A second record facing a merge, or its undoing (then ``merge`` is the one to undo).

    ``moved`` are the lots that went over and are still open, ``paid`` what the survivor's lots gave for a
    debt that did, ``roots`` the lots that the points first came in with, by lot id. ``repointed`` are records
    absorbed earlier, ``referred`` members either record brought, ``pending`` awards that wait, ``consents``
    (member, channel, purpose) → answer in force of both.
    """

    absorbed: "Context"
    merge: Merge | None = None
    moved: tuple[MergedLot, ...] = ()
    paid: tuple[Taken, ...] = ()
    roots: Mapping[int, Lot] = field(default_factory=dict)
    repointed: tuple[Member, ...] = ()
    referred: tuple[Member, ...] = ()
    pending: tuple[PendingAward, ...] = ()
    codes: tuple[Redemption, ...] = ()
    consents: Mapping[tuple[int, str, str], bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReferralFacts:
    """A referral whose side is rewarded, or gives its reward back.

    ``kept_minor`` is what is kept of the friend's order, paid with money; ``lately`` how many friends of who
    brings them were rewarded in the last 30 days; ``points`` what each side was given, ``lots`` (ids) which
    lots of the member's that came in with it, ``voucher`` what else the side was given, unused or not.
    """

    referral: Referral
    kept_minor: int = 0
    lately: int = 0
    points: Mapping[str, int] = field(default_factory=dict)
    lots: frozenset[int] = frozenset()
    voucher: Redemption | None = None


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What only some rules ask: read where the terms name it, empty elsewhere.

    ``segments`` held at the instant, ``orders`` made before it, ``plan`` held at it,
    ``occasions`` as merchants set their days,
    ``used`` what the caps gave in the periods of the event's day, ``collected`` what the person collected
    on it of every goal by (kind, code, first day); open quotes included in both.
    """

    segments: frozenset[str] = frozenset()
    orders: int = 0
    plan: str = ""
    occasions: tuple[Set, ...] = ()
    used: Used = field(default_factory=dict, hash=False)
    collected: Mapping[tuple[str, str, date], int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class GoalFacts:
    """What the person collected: read where some terms have cards, challenges or rules that give them.

    ``openings`` are stamps that still wait for their card, ``given`` achievements in force that can be taken
    back (with their vouchers), ``prize_uses`` what these took from caps, ``of_order`` the entries of the
    purchase that faces a refund.
    """

    counts: tuple[GoalCount, ...] = ()
    openings: tuple[Opening, ...] = ()
    given: tuple[Achievement, ...] = ()
    of_order: tuple[GoalEntry, ...] = ()
    prize_uses: tuple[CapUse, ...] = ()


@dataclass(frozen=True, slots=True)
class RewardFacts:
    """Of the reward that is asked for, and 0 where it asks no such thing.

    ``given`` pieces of its stock, how many the person ``had`` in the running period, and whether one of its
    segments holds them. ``plan`` is the one they pay for.
    """

    given: int = 0
    had: int = 0
    in_segment: bool = False
    plan: str = ""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """An event with places as a sign-up finds it: units ``taken``, sign-ups ``waiting``.

    ``mine`` is the person's own open sign-up, ``place`` the one that is named and whether they were there.
    """

    event: MemberEvent
    taken: int = 0
    waiting: int = 0
    mine: Place | None = None
    place: Place | None = None
    attended: bool = False
    segments: frozenset[str] = frozenset()
    plan: str = ""

    @property
    def has_room(self) -> bool:
        """Whether a place is free."""
        return self.taken < self.event.places

    @property
    def is_free(self) -> bool:
        """Whether a place is free for somebody new: nobody waits for it."""
        return self.has_room and not self.waiting


@dataclass(frozen=True, slots=True)
class Context:
    """One member as they stand, and what the event names.

    ``lots`` are those with something left: all of them for events that take points, only the dead ones
    for events that do not. ``spending`` reaches as far back as the event's questions about tiers.
    ``earns`` says whether the programme lets this member earn at all. ``redemptions`` are those the event
    names by code, ``returning`` what an ended one took from which lot, ``marks`` what moved the last days of
    the lots (ids) of other records whose points come over. ``family`` are the ids of the records merged into
    this one, and its own: spend, orders and once-only bonuses of all of them count. ``rules`` is what only
    some programmes ask.

    ``pending`` are the awards that wait, ``told_of_opening`` whether the member heard of an opening today,
    ``memberships`` are the person's, ``fee`` the one that a refund gives back. ``opening`` is the purchase
    that an event opens, ``quote`` the signed one an order names. ``spared`` are dead lots (ids) that get one
    grace first, because no alert could be delivered.
    """

    merchant: Merchant
    member: Member
    programme: Programme | None
    promises: Timeline
    balance: Standing
    branch_code: str = ""
    earns: bool = False
    lots: tuple[Lot, ...] = ()
    debts: tuple[Debt, ...] = ()
    spending: Spending = field(default_factory=Spending)
    periods: tuple[TierPeriod, ...] = ()
    birthday_uses: tuple[tuple[int, date], ...] = ()
    rules: RuleFacts = RuleFacts()
    goals: GoalFacts = GoalFacts()
    redemptions: tuple[Redemption, ...] = ()
    returning: tuple[Taken, ...] = ()
    marks: Mapping[int, tuple[LotExtension, ...]] = field(default_factory=dict)
    refund: RefundFacts | None = None
    reward: Reward | None = None
    reward_facts: RewardFacts = RewardFacts()
    gift_cards: tuple[GiftCard, ...] = ()
    pending: tuple[PendingAward, ...] = ()
    told_of_opening: bool = False
    opening: Purchase | None = None
    quote: SignedQuote | None = None
    spared: frozenset[int] = frozenset()
    family: tuple[int, ...] = ()
    merging: MergeFacts | None = None
    memberships: tuple[Membership, ...] = ()
    fee: MembershipPayment | None = None
    fee_membership: Membership | None = None
    fee_is_refunded: bool = False
    fee_voucher: Redemption | None = None
    referring: ReferralFacts | None = None
    cause: Cause | None = None
    offer: PartnerOffer | None = None
    places: PlaceFacts | None = None

    def terms_at(self, moment: datetime) -> Terms | None:
        """The terms in force at ``moment``."""
        return self.promises.at(moment)

    def nearest_terms(self, moment: datetime) -> Terms | None:
        """The terms in force at ``moment``, or the earliest ever published: history moves tiers by them."""
        return self.promises.nearest(moment)

    @property
    def is_frozen(self) -> bool:
        """Whether expiry stands still because the programme is paused (RULES 26)."""
        return self.programme is not None and self.programme.state == ProgrammeState.PAUSED

    def expiry_day(self, now: datetime) -> date:
        """The day by which lots live and die: today, or the day on which the programme was paused."""
        return expiry_day(self.programme, self.merchant.zone, business_date(now, self.merchant.zone))
