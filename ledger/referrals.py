"""What becomes of the friends that members brought (RULES 38): noted, rewarded, held, refused, taken back.

Every step may be done twice, by two workers, or be cut off: a state is only changed from what it was, rewards
have keys of their own, and whoever comes next goes on where the row says.
"""

from datetime import datetime
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from accounts.access import Actor, for_write
from accounts.contacts import erased_among
from accounts.errors import Forbidden, NotFound
from accounts.models import Member, OutboxEvent
from accounts.one_person import mailbox
from accounts.outbox import append
from accounts.own_card import refuse_own_card
from ledger import topics
from ledger.errors import BeyondReferralCap, OrderReturned, ReferralMoved
from ledger.events import EventOccurred, ReferralUndone
from ledger.families import family_of, person_of
from ledger.models import Purchase, Referral
from ledger.models.referrals import ReferralState, ReferralWhy
from ledger.posting import post
from ledger.referring import NAME_OF, SOURCE
from programs.queries import terms_of, version_at
from programs.referring import SIDES, Side

ACTOR: Final = "system"
ROOM: Final = "facts"
KEPT: Final = F("spend_minor") - F("points_paid_minor") - F("refunded_spend_minor")
"""What is kept of an order, paid with money."""


def note_referral(event: OutboxEvent, now: datetime) -> None:
    """Note that a member brought who just joined, where the programme promises anything. Idempotent."""
    version = version_at(event.merchant, event.created_at)
    if event.member_id is None or version is None or terms_of(version).referral is None:
        return
    friend = Member.objects.filter(pk=event.member_id).first()
    if friend is None or friend.referred_by_id is None:
        return
    noted, is_new = Referral.objects.get_or_create(
        friend=friend,
        defaults={
            "merchant_id": event.merchant_id,
            "bringer_id": person_of(friend.referred_by_id, event.merchant_id),
            "version": version,
            "joined_at": friend.joined_at,
        },
    )
    if not is_new:
        return
    why = objection(noted)
    if why:
        refuse(noted, why, now=now)
    else:
        _tell(noted, now)


def objection(referral: Referral) -> ReferralWhy:
    """Why the two may not be rewarded, if anything speaks against it: who they are, not what was bought."""
    merchant_id = referral.merchant_id
    bringer, friend = (_standing(pk, merchant_id) for pk in (referral.bringer_id, referral.friend_id))
    if bringer is None or friend is None:
        return ReferralWhy.LEFT
    if bringer.pk == friend.pk or _is_same(referral, bringer.pk, friend):
        return ReferralWhy.SELF
    return ReferralWhy.EXISTING if _was_here(referral, friend) else ReferralWhy.NONE


def settle(referral: Referral, *, now: datetime) -> bool:
    """Reward both, once the days for a return are over; returns whether this call did.

    Held beyond the cap, refused where the two are one person, put back where the order came back.
    """
    why = objection(referral)
    if why:
        refuse(referral, why, now=now)
        return False
    try:
        reward_side(referral, "bringer", now=now)
    except BeyondReferralCap:
        _move(referral, ReferralState.QUALIFIED, state=ReferralState.HELD, why=ReferralWhy.BEYOND_CAP)
        return False
    except OrderReturned:
        _move(referral, ReferralState.QUALIFIED, state=ReferralState.WAITING, purchase=None, due_on=None)
        return False
    except ReferralMoved:
        return False
    return finish(referral, now=now)


def finish(referral: Referral, *, now: datetime) -> bool:
    """Reward the friend too; if the order came back in that moment, take back what was given."""
    try:
        reward_side(referral, "friend", now=now)
    except OrderReturned:
        undo(referral, ReferralWhy.RETURNED, now=now)
        return False
    except ReferralMoved:
        return False
    except NotFound:  # the friend left in that moment: there is nobody to reward any more
        return _move(referral, ReferralState.REWARDED, friend_at=now)
    return True


def undo(referral: Referral, why: ReferralWhy, *, now: datetime) -> None:
    """Take back from both what they were given. Idempotent."""
    referral.refresh_from_db()
    for side in SIDES:
        if getattr(referral, f"{side}_at") is None or getattr(referral, f"{side}_back_at") is not None:
            continue
        event = ReferralUndone(**_said(referral, side, "back", now), referral_id=referral.pk, side=side)
        try:
            post(event, now=now)
        except ReferralMoved:
            continue
        referral.refresh_from_db()
    _move(referral, ReferralState.CLAWED_BACK, why=why)


def reconsider_order(event: OutboxEvent, now: datetime) -> None:
    """Look again at who was rewarded for an order that was sent back, whole or in part. Idempotent."""
    rows = Referral.objects.filter(merchant_id=event.merchant_id, purchase=event.payload["purchase_id"])
    for referral in rows:
        if stands(referral):
            continue
        if referral.state in (ReferralState.REWARDED, ReferralState.CLAWED_BACK):
            undo(referral, ReferralWhy.RETURNED, now=now)
        elif referral.state in (ReferralState.QUALIFIED, ReferralState.HELD):
            _move(referral, referral.state, state=ReferralState.WAITING, purchase=None, due_on=None, why="")


