"""A merchant's shops: secrets kept encrypted, set by the owner, the one before honoured for an hour."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from accounts.access import Actor
from accounts.errors import Forbidden, Invalid
from accounts.sealed import opened, sealed
from ledger.models import ShopLink
from ledger.shops.asking import Api
from ledger.shops.source import Source
from ledger.shops.told import Sent

SECRET: Final = "ledger.shops.secret"  # noqa: S105 (names a purpose)
TOKEN: Final = "ledger.shops.token"  # noqa: S105 (names a purpose)
OLD_LASTS: Final = timedelta(hours=1)
LONGEST: Final = 200
LONGEST_TOKEN: Final = 2000
SHORTEST: Final = 8
NO_SECRET: Final = "nobody-knows-this-one"  # noqa: S105 (opens nothing)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What an owner writes; an empty secret or token leaves what is kept. ``renew``: a new secret of ours."""

    secret: str = ""
    api_token: str = ""
    api_url: str = ""
    shop_id: str = ""
    joins: bool = False
    is_on: bool = True
    renew: bool = False


def save_link(*, actor: Actor, source: Source, pasted: Pasted, now: datetime) -> tuple[ShopLink, str]:
    """Keep a shop; returns it, and a secret we made, which is shown this once.

    Raises ``Forbidden``, ``Invalid``.
    """
    if not actor.may("change", "keys"):
        raise Forbidden
    known = ShopLink.objects.filter(merchant=actor.merchant, source=source.code).first()
    link = known or ShopLink(merchant=actor.merchant, source=source.code)
    made = secrets.token_urlsafe(32) if source.makes_secret and (known is None or pasted.renew) else ""
    secret = made or ("" if source.makes_secret else _checked(pasted.secret, link))
    token = pasted.api_token.strip()
    if len(token) > LONGEST_TOKEN or not token.isprintable():
        raise Invalid(field="api_token")
    if secret:
        if link.secret:
            link.old_secret, link.old_until = link.secret, now + OLD_LASTS
        link.secret = sealed(SECRET, secret)
    if token:
        link.api_token = sealed(TOKEN, token)
    link.api_url = "" if source.api_url else address_of(pasted.api_url)
    link.shop_id = _plain(pasted.shop_id, 80, "shop_id")
    link.joins, link.is_on = pasted.joins, pasted.is_on
    link.changed_at, link.changed_by = now, actor.label
    link.save()
    return link, made


def link_for(merchant_slug: str, source: str) -> ShopLink | None:
    """The shop that somebody speaks for, with its merchant. One query."""
    rows = ShopLink.objects.select_related("merchant")
    return rows.filter(merchant__slug=merchant_slug, source=source, is_on=True).first()


def is_proved(link: ShopLink | None, source: Source, sent: Sent, now: datetime) -> bool:
    """Whether ``sent`` is proved by the shop's secret, or by the one before it within its hour.

    A shop that is not there takes as long as one that is.
    """
    known = list(_secrets(link, now)) if link is not None else []
    proofs = [source.proves(sent, secret) for secret in known or [NO_SECRET]]
    return bool(known) and any(proofs)


def api_of(link: ShopLink, source: Source) -> Api | None:
    """The shop's API, if its key is here and can be opened."""
    token, url = opened(TOKEN, link.api_token), source.api_url or link.api_url
    return Api(url, token) if token and url else None


def address_of(said: str) -> str:
    """A shop's address as it is called: https and its host. Raises ``Invalid``."""
    written = _plain(said, LONGEST, "api_url").rstrip("/")
    if not written:
        return ""
    try:
        address = parse_url(written if "://" in written else f"https://{written}")
    except LocationParseError as error:
        raise Invalid(field="api_url") from error
    if address.scheme not in {"https", "http"} or not address.host or address.auth or address.query:
        raise Invalid(field="api_url")
    return f"{address.scheme}://{address.netloc}{(address.path or '').rstrip('/')}"


def _secrets(link: ShopLink, now: datetime) -> Iterator[str]:
    seals = [link.secret]
    if link.old_until is not None and now < link.old_until:
        seals.append(link.old_secret)
    yield from filter(None, (opened(SECRET, seal) for seal in seals))


def _checked(said: str, link: ShopLink) -> str:
    """A secret that was pasted. Raises ``Invalid``."""
    secret = _plain(said, LONGEST, "secret")
    if not secret and link.secret:
        return ""
    if len(secret) < SHORTEST:
        raise Invalid(field="secret")
    return secret


def _plain(said: str, longest: int, field: str) -> str:
    clean = said.strip()
    if len(clean) > longest or not clean.isprintable():
        raise Invalid(field=field)
    return clean
