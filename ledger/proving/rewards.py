"""Proving rewards: a stock is what codes took of it, a gift card is the sum of its entries (RULES 43)."""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from ledger.models import Budget, GiftCard, GiftCardEntry, Redemption
from ledger.models.redemptions import RedemptionState
from ledger.proving.finding import Found, Scope
from ledger.stock import STOCK
from programs.models import RewardKind

TAKEN = (RedemptionState.RESERVED, RedemptionState.USED)


def stocks(scope: Scope) -> Iterator[Found]:
    """A stock's counter is the codes that took a piece and did not give it back."""
    mine = Q() if scope.merchant_id is None else Q(merchant=scope.merchant_id)
    counters = Budget.objects.filter(mine, period=STOCK)
    said = {(row.merchant_id, row.rule): row.used for row in counters}
    codes = Redemption.objects.filter(mine, is_stocked=True, state__in=TAKEN).order_by()
    counted = codes.values_list("merchant_id", "reward_code").annotate(pieces=Count("pk"))
    found = {(merchant, code): pieces for merchant, code, pieces in counted}
    for key in sorted({*said, *found}):
        if said.get(key, 0) != found.get(key, 0):
            merchant, code = key
            yield "stock", f"merchant {merchant}, reward {code}", said.get(key, 0), found.get(key, 0)


def gift_cards(scope: Scope) -> Iterator[Found]:
    """A card's balance is the sum of its entries, and what it began with is the entry of its issue."""
    entries = GiftCardEntry.objects.filter(card=OuterRef("pk")).order_by().values("card")
    summed = Subquery(entries.annotate(sum=Sum("amount_minor")).values("sum"))
    issued = Subquery(entries.filter(act="issue").annotate(sum=Sum("amount_minor")).values("sum"))
    rows = GiftCard.objects.filter(scope.rows()).annotate(
        summed=Coalesce(summed, 0), issued=Coalesce(issued, 0)
    )
    for card in rows.exclude(balance_minor=F("summed"), value_minor=F("issued")).order_by("pk"):
        where = f"gift card {card.pk} of member {card.member_id}"
        yield "gift card", where, (card.balance_minor, card.value_minor), (card.summed, card.issued)


def begun_by_codes(scope: Scope) -> Iterator[Found]:
    """A used code for a gift card or an upgrade began exactly that, and nothing else did."""
    used = Redemption.objects.filter(scope.rows(), state=RedemptionState.USED)
    for kind, began in ((RewardKind.GIFT_CARD, "gift_card"), (RewardKind.UPGRADE, "upgrade")):
        due = used.filter(reward_kind=kind, **{f"{began}__isnull": True})
        for row in due.order_by("pk"):
            yield "code", f"redemption {row.pk} of member {row.member_id}", "used", f"no {began}"
        idle = Redemption.objects.filter(scope.rows(), **{f"{began}__isnull": False})
        for row in idle.exclude(state=RedemptionState.USED, reward_kind=kind).order_by("pk"):
            yield "code", f"redemption {row.pk} of member {row.member_id}", row.state, f"a {began}"
