"""What a member won at one stroke: cards filled, challenges, contests, badges, vouchers and a new tier.

Whatever one posting gave bears the instant at which it was recorded; the instant is the occasion, so one
order is one message however much it gave. What a refund took back meanwhile, and vouchers that were used or
ran out, are told no more. A voucher that came with a friend or with a plan is told where those are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from django.db.models import Q

from accounts.models import Merchant, OutboxEvent
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts, Prize, names_of
from campaigns.models import Message, Recipe
from campaigns.tuning import Tuning
from campaigns.upgrades import Upgrade, upgrades_of
from ledger.models import Achievement, ContestStanding, Redemption
from ledger.models.goals import GoalKind
from ledger.models.redemptions import RedemptionKind, RedemptionOrigin, RedemptionState
from programs import goals
from programs.calendars import business_date
from programs.queries import timeline
from programs.terms import Terms

OCCASION: Final = "won:"
ELSEWHERE: Final = (
    *(RedemptionOrigin.POINTS, RedemptionOrigin.REFERRAL, RedemptionOrigin.PLAN, RedemptionOrigin.EVENT),
)
"""Bought, or told by the message about the friend, the plan or the event."""


class Stroke(NamedTuple):
    """One posting of one member, by the instant it was recorded."""

    member_id: int
    at: datetime


class Place(NamedTuple):
    """Whose place it is, in the contest of which code and first day."""

    member_id: int
    code: str
    starts_on: date


def candidate(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """Whom to tell of what an event was part of; None when nothing of it is left to tell."""
    stroke = Stroke(event.about, event.created_at)
    won = prizes_at(recipe.merchant, {stroke}, terms, now).get(stroke)
    if not won:
        return None
    facts = account_facts([event.about], terms)[event.about] | {"prizes": won}
    until = event.created_at + Tuning.read(recipe.settings).validity
    return Candidate(event.about, f"{OCCASION}{event.created_at.astimezone(UTC).isoformat()}", facts, until)


def still_won(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Message id → fresh facts, where something is left of what was won at its stroke."""
    accounts = account_facts({message.member_id for message in messages}, terms)
    strokes = {message.pk: _stroke(message) for message in messages}
    won = prizes_at(messages[0].merchant, set(strokes.values()), terms, now)
    return {
        pk: accounts[stroke.member_id] | {"prizes": won[stroke]}
        for pk, stroke in strokes.items()
        if won.get(stroke)
    }


def prizes_at(
    merchant: Merchant, strokes: Collection[Stroke], terms: Terms, now: datetime
) -> Mapping[Stroke, list[Prize]]:
    """Stroke → what it gave that still stands, a new tier first. The queries do not depend on how many."""
    asked = {"member__in": {one.member_id for one in strokes}}
    instants = {one.at for one in strokes}
    reached = Achievement.objects.filter(**asked, recorded_at__in=instants, revoked_at=None).order_by("pk")
    promises = timeline(merchant)
    upgrades, places = upgrades_of(asked["member__in"], terms, now=now), _places(reached)
    won: dict[Stroke, list[Prize]] = defaultdict(list)
    for row in reached:
        stroke = Stroke(row.member_id, row.recorded_at)
        upgrade = upgrades.get(row.member_id)
        if upgrade and row.purchase_id and upgrade.purchase_id == row.purchase_id and not won[stroke]:
            won[stroke].append(_tier(upgrade))
        won[stroke] += _goal(row, promises.of(row.version_id), places)
    for voucher in _vouchers(asked, instants, now):
        won[Stroke(voucher.member_id, voucher.issued_at)].append(_voucher(voucher, merchant))
    return {stroke: prizes for stroke, prizes in won.items() if any(one["what"] != "tier" for one in prizes)}


def _stroke(message: Message) -> Stroke:
    return Stroke(message.member_id, datetime.fromisoformat(message.occasion.removeprefix(OCCASION)))


def _vouchers(asked: Mapping[str, object], instants: set[datetime], now: datetime) -> Iterator[Redemption]:
    given = Redemption.objects.filter(
        **asked,
        issued_at__in=instants,
        kind=RedemptionKind.REWARD,
        state=RedemptionState.RESERVED,
        expires_at__gt=now,
    )
    yield from given.exclude(origin__in=ELSEWHERE).order_by("pk")


def _tier(upgrade: Upgrade) -> Prize:
    names = names_of(upgrade.tier)
    return Prize(what="tier", ar=names["ar"], en=names["en"])


def _places(reached: Iterable[Achievement]) -> Mapping[Place, int]:
    """The places that prizes of contests are for; one query where there are any."""
    codes = {row.code for row in reached if row.kind == GoalKind.CONTEST}
    if not codes:
        return {}
    people = {row.member_id for row in reached}
    rows = ContestStanding.objects.filter(
        Q(member__in=people) | Q(member__merged_into__in=people), closing__code__in=codes
    )
    about = ("closing__code", "closing__starts_on", "place", "member_id", "member__merged_into")
    return {
        Place(person, code, starts_on): place
        for code, starts_on, place, *records in rows.order_by("-place").values_list(*about)
        for person in records
        if person
    }


def _goal(row: Achievement, terms: Terms | None, places: Mapping[Place, int]) -> Iterator[Prize]:
    """A card, a challenge or a contest by its name, and the badge that came; a rule has only its badge."""
    goal = goals.named(terms.goals, row.kind, row.code) if terms else None
    if terms is None or goal is None:
        return
    prize = Prize(what=goal.kind, ar=goal.name_ar, en=goal.name_en, points=row.points)
    if goal.kind == "contest":
        prize["place"] = places[Place(row.member_id, row.code, row.starts_on)]
    if goal.kind != "rule":
        yield prize
    for badge in terms.badges:
        if badge.code == row.badge:
            yield Prize(what="badge", ar=badge.name_ar, en=badge.name_en)


def _voucher(row: Redemption, merchant: Merchant) -> Prize:
    last_day = business_date(row.expires_at - datetime.resolution, merchant.zone)
    return Prize(what="voucher", ar=row.name_ar, en=row.name_en, until=last_day.isoformat())
