"""What stands in the sidebar, for whom; whose back office it is; and on which installation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import NotFound
from accounts.reach import choosable, current_merchant, reach_of
from ledger.befriended import held
from ledger.gift_deciding import gifts_waiting
from ledger.models import Referral
from ledger.second_person import waiting_count
from loyalty_site.backoffice.webhooks import switched_off
from programs import publish_requests

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """One link: shown to those who may view ``room``; ``None`` is for operators alone."""

    title: Text
    icon: str
    url_name: str
    room: str | None


SIDEBAR: tuple[tuple[Text, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry(_("Dashboard"), "space_dashboard", "index", "analytics"),
            Entry(_("Members"), "group", "accounts_member_changelist", "members"),
            Entry(_("Merged records"), "merge", "merges", "members"),
            Entry(_("Purchases"), "receipt_long", "ledger_purchase_changelist", "facts"),
            Entry(_("Sales without a customer"), "receipt", "ledger_unclaimedorder_changelist", "facts"),
            Entry(_("Redemptions"), "redeem", "ledger_redemption_changelist", "facts"),
            Entry(_("Memberships"), "card_membership", "ledger_membership_changelist", "facts"),
            Entry(_("Ledger"), "account_balance_wallet", "ledger_movement_changelist", "facts"),
            Entry(_("Adjustments"), "edit_note", "adjustments", "facts"),
            Entry(_("Gift cards"), "card_giftcard", "gift_cards", "facts"),
            Entry(_("Friends brought"), "handshake", "referrals", "facts"),
            Entry(_("Contests"), "trophy", "contests", "facts"),
            Entry(_("Points liability"), "balance", "liability", "facts"),
            Entry(_("Causes"), "volunteer_activism", "giving", "facts"),
            Entry(_("Seals"), "verified_user", "seals", "facts"),
        ),
    ),
    (
        _("Winning back"),
        (
            Entry(_("At risk"), "trending_down", "at_risk", "analytics"),
            Entry(_("Lost"), "person_off", "lost", "analytics"),
            Entry(_("Approvals"), "task_alt", "approvals", "campaigns"),
            Entry(_("Messages"), "chat", "campaigns_message_changelist", "campaigns"),
        ),
    ),
    (
        _("Programme"),
        (
            Entry(
                _("Programme and rewards"),
                "workspace_premium",
                "programs_programmeversion_changelist",
                "programme",
            ),
            Entry(_("Launch plan"), "rocket_launch", "launch", "programme"),
            Entry(_("Ready-made programmes"), "category", "sectors", "programme"),
            Entry(_("Launch kit"), "print", "kit", "programme"),
            Entry(_("Page of terms"), "gavel", "terms_page", "programme"),
            Entry(_("Points on product pages"), "sell", "widget", "programme"),
            Entry(_("Terms to approve"), "fact_check", "publish_requests", "programme"),
            Entry(_("Margin"), "shield", "margin", "controls"),
            Entry(_("Member events"), "local_activity", "programs_memberevent_changelist", "programme"),
            Entry(_("Partners"), "handshake", "partners", "programme"),
            Entry(_("Occasions"), "event", "programs_occasiondays_changelist", "programme"),
            Entry(_("Rewind"), "history", "rewind", "analytics"),
            Entry(_("Name and state"), "tune", "programs_programme_changelist", "programme"),
            Entry(_("Recipes"), "auto_awesome", "campaigns_recipe_changelist", "campaigns"),
        ),
    ),
    (
        _("Business"),
        (
            Entry(_("Imports"), "upload_file", "ledger_importrun_changelist", "imports"),
            Entry(_("Branches"), "storefront", "accounts_branch_changelist", "merchant"),
            Entry(_("Staff"), "badge", "accounts_staff_changelist", "staff"),
            Entry(_("API keys"), "key", "accounts_apikey_changelist", "keys"),
            Entry(_("Webhooks"), "webhook", "campaigns_webhookendpoint_changelist", "webhooks"),
            Entry(_("Card payments"), "credit_card", "moyasar", "keys"),
            Entry(_("Online shops and tills"), "shopping_bag", "shops", "keys"),
            Entry(_("Settings"), "settings", "accounts_merchant_changelist", "merchant"),
            Entry(_("Exports"), "archive", "accounts_takeout_changelist", "takeout"),
            Entry(_("Limits and accounts"), "rule", "controls", "controls"),
        ),
    ),
    (
        _("Operations"),
        (
            Entry(_("Accounts"), "manage_accounts", "accounts_user_changelist", None),
            Entry(_("Deliveries"), "outbox", "accounts_outboxdelivery_changelist", None),
            Entry(_("Schedule"), "schedule", "django_celery_beat_periodictask_changelist", None),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of links, without those the reader may not open."""
    groups = [
        {"title": title, "items": [_item(entry, request) for entry in entries if _shown(entry, request)]}
        for title, entries in SIDEBAR
    ]
    return [group for group in groups if group["items"]]


