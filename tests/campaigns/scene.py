"""A shop with its programme and recipes, its members, and what they do; everything through the writers."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from accounts import outbox
from accounts.access import Actor, member_actor, system_actor
from accounts.joining import join, record_consent
from accounts.models import Member, Merchant
from accounts.models.consent import Channel, Purpose
from analytics.models import DormancyModel, DormancyScore
from campaigns.models import Message, Recipe, RecipeKind
from campaigns.recipes import install_recipes
from campaigns.sending import send_due
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.posting import post
from ledger.receipt import Receipt
from programs.publishing import create_blueprint, publish

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""Friday noon in Riyadh."""
OPENING = datetime(2025, 1, 1, tzinfo=UTC)
_orders = count(1)


def open_shop(slug: str = "cafe", *, now: datetime = OPENING, **terms: Any) -> Merchant:
    """Open a shop whose programme runs since 2025 with the blueprint's terms and every recipe."""
    merchant = Merchant.objects.create(
        slug=slug, name_ar="مقهى الديوان", name_en="Diwan Café", sender_email=f"hello@{slug}.example"
    )
    version = create_blueprint(merchant=merchant)
    for name, value in terms.items():
        setattr(version, name, value)
    version.save()
    publish(version=version, actor="owner", effective_from=OPENING, now=now)
    install_recipes(merchant=merchant, now=now)
    return merchant


def recipe(merchant: Merchant, kind: RecipeKind) -> Recipe:
    """Return a shop's recipe."""
    return Recipe.objects.select_related("merchant").get(merchant=merchant, kind=kind)


def enter(merchant: Merchant, phone: str, *, now: datetime = OPENING, **fields: Any) -> Member:
    """Let somebody join."""
    given = {"given_name": "Sara", "email": f"{phone}@x.example"} | fields
    return join(merchant=merchant, now=now, source="till", actor="till", phone=phone, **given)[0]


def agree(member: Member, channel: Channel, purpose: Purpose, *, granted: bool = True) -> None:
    """Record an answer about messages."""
    record_consent(
        member=member, channel=channel, purpose=purpose, granted=granted,
        source="portal", actor="member", now=member.joined_at,
    )  # fmt: skip


def buy(member: Member, amount_minor: int, at: datetime) -> Receipt:
    """Buy goods of ``amount_minor`` halalas."""
    order = PurchaseMade(
        merchant_id=member.merchant_id, member_id=member.pk, occurred_at=at, source="till",
        key=f"order-{next(_orders)}", actor="till", lines=(LineItem(amount_minor),),
    )  # fmt: skip
    return post(order, now=at)


def slipping(member: Member, *, scored_at: datetime, probability: float = 0.8) -> DormancyScore:
    """Let the model say that a member is slipping."""
    model, _made = DormancyModel.objects.get_or_create(
        merchant=member.merchant, horizon=30, cutoff=scored_at, is_current=True,
        defaults={"method": "plain_rule", "trained_at": scored_at, "scored_at": scored_at},
    )  # fmt: skip
    return DormancyScore.objects.create(
        model=model, merchant=member.merchant, member=member, probability=probability, is_slipping=True,
        days_silent=35, reasons=[{"code": "no_visit_for", "days": 35}],
    )  # fmt: skip


def hear(now: datetime) -> None:
    """Deliver the news that waits."""
    while outbox.relay(now=now):
        pass


def send_all(now: datetime) -> None:
    """Send until nothing is due."""
    while send_due(now=now):
        pass


def sent_to(member: Member, channel: Channel) -> list[Message]:
    """Return what reached a member through a channel."""
    return list(Message.objects.filter(member=member, channel=channel, sent_at__isnull=False).order_by("pk"))


def owner(merchant: Merchant) -> Actor:
    """Return somebody who may approve."""
    return system_actor(merchant, "staff:1")


def page_of(member: Member) -> Actor:
    """Return the member looking at their own page."""
    return member_actor(member)


def at(month: int, day: int, hour: int = 9) -> datetime:
    """An instant of 2027, in UTC."""
    return datetime(2027, month, day, hour, tzinfo=UTC)


def monthly_shop(slug: str = "cafe") -> Any:
    """A shop whose points live one month, to the day."""
    return open_shop(slug, expiry_months=1, expiry_rounding="none")


def welcomed(shop: Merchant, **fields: str) -> Message:
    """A planned welcome by e-mail."""
    member = enter(shop, "0501234567", now=NOON, **fields)
    hear(NOON)
    return Message.objects.get(member=member, channel=Channel.EMAIL)