def reconsider_person(event: OutboxEvent, now: datetime) -> None:
    """Take back what somebody got for bringing themselves, once two records proved to be one person."""
    family = list(family_of(event.member_id or 0))
    for referral in Referral.objects.filter(
        bringer__in=family, friend__in=family, state__in=[ReferralState.REWARDED, ReferralState.CLAWED_BACK]
    ):
        undo(referral, ReferralWhy.SELF, now=now)


def stands(referral: Referral) -> bool:
    """Whether enough of the friend's order is kept."""
    promised = terms_of(referral.version).referral
    least = max(1, promised.least_minor if promised else 0)
    orders = Purchase.objects.filter(referrals=referral.pk).annotate(kept=KEPT)
    return orders.filter(kept__gte=least).exists()


def refuse(referral: Referral, why: ReferralWhy, *, now: datetime, **decided: Any) -> bool:
    """Refuse what was not rewarded yet."""
    open_states = (ReferralState.WAITING, ReferralState.QUALIFIED, ReferralState.HELD)
    rows = Referral.objects.filter(pk=referral.pk, state__in=open_states)
    values = {"state": ReferralState.REFUSED, "why": why, "decided_at": now} | decided
    return bool(rows.update(**values))


def decide(*, actor: Actor, referral_id: int, passes: bool, note: str, now: datetime) -> Referral:
    """Let a held referral pass, or refuse it with a reason.

    Raises ``ReferralMoved``, ``NotFound``, ``Forbidden``, and ``OwnCard`` to who is one of the two.
    """
    if not actor.may("change", ROOM):
        raise Forbidden
    referral = for_write(actor, Referral.objects.all(), room=ROOM, pk=referral_id)
    for member in Member.objects.filter(pk__in=(referral.bringer_id, referral.friend_id)):
        refuse_own_card(actor, member)
    decided = {"decided_by": actor.label, "decided_at": now, "note": note.strip()[:300]}
    if not passes:
        if not refuse(referral, ReferralWhy.BY_HAND, now=now, **decided):
            raise ReferralMoved(field="referral")
    elif not _move(referral, ReferralState.HELD, state=ReferralState.QUALIFIED, why="", **decided):
        raise ReferralMoved(field="referral")
    referral.refresh_from_db()
    return referral


def _tell(referral: Referral, now: datetime) -> None:
    """Tell who brought the friend."""
    append(
        merchant_id=referral.merchant_id,
        topic=topics.REFERRAL_JOINED,
        member_id=referral.bringer_id,
        now=now,
        payload={"referral_id": referral.pk},
    )


def reward_side(referral: Referral, side: Side, *, now: datetime) -> None:
    """Post what one of the two gets, once. Raises the refusals of ``ledger.referring``."""
    said = _said(referral, side, "given", now)
    post(EventOccurred(**said, name=NAME_OF[side], award=True, referral_id=referral.pk), now=now)


def _said(referral: Referral, side: Side, what: str, now: datetime) -> dict[str, Any]:
    """What every posting about one side says; its key comes once, whoever retries it."""
    member_id = getattr(referral, f"{side}_id")
    return {
        "merchant_id": referral.merchant_id,
        "member_id": person_of(member_id, referral.merchant_id),
        "occurred_at": now,
        "source": SOURCE,
        "key": f"{referral.pk}-{side}-{what}",
        "actor": ACTOR,
        "stamped": True,
    }


def _move(referral: Referral, was: str, **values: Any) -> bool:
    """Change a referral that still is in a state."""
    return bool(Referral.objects.filter(pk=referral.pk, state=was).update(**values))


def _standing(member_id: int, merchant_id: int) -> Member | None:
    """The record that stands for a member today, if it is active."""
    return Member.objects.active().filter(pk=person_of(member_id, merchant_id)).first()


def _is_same(referral: Referral, bringer_id: int, friend: Member) -> bool:
    """Whether the friend is who brought them: the same phone or mailbox, on any of their records."""
    theirs = Member.objects.filter(pk__in=family_of(bringer_id)).values_list("phone", "email")
    boxes = {mailbox(email) for _phone, email in theirs if email}
    phones = {phone for phone, _email in theirs if phone}
    return friend.phone in phones or bool(friend.email and mailbox(friend.email) in boxes)


def _was_here(referral: Referral, friend: Member) -> bool:
    """Whether the friend was a member before: by another record, another spelling, or until an erasure."""
    others = Member.objects.filter(merchant=referral.merchant_id).exclude(pk=referral.friend_id)
    before = others.filter(joined_at__lt=referral.joined_at)
    if before.filter(Q(pk=friend.pk) | Q(merged_into=friend.pk)).exists():
        return True
    said = [(kind, value) for kind in ("phone", "email") if (value := getattr(friend, kind))]
    if erased_among(referral.merchant_id, said):
        return True
    if not friend.email:
        return False
    box = mailbox(friend.email)
    return before.filter(email__iexact=box).exists() or _shares_mailbox(referral, box)


def _shares_mailbox(referral: Referral, box: str) -> bool:
    """Whether an earlier friend of the same member reads the same mailbox."""
    earlier: QuerySet[Referral, str] = (
        Referral.objects.filter(bringer=referral.bringer_id, pk__lt=referral.pk)
        .exclude(friend__email="")
        .values_list("friend__email", flat=True)
    )
    return any(mailbox(email) == box for email in earlier.iterator(chunk_size=500))