def _shown(entry: Entry, request: HttpRequest) -> bool:
    reach = reach_of(request)
    return reach.is_operator or (entry.room is not None and reach.may("view", entry.room))


def _item(entry: Entry, request: HttpRequest) -> dict[str, Any]:
    link = reverse(f"admin:{entry.url_name}")
    active = request.path == link if entry.url_name == "index" else request.path.startswith(link)
    item = {"title": entry.title, "icon": entry.icon, "link": link, "active": lambda _request: active}
    waiting = WAITING[entry.url_name](request) if entry.url_name in WAITING else 0
    return item | ({"badge": str(waiting), "badge_variant": "warning"} if waiting else {})


def _waiting(request: HttpRequest) -> int:
    """How many adjustments wait for this reader's yes or no; nothing for those who cannot decide."""
    try:
        merchant = current_merchant(request, right="change", room="facts")
    except NotFound:
        return 0
    return waiting_count([merchant.pk])


def _terms_waiting(request: HttpRequest) -> int:
    """How many terms above the ceiling wait for a second person here; nothing for those who cannot decide."""
    try:
        merchant = current_merchant(request, right="change", room="programme")
    except NotFound:
        return 0
    return publish_requests.waiting_count(merchant.pk)


def _gifts_waiting(request: HttpRequest) -> int:
    """How many gift cards wait for this reader's yes or no; nothing for those who cannot decide."""
    try:
        merchant = current_merchant(request, right="change", room="facts")
    except NotFound:
        return 0
    return gifts_waiting(merchant.pk)


def _friends_waiting(request: HttpRequest) -> int:
    """How many friends beyond the cap wait here; nothing for those who cannot decide."""
    try:
        merchant = current_merchant(request, right="change", room="facts")
    except NotFound:
        return 0
    return held(Referral.objects.filter(merchant=merchant)).count()


WAITING: Final[dict[str, Callable[[HttpRequest], int]]] = {
    "adjustments": _waiting,
    "gift_cards": _gifts_waiting,
    "referrals": _friends_waiting,
    "publish_requests": _terms_waiting,
    "campaigns_webhookendpoint_changelist": lambda request: len(switched_off(request)),
}
"""What waits behind a link, by its address."""


def merchant_name(request: HttpRequest) -> str:
    """Return the name over the sidebar: the merchant's, or ours before anybody signed in."""
    try:
        return current_merchant(request).name
    except NotFound:
        return str(_("Walaa"))


def merchant_choices(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the other merchants a person works for, to change over to."""
    offered = choosable(request)
    if len(offered) < 2:
        return []
    index = reverse("admin:index")
    return [
        {"title": merchant.name, "link": f"{index}?merchant={merchant.slug}", "icon": "storefront"}
        for merchant in offered
    ]


def environment(request: HttpRequest) -> list[Any] | None:
    """Return the badge in the header: a demo or a test must never be mistaken for the shop itself."""
    names: dict[str, Text] = {"demo": _("Demo"), "test": _("Test")}
    name = names.get(cast(str, settings.ENVIRONMENT))
    return [name, "info"] if name else None
