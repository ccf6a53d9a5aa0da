"""Proving points: what lots hold, what movements did, what members have (RULES 43)."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from django.db.models import Exists, F, OuterRef

from ledger.models import Balance, Lot, LotUse, Movement, Purchase, Redemption, TierPeriod
from ledger.models.movements import OWING, MovementKind
from ledger.models.redemptions import RedemptionState
from ledger.proving.finding import Found, Scope, Sums, differ, points_of, rows_of, wrong_rows
from programs.models import Tier

LOTS_MADE: Final = points_of(Lot, "movement_id", "made")
USED: Final = points_of(LotUse, "movement_id", "used")
EARNED: Final = f"CASE WHEN s.kind = '{MovementKind.EARN.value}' THEN s.points ELSE 0 END"
MAY_OWE: Final = ", ".join(f"'{kind.value}'" for kind in OWING)


def lots(scope: Scope) -> Iterator[Found]:
    """What is left of a lot is its points less its uses; nobody uses another member's."""
    uses = points_of(LotUse, "lot_id", "used")
    shown = ("o.member_id", "o.remaining", "o.points - {used}")
    for pk, member, *found in wrong_rows(
        Lot, "o.remaining <> o.points - {used}", shown=shown, scope=scope, sums=[uses]
    ):
        yield "lot", f"lot {pk} of member {member}", found[0], found[1]
    uses_of_lots = LotUse.objects.filter(scope.rows("lot__"))
    for use in uses_of_lots.exclude(lot__member=F("movement__member")).order_by("pk"):
        yield "use of a lot", f"use {use.pk}", "another member's lot", "the movement's own"


def movements(scope: Scope) -> Iterator[Found]:
    """A movement is the lots it made less those it used; only what takes back may have found too little."""
    did = "{made} - {used}"
    wrong = f"o.points <> {did} AND NOT (o.kind IN ({MAY_OWE}) AND o.points < {did})"
    shown = ("o.member_id", "o.points", did)
    for pk, member, stored, again in wrong_rows(
        Movement, wrong, shown=shown, scope=scope, sums=[LOTS_MADE, USED]
    ):
        yield "movement", f"movement {pk} of member {member}", stored, again


def balances(scope: Scope) -> Iterator[Found]:
    """A member's row is the sum of their lots, debts, purchases and movements."""
    for rows in (Movement.objects.filter(scope.rows()), Purchase.objects.filter(scope.rows())):
        for pk in rows.filter(member__balance=None).order_by("member_id").values_list("member_id").distinct():
            yield "balance", f"member {pk[0]}", "no balance", "movements or purchases"
    yield from _sums_of_members(scope)
    yield from _days_of_members(scope)
    yield from _debts(scope)


def _sums_of_members(scope: Scope) -> Iterator[Found]:
    pairs = (
        ("available", "o.available", "{available}"),
        ("earned_ever", "o.earned_ever", "{earned}"),
        ("purchases", "o.purchases", "{purchases}"),
        ("moved", "o.available - o.owed", "{moved}"),
    )
    sums = [
        Sums(Lot, "member_id", {"available": "sum(s.remaining)"}),
        Sums(Purchase, "member_id", {"purchases": "count(*)"}),
        Sums(Movement, "member_id", {"moved": "sum(s.points)", "earned": f"sum({EARNED})"}),
    ]
    wrong = " OR ".join(f"{stored} <> {again}" for _name, stored, again in pairs)
    shown = [column for _name, *columns in pairs for column in columns]
    for pk, *found in wrong_rows(Balance, wrong, shown=shown, scope=scope, sums=sums):
        for place, (name, _stored, _again) in enumerate(pairs):
            stored, again = found[2 * place : 2 * place + 2]
            if stored != again:
                yield f"balance, {name}", f"member {pk}", stored, again


