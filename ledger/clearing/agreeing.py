"""Agreeing with partners: both owners say yes between shops of one installation; an outside one is entered.

Nobody learns of another shop more than its public address and name.
"""

from datetime import datetime
from hashlib import sha256
from secrets import randbelow, token_urlsafe
from typing import Final

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.access import Actor
from accounts.errors import Forbidden, Invalid, NotFound
from accounts.models import Merchant
from ledger.clearing.errors import AgreementOver, UnknownShop
from programs.models import Partner, PartnerOffer, PartnerState

OPEN: Final = (PartnerState.ASKED, PartnerState.ACTIVE)
PIN_DIGITS: Final = 6


def ask_shop(*, actor: Actor, slug: str, now: datetime) -> Partner:
    """Ask another shop to honour our vouchers. Raises ``UnknownShop``, ``AgreementOver``."""
    _may(actor)
    shop = Merchant.objects.real().filter(slug=slug.strip().lower()).exclude(pk=actor.merchant.pk).first()
    if shop is None:
        raise UnknownShop(field="shop")
    if Partner.objects.filter(merchant=actor.merchant, shop=shop, state__in=OPEN).exists():
        raise AgreementOver(field="shop")
    names = {"name_ar": shop.name_ar, "name_en": shop.name_en}
    return Partner.objects.create(
        merchant=actor.merchant, shop=shop, asked_by=actor.label, asked_at=now, **names
    )


def enter_outside(
    *, actor: Actor, name_ar: str, name_en: str, contact: str, now: datetime
) -> tuple[Partner, str, str]:
    """Enter a partner from outside: (the partner, its PIN, its key), shown once and kept as hashes."""
    _may(actor)
    for field, text in (("name_ar", name_ar), ("name_en", name_en)):
        if not text.strip():
            raise Invalid(field=field)
    partner = Partner(
        merchant=actor.merchant, name_ar=name_ar.strip(), name_en=name_en.strip(), contact=contact.strip(),
        state=PartnerState.ACTIVE, asked_by=actor.label, asked_at=now, decided_by=actor.label, decided_at=now,
    )  # fmt: skip
    return (partner, *renew_secrets(actor=actor, partner=partner))


def renew_secrets(*, actor: Actor, partner: Partner) -> tuple[str, str]:
    """Give an outside partner another link, PIN and key; the old ones open nothing any more."""
    _may(actor)
    if partner.shop_id is not None or partner.merchant_id != actor.merchant.pk:
        raise NotFound
    pin, key = f"{randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}", f"wp_{token_urlsafe(24)}"
    partner.link_code, partner.pin_hash, partner.key_hash = (
        token_urlsafe(18),
        make_password(pin),
        hash_of(key),
    )
    partner.save()
    return pin, key


def answer(*, actor: Actor, partner: Partner, yes: bool, now: datetime) -> Partner:
    """The other shop's owner says yes or no. Raises ``NotFound`` to anybody else, ``AgreementOver``."""
    _may(actor)
    if partner.shop_id != actor.merchant.pk:
        raise NotFound
    state = PartnerState.ACTIVE if yes else PartnerState.REFUSED
    return _decide(partner, PartnerState.ASKED, state, actor, now)


def end(*, actor: Actor, partner: Partner, now: datetime) -> Partner:
    """Either side ends the agreement. What was given out until then is still honoured and owed."""
    _may(actor)
    if actor.merchant.pk not in (partner.merchant_id, partner.shop_id):
        raise NotFound
    with transaction.atomic():
        PartnerOffer.objects.filter(partner=partner, state__in=OPEN).update(
            state=PartnerState.ENDED, decided_by=actor.label, decided_at=now
        )
        return _decide(partner, partner.state, PartnerState.ENDED, actor, now)


