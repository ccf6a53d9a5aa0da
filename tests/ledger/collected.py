"""Shops whose programme has cards, challenges and badges."""

from datetime import datetime
from typing import Any

from ledger.events import EventOccurred
from ledger.models import Achievement, GoalCount, Redemption
from ledger.posting import post
from ledger.receipt import Receipt
from programs.models import Badge, Card, Challenge, Programme, ProgrammeState, ProgrammeVersion, Reward
from programs.queries import forget_terms
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import Books
from tests.ledger.capped import add_rule
from tests.ledger.holding import hold

NAMES = {"name_ar": "اسم", "name_en": "Name"}
COFFEE = {"code": "coffee-card", "name_ar": "بطاقة القهوة", "name_en": "Coffee card", "reward": "coffee"}


def open_collecting(**facts: Any) -> Books:
    """The books of a member of such a shop."""
    return Books(open_collecting_shop(**facts).member)


def open_collecting_shop(
    *,
    cards: list[dict[str, Any]] | None = None,
    challenges: list[dict[str, Any]] | None = None,
    rules: list[dict[str, Any]] | None = None,
    slug: str = "oasis",
    phone: str = "0501234567",
    **terms: Any,
) -> Shop:
    """A shop with these; a card of nine stamps for a coffee if nothing is said."""
    shop = open_shop(slug, phone, live=False, **terms)
    add_goals(shop.version, cards=[{}] if cards is None else cards, challenges=challenges)
    for rule in rules or ():
        add_rule(shop.version, **rule)
    put_in_force(shop.version)
    return shop


def collect_in(version: ProgrammeVersion) -> None:
    """Let a published version be as if it had had a card, a milestone and a streak from the beginning."""
    ProgrammeVersion.objects.filter(pk=version.pk).update(published_at=None)
    streak = {"code": "days", "kind": "streak", "period": "day", "target": 2, "repeats": True, "points": 3}
    gift = {"kind": "milestone", "counts": "spend", "target": 2_000_00, "card": "coffee-card", "stamps": 2}
    add_goals(version, cards=[{"stamps": 2}], challenges=[streak, gift | {"badge": "regular"}])
    put_in_force(version)
    forget_terms()


def put_in_force(version: ProgrammeVersion, since: datetime = FOUNDED) -> None:
    """Publish without asking the margin guard: small numbers make good tests and dear programmes."""
    mine = ProgrammeVersion.objects.filter(pk=version.pk)
    mine.update(published_at=since, effective_from=since, published_by="test")
    Programme.objects.filter(pk=version.programme_id).update(state=ProgrammeState.LIVE)


def add_goals(
    version: ProgrammeVersion,
    *,
    cards: list[dict[str, Any]] | None = None,
    challenges: list[dict[str, Any]] | None = None,
    contests: tuple[dict[str, Any], ...] = (),
) -> None:
    """Add cards and challenges to a draft, the coffee they give, and a badge."""
    coffee = {"name_ar": "قهوة", "name_en": "Coffee", "points": 200, "cost_minor": 0}
    Reward.objects.update_or_create(version=version, code="coffee", defaults=coffee)
    Badge.objects.get_or_create(
        version=version, code="regular", defaults={"name_ar": "من أهل الدار", "name_en": "Regular"}
    )
    for card in cards or ():
        Card.objects.create(version=version, **(COFFEE | card))
    if contests:
        hold(version, contests)
    for challenge in challenges or ():
        Challenge.objects.create(version=version, **({"code": "dare", **NAMES, "target": 3} | challenge))


def happen(books: Books, name: str, **facts: Any) -> Receipt:
    """Let an event that is no purchase happen."""
    return post(EventOccurred(**books.said(name, None, None), name=name, **facts), now=books.now)


def stamps(books: Books, code: str = "coffee-card") -> int:
    """What is in hand of a goal, of all records of the member."""
    rows = GoalCount.objects.filter(member=books.member, code=code)
    return sum(row.count - row.spent for row in rows)


def vouchers(books: Books) -> list[tuple[str, str]]:
    """Reward and state of every voucher the member was given, in order."""
    rows = Redemption.objects.filter(member=books.member).exclude(origin="points").order_by("id")
    return list(rows.values_list("reward_code", "state"))


def achieved(books: Books) -> list[tuple[str, int]]:
    """Code and number of the achievements in force."""
    rows = Achievement.objects.filter(member=books.member, revoked_at=None).order_by("id")
    return list(rows.values_list("code", "number"))
