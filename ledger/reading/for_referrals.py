"""What a referral asks: how it stands, what is kept of the friend's order, how many came lately."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, DateTimeField, F, Q, Subquery
from django.db.models.fields import BigIntegerField
from django.db.models.functions import Coalesce

from accounts.asking import Param, Question, Reader
from accounts.errors import NotFound
from ledger.context import Context, ReferralFacts
from ledger.events import AnyEvent, EventOccurred, ReferralUndone
from ledger.families import OfPerson
from ledger.models import Redemption
from ledger.models.referrals import Referral, ReferralState
from ledger.reading import of_member
from ledger.reading.along import REDEMPTIONS, Along
from ledger.reading.params import MEMBER, MERCHANT
from ledger.referring import SIDE_OF
from programs.referring import WATCHED_DAYS

REFERRALS: Final = Reader(Referral)
NAMED: Final = Param("referral", BigIntegerField())
LATELY: Final = Param("lately", DateTimeField())
CAME_FROM: Final = Coalesce("merged_from__root__movement_id", "movement_id")
"""The movement that brought a lot in, before and after merges."""

REFERRAL: Final = Question(
    "referral",
    Referral.objects.filter(pk=NAMED, merchant_id=MERCHANT).annotate(
        kept=F("purchase__spend_minor")
        - F("purchase__points_paid_minor")
        - F("purchase__refunded_spend_minor")
    ),
    (*REFERRALS.columns, "kept", "bringer_movement__points", "friend_movement__points"),
)
REWARDED_LATELY: Final = Question(
    "rewarded_lately",
    Referral.objects.filter(
        OfPerson("bringer_id", MEMBER), state=ReferralState.REWARDED.value, bringer_at__gt=LATELY
    )
    .order_by()
    .values("merchant_id")
    .annotate(many=Count("id")),
    ("many",),
)
_OF_IT: Final = Referral.objects.filter(pk=NAMED)
VOUCHERS: Final = Question(
    "vouchers",
    Redemption.objects.filter(
        Q(pk=Subquery(_OF_IT.values("bringer_voucher"))) | Q(pk=Subquery(_OF_IT.values("friend_voucher")))
    ).order_by("id"),
    REDEMPTIONS.columns,
)
LOTS: Final = Question(
    "lots",
    of_member.OPEN_LOTS.rows.annotate(came_with=CAME_FROM),
    (*of_member.OPEN_LOTS.columns, "came_with"),
)
OF_REWARD: Final = (REFERRAL, REWARDED_LATELY)
OF_UNDOING: Final = (REFERRAL, LOTS, VOUCHERS)


def values_of(event: AnyEvent) -> dict[str, Any]:
    """The values that only these questions name."""
    named = getattr(event, "referral_id", 0)
    lately = event.occurred_at - timedelta(days=WATCHED_DAYS)
    return {"referral": named, "lately": lately} if named else {}


def referral_facts(along: Along, context: Context, event: EventOccurred | ReferralUndone) -> ReferralFacts:
    """The referral that the event names, if its side is the member's. Raises ``NotFound``."""
    row = next(iter(along.answers["referral"]), None)
    if row is None:
        raise NotFound(field="referral")
    referral, (kept, of_bringer, of_friend) = REFERRALS.one(row[:-3]), row[-3:]
    side = event.side if isinstance(event, ReferralUndone) else SIDE_OF[event.name]
    if getattr(referral, f"{side}_id") not in context.family:
        raise NotFound(field="referral")
    own = getattr(referral, f"{side}_movement_id")
    voucher_id = getattr(referral, f"{side}_voucher_id")
    vouchers = (row for row in REDEMPTIONS.all(along.answers.get("vouchers", ())) if row.pk == voucher_id)
    came_with = along.came_with if isinstance(event, ReferralUndone) else {}
    return ReferralFacts(
        referral=referral,
        kept_minor=kept or 0,
        lately=sum(int(found[0]) for found in along.answers.get("rewarded_lately", ())),
        points={"bringer": of_bringer or 0, "friend": of_friend or 0},
        voucher=next(vouchers, None),
        lots=frozenset(pk for pk, movement in came_with.items() if own and movement == own),
    )
