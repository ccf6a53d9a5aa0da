"""What a person collected, asked along where some terms of the merchant have something to collect."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery

from accounts.asking import Question, Reader, Row
from ledger.context import GoalFacts
from ledger.events import (
    AnyEvent,
    EventOccurred,
    MembersMerged,
    MergeUndone,
    PointsOpened,
    PurchaseMade,
    RefundMade,
)
from ledger.events_of_contests import ContestWon
from ledger.families import OfPerson
from ledger.models import Achievement, CapUse, GoalCount, GoalEntry, Opening, Redemption
from ledger.models.redemptions import RedemptionState
from ledger.reading import of_member
from ledger.reading.along import Along
from ledger.reading.params import ABSORBED, MEMBER, NOW
from programs.queries import Timeline

CAP_USES: Final = Reader(CapUse)
COUNTS, OPENINGS, GIVEN = Reader(GoalCount), Reader(Opening), Reader(Achievement)
VOUCHERS, ENTRIES = Reader(Redemption, path="redemption__"), Reader(GoalEntry)
PERSON: Final = Q(OfPerson("member_id", MEMBER))
BOTH: Final = PERSON | Q(OfPerson("member_id", ABSORBED))


def unclaimed(openings: QuerySet[Opening]) -> QuerySet[Opening]:
    """Of these openings, those whose stamps still wait for a card."""
    claimed = GoalEntry.objects.filter(opening=OuterRef("pk"))
    return openings.filter(~Exists(claimed), stamps__gt=0).order_by("id")


def _counts(whose: Q) -> Question:
    return Question("goal_counts", GoalCount.objects.filter(whose).order_by("id"), COUNTS.columns)


_OPENINGS: Final = Question("openings", unclaimed(Opening.objects.filter(PERSON)), OPENINGS.columns)
_GIVEN: Final = Question(
    "given",
    Achievement.objects.filter(PERSON, revoked_at__isnull=True)
    .filter(
        Q(redemption__isnull=True)
        | Q(redemption__state=RedemptionState.RESERVED.value, redemption__expires_at__gt=NOW)
    )
    .order_by("-id"),
    (*GIVEN.columns, *VOUCHERS.columns),
)
_OF_ORDER: Final = Question(
    "of_order",
    GoalEntry.objects.filter(purchase_id=Subquery(of_member.PURCHASE.rows.values("pk"))).order_by("id"),
    ENTRIES.columns,
)
_PRIZE_USES: Final = Question(
    "prize_uses",
    CapUse.objects.filter(PERSON, achievement__revoked_at__isnull=True, achievement__isnull=False).order_by(
        "id"
    ),
    CAP_USES.columns,
)
_ASKED: Final = {
    PurchaseMade: (_counts(PERSON), _OPENINGS),
    EventOccurred: (_counts(PERSON), _OPENINGS),
    PointsOpened: (_counts(PERSON), _OPENINGS),
    RefundMade: (_counts(PERSON), _GIVEN, _OF_ORDER),
    ContestWon: (_counts(PERSON),),
    MembersMerged: (_counts(BOTH),),
    MergeUndone: (_counts(PERSON), _GIVEN),
}


def questions_of(event: AnyEvent, promises: Timeline) -> Iterator[Question]:
    """What is asked beside what every event asks, of a merchant whose terms have goals."""
    if any(terms.goals for terms in promises.terms):
        yield from _ASKED.get(type(event), ())
        if isinstance(event, RefundMade | MergeUndone) and any(
            "" in terms.caps_of for terms in promises.terms
        ):
            yield _PRIZE_USES


def goal_facts(along: Along) -> GoalFacts:
    """What the person collected, as it was read along."""
    answers = along.answers
    if "goal_counts" not in answers:
        return GoalFacts()
    return GoalFacts(
        counts=COUNTS.all(answers["goal_counts"]),
        openings=OPENINGS.all(answers.get("openings", ())),
        given=tuple(_given(row) for row in answers.get("given", ())),
        of_order=ENTRIES.all(answers.get("of_order", ())),
        prize_uses=CAP_USES.all(answers.get("prize_uses", ())),
    )


def goals_of_many(members: Mapping[int, int], promises: Timeline) -> dict[int, GoalFacts]:
    """What many people collected; ``members`` tells which record each counts for."""
    if not any(terms.goals for terms in promises.terms):
        return {}
    counts: defaultdict[int, list[GoalCount]] = defaultdict(list)
    openings: defaultdict[int, list[Opening]] = defaultdict(list)
    for count in GoalCount.objects.filter(member_id__in=members).order_by("id"):
        counts[members[count.member_id]].append(count)
    for opening in unclaimed(Opening.objects.filter(member_id__in=members)):
        openings[members[opening.member_id]].append(opening)
    heads = {*counts, *openings}
    return {pk: GoalFacts(counts=tuple(counts[pk]), openings=tuple(openings[pk])) for pk in heads}


def goals_after(facts: GoalFacts, rows: Sequence[Model]) -> GoalFacts:
    """The same, once a posting with these rows has been planned."""
    new = tuple(row for row in rows if isinstance(row, GoalCount))
    claimed = {id(row._state.fields_cache.get("opening")) for row in rows if isinstance(row, GoalEntry)}
    left = tuple(opening for opening in facts.openings if id(opening) not in claimed)
    return replace(facts, counts=facts.counts + new, openings=left)


def _given(row: Row) -> Achievement:
    """An achievement with the voucher it gave."""
    width = len(GIVEN)
    achievement: Achievement = GIVEN.one(row[:width])
    voucher = VOUCHERS.one(row[width:]) if row[width] is not None else None
    achievement._state.fields_cache["redemption"] = voucher
    return achievement
