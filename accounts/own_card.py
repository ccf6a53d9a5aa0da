"""Nobody credits their own card: whether an actor and a member are the same person (RULES 44)."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.access import Actor
from accounts.errors import Forbidden
from accounts.models import Member, Staff
from accounts.one_person import accounts_of_person


class OwnCard(Forbidden):
    """The card belongs to the one who would credit it."""

    code = "own_card"
    message = _("This is the card of the person who would credit it. Somebody else must do it.")


def is_own_card(actor: Actor, member: Member) -> bool:
    """Whether ``member`` is the person behind ``actor``, by phone or e-mail; two queries at most.

    Another account of the same person is that person. Behind a key may stand anybody who works at the shop,
    so to a key every card of its staff is its own.
    """
    same = same_person(member)
    return same is not None and _posts_behind(actor).filter(same).exists()


def refuse_own_card(actor: Actor, member: Member) -> None:
    """Raise ``OwnCard`` when ``member`` is the person behind ``actor``."""
    if is_own_card(actor, member):
        raise OwnCard


def same_person(member: Member) -> Q | None:
    """The condition that finds the posts of whoever this member is; None for one without phone and e-mail."""
    same = Q()
    if member.phone:
        same |= Q(phone=member.phone)
    if member.email:
        same |= Q(user__email__iexact=member.email)
    return same or None


def _posts_behind(actor: Actor) -> QuerySet[Staff]:
    kind, _colon, name = actor.label.partition(":")
    posts = Staff.objects.filter(merchant=actor.merchant)
    if kind == "staff" and name.isdecimal():
        return posts.filter(user_id__in=accounts_of_person(actor.merchant, int(name)))
    return posts.filter(is_active=True) if kind == "key" else posts.none()
