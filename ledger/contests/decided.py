"""Decided contests: the ranking for the shop, their own place and prizes for the member. Reads only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Member, Merchant
from ledger.contests.ranking import CONTEST
from ledger.families import family_of
from ledger.models import Achievement, ContestClosing, ContestStanding
from ledger.models.redemptions import RedemptionState
from programs.contests import ContestTerms, PlacePrize
from programs.queries import Timeline
from programs.terms import Terms

MOST_ENDED: Final = 30
"""How many of their contests a member is shown."""
Key = tuple[str, object]


@dataclass(frozen=True, slots=True)
class Ended:
    """A decided contest, with the terms it was decided by."""

    closing: ContestClosing
    contest: ContestTerms
    terms: Terms


@dataclass(frozen=True, slots=True)
class Given:
    """What a contest gave in all: prizes, their points, their vouchers and how many of these were used."""

    prizes: int = 0
    points: int = 0
    vouchers: int = 0
    used: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A place: what it wins by the terms (None: nothing), and what was given for it (None: nothing yet)."""

    standing: ContestStanding
    prize: PlacePrize | None
    won: Achievement | None

    @property
    def has_left(self) -> bool:
        """Whether the member is gone: whoever had left by then won nothing."""
        member = self.standing.member
        return member.detached_at is not None or member.erased_at is not None


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """How a contest ended for one member, with every prize that it gave them."""

    ended: Ended
    place: int
    won: tuple[Achievement, ...]


def decided(merchant: Merchant) -> QuerySet[ContestClosing]:
    """The shop's decided contests, the last one first."""
    return ContestClosing.objects.filter(merchant=merchant).order_by("-closed_at", "-pk")


def with_terms(closings: Iterable[ContestClosing], promises: Timeline) -> list[Ended]:
    """Each with the terms it was decided by."""
    found = []
    for closing in closings:
        terms = promises.of(closing.version_id)
        contest = terms.contest(closing.code, closing.starts_on) if terms else None
        if terms is not None and contest is not None:
            found.append(Ended(closing, contest, terms))
    return found


def given_by(merchant: Merchant, closings: Collection[ContestClosing]) -> dict[int, Given]:
    """What each of these contests gave, by the closing's id; one query."""
    ids = {_key(closing): closing.pk for closing in closings}
    rows = _prizes(Q(merchant=merchant, code__in={closing.code for closing in closings})).order_by()
    is_used = Q(redemption__state=RedemptionState.USED)
    sums = rows.values_list("code", "starts_on").annotate(
        prizes=Count("pk"), sum=Sum("points"), vouchers=Count("redemption"),
        used=Count("redemption", filter=is_used),
    )  # fmt: skip
    return {ids[code, starts_on]: Given(*rest) for code, starts_on, *rest in sums if (code, starts_on) in ids}


def ranking(closing: ContestClosing) -> QuerySet[ContestStanding]:
    """Every place of a contest in order, with the members."""
    return ContestStanding.objects.filter(closing=closing).select_related("member").order_by("place")


def placed(ended: Ended, standings: Sequence[ContestStanding]) -> list[Placed]:
    """These places with what they win and what was given; one query.

    A prize is on the record that stood for the member when it was given: theirs, or what it was merged into.
    """
    people = {pk for row in standings for pk in (row.member_id, row.member.merged_into_id)}
    rows = _prizes(Q(member__in=people - {None}, **_of(ended.closing))).order_by("pk")
    by_member: dict[int | None, list[Achievement]] = {}
    for row in rows:
        by_member.setdefault(row.member_id, []).append(row)
    return [_placed(ended.contest, row, by_member) for row in standings]


def ended_of(member: Member, promises: Timeline) -> list[OwnPlace]:
    """The contests in which a member has a place, the last one first, and what they won; three queries."""
    family = list(family_of(member.pk))
    rows = ContestStanding.objects.filter(member__in=family).select_related("closing__merchant")
    latest = rows.order_by("-closing__closed_at", "-closing_id", "place")[:MOST_ENDED]
    places: dict[int, int] = {}
    closings: dict[int, ContestClosing] = {}
    for row in latest:
        closings.setdefault(row.closing_id, row.closing)
        places.setdefault(row.closing_id, row.place)
    won = prizes_of(family)
    return [
        OwnPlace(ended, places[ended.closing.pk], won.get(_key(ended.closing), ()))
        for ended in with_terms(closings.values(), promises)
    ]


def has_ended(family: Collection[int]) -> bool:
    """Whether any contest in which these records have a place was decided."""
    return ContestStanding.objects.filter(member__in=family).exists()


def prizes_of(family: Collection[int]) -> dict[Key, tuple[Achievement, ...]]:
    """What contests gave to these records, by the contest's code and first day; one query."""
    won: dict[Key, tuple[Achievement, ...]] = {}
    for row in _prizes(Q(member__in=family)).order_by("pk"):
        won[row.code, row.starts_on] = (*won.get((row.code, row.starts_on), ()), row)
    return won


def _placed(
    contest: ContestTerms, standing: ContestStanding, by_member: dict[int | None, list[Achievement]]
) -> Placed:
    prize = contest.prize_of(standing.place)
    mine = by_member.get(standing.member_id) or by_member.get(standing.member.merged_into_id) or []
    return Placed(standing, prize, mine.pop(0) if prize and mine else None)


def _prizes(asked: Q) -> QuerySet[Achievement]:
    return Achievement.objects.filter(asked, kind=CONTEST, revoked_at__isnull=True).select_related(
        "redemption"
    )


def _of(closing: ContestClosing) -> dict[str, object]:
    return {"code": closing.code, "starts_on": closing.starts_on}


def _key(closing: ContestClosing) -> Key:
    return closing.code, closing.starts_on