def offer(
    *, actor: Actor, partner: Partner, reward_code: str, owed_minor: int, now: datetime
) -> PartnerOffer:
    """Say what the partner is owed for each use of a reward; a shop has to agree, an outside one has.

    An earlier offer for the reward ends when this one is agreed. Raises ``NotFound``, ``AgreementOver``.
    """
    _may(actor)
    if partner.merchant_id != actor.merchant.pk:
        raise NotFound
    if partner.state != PartnerState.ACTIVE:
        raise AgreementOver(field="partner")
    made = PartnerOffer(
        merchant=actor.merchant, partner=partner, reward_code=reward_code, owed_minor=owed_minor,
        asked_by=actor.label, asked_at=now,
    )  # fmt: skip
    made.save()
    return made if partner.shop_id else _agree(made, actor, now)


def answer_offer(*, actor: Actor, made: PartnerOffer, yes: bool, now: datetime) -> PartnerOffer:
    """The partner's owner agrees to an amount, or does not. Raises ``NotFound``, ``AgreementOver``."""
    _may(actor)
    if made.partner.shop_id != actor.merchant.pk:
        raise NotFound
    if made.state != PartnerState.ASKED or made.partner.state != PartnerState.ACTIVE:
        raise AgreementOver(field="offer")
    if yes:
        return _agree(made, actor, now)
    made.state, made.decided_by, made.decided_at = PartnerState.REFUSED, actor.label, now
    made.save()
    return made


def offer_of(partner: Partner, offer_id: int) -> PartnerOffer:
    """One offer of an agreement. Raises ``NotFound``."""
    made = PartnerOffer.objects.filter(partner=partner, pk=offer_id).first()
    if made is None:
        raise NotFound(field="offer")
    return made


def ours(actor: Actor) -> QuerySet[Partner]:
    """The partners who honour our vouchers, and those whose vouchers we honour or are asked to."""
    mine = Q(merchant=actor.merchant) | Q(shop=actor.merchant)
    return Partner.objects.filter(mine).select_related("merchant", "shop").order_by("pk")


def honoured_at(shop: Merchant) -> QuerySet[Partner]:
    """The agreements by which a shop honours others' vouchers, ended ones too: what was given out counts."""
    return Partner.objects.filter(shop=shop, state__in=(PartnerState.ACTIVE, PartnerState.ENDED))


def partner_by_link(link: str) -> Partner | None:
    """The outside partner whose page this is."""
    rows = Partner.objects.filter(link_code=link, shop=None).exclude(link_code="")
    return rows.exclude(state=PartnerState.REFUSED).select_related("merchant").first()


def partner_of_key(key: str) -> Partner | None:
    """The outside partner behind a key, if the agreement stands."""
    rows = Partner.objects.filter(key_hash=hash_of(key), shop=None).exclude(key_hash="")
    return rows.select_related("merchant").first() if key.startswith("wp_") else None


def is_pin(partner: Partner, pin: str) -> bool:
    """Whether this is the partner's PIN."""
    return bool(partner.pin_hash) and check_password(pin, partner.pin_hash)


def hash_of(key: str) -> str:
    """What is kept of a key: it is long and random, so a plain hash says nothing."""
    return sha256(key.encode()).hexdigest()


def _agree(made: PartnerOffer, actor: Actor, now: datetime) -> PartnerOffer:
    with transaction.atomic():
        before = PartnerOffer.objects.filter(
            merchant=made.merchant_id, reward_code=made.reward_code, state=PartnerState.ACTIVE
        )
        before.update(state=PartnerState.ENDED, decided_by=actor.label, decided_at=now)
        made.state, made.decided_by, made.decided_at = PartnerState.ACTIVE, actor.label, now
        try:
            made.save()
        except IntegrityError as error:
            raise AgreementOver(field="reward") from error
    return made


def _decide(partner: Partner, expected: str, state: PartnerState, actor: Actor, now: datetime) -> Partner:
    said = {"state": state, "decided_by": actor.label, "decided_at": now}
    standing = Partner.objects.filter(pk=partner.pk, state=expected).exclude(state__in=("refused", "ended"))
    if not standing.update(**said):
        raise AgreementOver(field="partner")
    partner.refresh_from_db()
    return partner


def _may(actor: Actor) -> None:
    if not actor.may("change", "programme"):
        raise Forbidden