def _days_of_members(scope: Scope) -> Iterator[Found]:
    """The first and the last purchase; sums join numbers, so these two are asked by themselves."""
    for name, which in (("first_purchase_at", "min"), ("last_purchase_at", "max")):
        purchases = "ledger_purchase p WHERE p.member_id = o.member_id"
        again = f"(SELECT {which}(p.occurred_at) FROM {purchases})"  # noqa: S608 (our own names)
        for pk, *found in wrong_rows(
            Balance, differ(f"o.{name}", again), shown=(f"o.{name}", again), scope=scope
        ):
            yield f"balance, {name}", f"member {pk}", found[0], found[1]


def _debts(scope: Scope) -> Iterator[Found]:
    """What a member owes is what their debits found too little of, less what was paid since."""
    owed: defaultdict[int, int] = defaultdict(int)
    unpaid = f"o.kind IN ({MAY_OWE}) AND o.points < 0 AND -o.points - {{used}} > 0"
    shown = ("o.member_id", "-o.points - {used}")
    for _pk, member, points in wrong_rows(Movement, unpaid, shown=shown, scope=scope, sums=[USED]):
        owed[member] += points
    stored = dict(Balance.objects.filter(scope.rows(), owed__gt=0).values_list("pk", "owed"))
    for member in sorted({*owed, *stored}):
        if owed[member] != stored.get(member, 0):
            yield "balance, owed", f"member {member}", stored.get(member, 0), owed[member]


def tiers(scope: Scope) -> Iterator[Found]:
    """The tier on the balance is that of the newest period; without one it is an entry tier."""
    for pk, stored, held in rows_of(_other_tiers(scope)):
        yield "tier", f"member {pk}", stored, held
    higher = Tier.objects.filter(
        version__programme__merchant=OuterRef("merchant"),
        code=OuterRef("tier_code"),
        threshold_minor__gt=0,
    )
    periods = TierPeriod.objects.filter(member=OuterRef("pk"))
    unfounded = Balance.objects.filter(scope.rows()).exclude(tier_code="").filter(~Exists(periods))
    for row in unfounded.filter(Exists(higher)).order_by("pk"):
        yield "tier", f"member {row.pk}", row.tier_code, "no tier was ever reached"


def _other_tiers(scope: Scope) -> str:
    """SQL for the balances whose tier is not that of the newest period: each member's periods read once."""
    mine = f"AND {scope.sql('o')}" if scope.sql("o") else ""
    scoped = f"SELECT o.member_id FROM ledger_balance o WHERE true {mine}"  # noqa: S608 (our own names)
    theirs = f"WHERE p.member_id IN ({scoped})" if mine else ""
    return f"""SELECT o.member_id, o.tier_code, newest.tier_code FROM ledger_balance o JOIN (
            SELECT p.member_id, p.tier_code, row_number() OVER (
                PARTITION BY p.member_id ORDER BY p.starts_at DESC, p.id DESC) AS turn
            FROM ledger_tierperiod p {theirs}) newest ON newest.member_id = o.member_id AND newest.turn = 1
        WHERE o.tier_code <> newest.tier_code {mine} ORDER BY o.member_id"""  # noqa: S608 (our own names)


def redemptions(scope: Scope) -> Iterator[Found]:
    """A code took its points once; it returned them if it was cancelled or ran out, and only then."""
    sums = [
        points_of(Movement, "redemption_id", name, f"s.redemption_id IS NOT NULL AND s.kind = '{kind.value}'")
        for name, kind in (("took", MovementKind.REDEEM), ("returned", MovementKind.RETURN))
    ]
    undone = f"o.state IN ('{RedemptionState.CANCELLED.value}', '{RedemptionState.EXPIRED.value}')"
    wrong = f"{{took}} <> -o.points OR {{returned}} <> CASE WHEN {undone} THEN o.points ELSE 0 END"
    shown = ("o.member_id", "o.state", "{took}", "{returned}")
    for pk, member, state, took, returned in wrong_rows(
        Redemption, wrong, shown=shown, scope=scope, sums=sums
    ):
        yield "redemption", f"redemption {pk} of member {member}", state, (took, returned)
