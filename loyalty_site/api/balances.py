"""What a member has: balance with lots, tier and what is missing, the statement, the rewards in reach."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.languages import in_language
from accounts.models import Member
from ledger.models.movements import MovementKind
from ledger.queries import Account, account, lots_of, statement
from loyalty_site.api.answers import ReasonOutput, WaitingOutput
from loyalty_site.api.fields import Amount, Instant
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.pages import CURSOR, LIMIT, PageQuery, cut, place_of
from loyalty_site.api.perks import PerkOutput, shown_perks
from programs.models import TierBasis
from programs.perks import added, perks_of
from programs.terms import Terms
from programs.tier_wording import keep_text, plain_count, reach_text
from programs.tiering import Way

MOST_LOTS = 200


class LotOutput(serializers.Serializer[Any]):
    """Points that came in together and die together."""

    lot = serializers.IntegerField(source="lot_id")
    points = serializers.IntegerField()
    remaining = serializers.IntegerField()
    earned_at = Instant()
    expires_on = serializers.DateField(
        allow_null=True, help_text="The last day they can be spent; null: never."
    )
    grace = serializers.BooleanField(source="is_grace", help_text="Given once more after they had died.")


class NextTierOutput(serializers.Serializer[Any]):
    """The tier above, and exactly what is missing to it."""

    code = serializers.CharField()
    name = serializers.CharField()
    missing = serializers.CharField(help_text="So much more reaches it: see `counts`.")
    percent = serializers.IntegerField()
    by = serializers.DateField(
        allow_null=True, help_text="The last day on which exactly that reaches it, in the merchant's zone."
    )
    text = serializers.CharField(help_text="The same as a sentence.")
    adds = PerkOutput(many=True, help_text="The perks it gives that the tier held does not.")


class TierHeldOutput(serializers.Serializer[Any]):
    """The tier held now."""

    code = serializers.CharField()
    name = serializers.CharField()
    until = serializers.DateField(
        allow_null=True, help_text="The last day it is kept without earning it again."
    )
    counts = serializers.ChoiceField(
        TierBasis.choices, help_text="What tiers count: figures are amounts, or whole points or visits."
    )
    to_keep = serializers.CharField(help_text="What is still missing by then to keep it.")
    to_keep_text = serializers.CharField(help_text="The same as a sentence; empty where nothing is missing.")
    perks = PerkOutput(many=True, help_text="What the tier gives beside its multiplier.")
    next = NextTierOutput(allow_null=True)


class ExpiryOutput(serializers.Serializer[Any]):
    """The points that die first."""

    points = serializers.IntegerField()
    expires_on = serializers.DateField()


class SpendableOutput(serializers.Serializer[Any]):
    """The most that can pay right now, in whole blocks."""

    points = serializers.IntegerField()
    value = Amount(source="value_minor")
    short_by = serializers.IntegerField(help_text="Points missing to the first block.")


class BalanceOutput(serializers.Serializer[Any]):
    """A member's account now."""

    member = serializers.CharField()
    currency = serializers.CharField()
    available = serializers.IntegerField()
    owed = serializers.IntegerField()
    pending = serializers.IntegerField(help_text="Points that wait and cannot be spent yet.")
    waiting = WaitingOutput(many=True, help_text="What they wait for, the first to open first.")
    worth = Amount()
    spendable = SpendableOutput(allow_null=True)
    tier = TierHeldOutput(allow_null=True)
    next_expiry = ExpiryOutput(allow_null=True)
    lots = LotOutput(many=True, help_text="In the order in which they are spent; at most 200.")


def balance_of(member: Member, found: Account, language: str) -> dict[str, Any]:
    """Return an account as the API tells it."""
    return {
        "member": member.number,
        "currency": found.currency,
        "available": found.available,
        "owed": found.owed,
        "pending": found.pending,
        "waiting": found.waiting,
        "worth": found.worth_minor,
        "spendable": found.offer,
        "tier": tier_of(found, language),
        "next_expiry": found.next_expiry,
        "lots": lots_of(member)[:MOST_LOTS],
    }


def tier_of(found: Account, language: str) -> dict[str, Any] | None:
    """Return the tier held now and what keeps or raises it; nothing while nothing is promised."""
    way, terms = found.way, found.terms
    if way is None or terms is None:
        return None
    keep, unit = way.to_keep, (way.basis, terms.currency)
    return {
        "code": way.tier.code,
        "name": in_language(way.tier, "name", language),
        "until": way.until,
        "counts": way.basis,
        "to_keep": plain_count(keep.missing if keep else 0, *unit),
        "to_keep_text": keep_text(keep, *unit, language) if keep and keep.missing else "",
        "perks": shown_perks(perks_of(terms.perks, way.tier.code), terms, language),
        "next": _next(way, terms, language),
    }


def _next(way: Way, terms: Terms, language: str) -> dict[str, Any] | None:
    step, unit = way.to_reach, (way.basis, terms.currency)
    if step is None:
        return None
    return {
        "code": step.tier.code,
        "name": in_language(step.tier, "name", language),
        "missing": plain_count(step.missing, *unit),
        "percent": way.progress.percent,
        "by": step.by,
        "text": reach_text(step, *unit, language),
        "adds": shown_perks(added(terms.perks, way.tier.code, step.tier.code), terms, language),
    }


class ReadBalance(Operation):
    """`GET /members/{number}/balance`."""

    @operation(needs=("view", "till"), summary="Read a balance", answers={200: BalanceOutput}, refuses=(404,))
    def get(self, request: Request, number: str) -> Response:
        """Return points and their worth, what is owed and pending, the tier, the next expiry and the lots."""
        member = member_by(self.actor, {"number": number})
        found = account(member, now=self.now)
        return self.answer(BalanceOutput, balance_of(member, found, self.language))


class EntryOutput(serializers.Serializer[Any]):
    """One change of a member's points, with why."""

    kind = serializers.ChoiceField(MovementKind.choices)
    points = serializers.IntegerField(help_text="Signed.")
    occurred_at = Instant()
    day = serializers.DateField(source="business_date", help_text="In the merchant's zone.")
    reasons = ReasonOutput(many=True)
    order = serializers.CharField()
    code = serializers.CharField()
    branch = serializers.CharField()
    lots = LotOutput(
        many=True, help_text="What came in, or which lots were taken from (negative: given back)."
    )


class StatementPage(serializers.Serializer[Any]):
    """One page of a statement."""

    results = EntryOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null at the end.")


class ReadStatement(Operation):
    """`GET /members/{number}/statement`."""

    @operation(
        needs=("view", "members"),
        summary="Read a statement",
        answers={200: StatementPage},
        refuses=(404,),
        asks=[LIMIT, CURSOR],
    )
    def get(self, request: Request, number: str) -> Response:
        """Return every change of the member's points, the newest first, page by page."""
        member = member_by(self.actor, {"number": number}, room="members")
        asked = self.query(PageQuery)
        found = statement(member, limit=asked["limit"] + 1, before=place_of(asked))
        return self.answer(StatementPage, cut(found, asked["limit"], lambda entry: entry.cursor))
