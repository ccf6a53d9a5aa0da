"""Proving what is owed to causes and partners, and that nobody sits on a chair that is not there."""

from collections.abc import Iterator

from django.db.models import Count, F, Q, Sum

from ledger.models import Budget, CauseEntry, ClearingEntry, Place, Redemption
from ledger.models.places import PlaceState
from ledger.models.redemptions import RedemptionKind, RedemptionState
from ledger.places.taking import PLACES
from ledger.proving.finding import Found, Scope
from programs.charity import kept_base_minor, share_minor


def gifts(scope: Scope) -> Iterator[Found]:
    """A gift of points is owed to a cause, for as much as the points were worth, to the halala."""
    given = Redemption.objects.filter(scope.rows(), kind=RedemptionKind.DONATION)
    wrong = given.filter(
        Q(cause_entry=None)
        | ~Q(state=RedemptionState.USED)
        | ~Q(cause_entry__amount_minor=F("value_minor"))
        | ~Q(cause_entry__points=F("points"))
        | ~Q(cause_entry__number=F("code"))
    )
    for row in wrong.select_related("cause_entry").order_by("pk"):
        entry = getattr(row, "cause_entry", None)
        yield (
            "gift",
            f"gift {row.pk} of member {row.member_id}",
            entry and entry.amount_minor,
            row.value_minor,
        )


def shares(scope: Scope) -> Iterator[Found]:
    """A share that was entered is what its own promise says of what was kept."""
    entered = CauseEntry.objects.filter(scope.rows(), share__isnull=False)
    for row in entered.select_related("share__purchase").order_by("pk"):
        share = row.share
        if share is None:
            continue
        purchase = share.purchase
        again = share_minor(row.base_minor, share.share_bp, share.cap_minor)
        least = kept_base_minor(share.base_minor, purchase.spend_minor, purchase.refunded_spend_minor)
        if row.amount_minor != again or not least <= row.base_minor <= share.base_minor:
            yield "share of a cause", f"entry {row.pk}", (row.base_minor, row.amount_minor), (least, again)
        if share.cause_id != row.cause_id or share.entered_at is None:
            yield "share of a cause", f"entry {row.pk}", row.cause_id, share.cause_id


def owed(scope: Scope) -> Iterator[Found]:
    """No cause and no partner was ever paid more than it was owed."""
    mine = Q() if scope.merchant_id is None else Q(merchant=scope.merchant_id)
    for model, name in ((CauseEntry, "cause"), (ClearingEntry, "partner")):
        sums = model.objects.filter(mine).order_by().values(name).annotate(owed=Sum("amount_minor"))
        for row in sums.filter(owed__lt=0).order_by(name):
            yield f"owed to a {name}", f"{name} {row[name]}", row["owed"], "0 or more"


def clearing(scope: Scope) -> Iterator[Found]:
    """A partner is owed for every voucher it honoured, what was agreed, and for no other."""
    used = Redemption.objects.filter(scope.rows(), partner__isnull=False, state=RedemptionState.USED)
    wrong = used.filter(
        Q(clearing=None) | ~Q(clearing__amount_minor=F("partner_minor")) | ~Q(clearing__partner=F("partner"))
    )
    for row in wrong.order_by("pk"):
        yield "clearing", f"redemption {row.pk}", "another or no entry", row.partner_minor
    entries = ClearingEntry.objects.filter(scope.rows("", "redemption__member_id"), redemption__isnull=False)
    for entry in entries.exclude(redemption__state=RedemptionState.USED).order_by("pk"):
        yield "clearing", f"entry {entry.pk}", entry.amount_minor, "the voucher was not used"


def places(scope: Scope) -> Iterator[Found]:
    """The places taken of an event are those who go; never more than there were when they were given."""
    mine = Q() if scope.merchant_id is None else Q(merchant=scope.merchant_id)
    said = {(row.merchant_id, row.rule): row.used for row in Budget.objects.filter(mine, period=PLACES)}
    going = Place.objects.filter(mine, state=PlaceState.GOING).order_by()
    counted = {
        (merchant, code): number
        for merchant, code, number in going.values_list("merchant_id", "event__code").annotate(Count("pk"))
    }
    for key in sorted({*said, *counted}):
        if said.get(key, 0) != counted.get(key, 0):
            yield "places", f"merchant {key[0]}, {key[1]}", said.get(key, 0), counted.get(key, 0)
