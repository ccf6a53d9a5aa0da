"""Who calls: the API key in the `Authorization` header, what it may do, and how often."""

import re
from datetime import datetime, timedelta
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.access import key_actor
from accounts.asking import Param, Question, Reader, ask
from accounts.counters import one_more
from accounts.guessing import KEYS, count_guess, refuse_guesser
from accounts.models import ApiKey, Branch, Merchant
from accounts.models.keys import SANDBOX_MARK
from loyalty_site.addresses import client_address

SCHEME: Final = "Api-Key"
WELL_FORMED: Final = re.compile(rf"({SANDBOX_MARK})?[A-Za-z0-9]{{8}}\.[A-Za-z0-9]{{32}}")
LAST_USE_PRECISION: Final = timedelta(minutes=5)
MINUTE: Final = 60

_KEYS, _MERCHANTS = Reader(ApiKey), Reader(Merchant, path="merchant__")
_KEY: Final = Question(
    "key",
    ApiKey.objects.get_usable_keys().filter(prefix=Param("prefix", CharField())).order_by(),
    (*_KEYS.columns, *_MERCHANTS.columns),
)


class KeyAuthentication(BaseAuthentication):
    """Accepts `Authorization: Api-Key …`; a revoked, expired or unknown key is refused alike."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey]:
        """Return nobody and the key. Raises `NotAuthenticated`, `AuthenticationFailed`, `TooMany`."""
        scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower() or not given:
            raise NotAuthenticated(_("Send your key as “Authorization: Api-Key …”."))
        now = timezone.now()
        key = find_key(given.strip(), now=now)
        if key is None:  # a right one passes: a shop's old till must not shut out the others at its address
            asker = client_address(request)
            refuse_guesser(KEYS, asker, now=now)
            count_guess(KEYS, asker, now=now)
            raise AuthenticationFailed(_("This key is unknown, revoked or expired."))
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        return SCHEME


def key_of(request: Request) -> ApiKey:
    """Return the key that a request was let in with."""
    return cast(ApiKey, request.auth)


def find_key(given: str, *, now: datetime) -> ApiKey | None:
    """Return the usable key that `given` proves, noting its use; compared in constant time by its hash."""
    if not WELL_FORMED.fullmatch(given):
        return None
    is_sandbox, given = given.startswith(SANDBOX_MARK), given.removeprefix(SANDBOX_MARK)
    key = _usable(given[:8])
    if key is None or key.is_sandbox is not is_sandbox or not key.is_valid(given):
        return None
    if key.expiry_date is not None and key.expiry_date <= now:
        return None
    _note_use(key, now)
    return _on_the_copy(key) if is_sandbox else key


def _usable(prefix: str) -> ApiKey | None:
    """The key that begins like this, with its merchant, unless it was revoked."""
    rows = ask((_KEY,), {"prefix": prefix})["key"]
    if not rows:
        return None
    key: ApiKey = _KEYS.one(rows[0][: len(_KEYS)])
    key._initial_revoked = key.revoked  # as its own __init__ does: it refuses to be given back
    key.merchant = _MERCHANTS.one(rows[0][len(_KEYS) :])
    return key


def _on_the_copy(key: ApiKey) -> ApiKey | None:
    """Let a practice key speak for the practice copy of its shop, at the branch of the same code."""
    copy = Merchant.objects.practice_copy(key.merchant)
    if copy is None:
        return None
    branch = Branch.objects.filter(merchant=copy, code=key.branch.code).first() if key.branch else None
    if key.branch is not None and branch is None:
        return None
    key.merchant, key.branch = copy, branch
    return key


def _note_use(key: ApiKey, now: datetime) -> None:
    """Write the last use at most once per five minutes: reads stay reads."""
    before = now - LAST_USE_PRECISION
    if key.last_used_at is None or key.last_used_at < before:
        long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lt=before)
        ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)


class InRoom(BasePermission):
    """Lets a key pass whose scope has the right that the operation names."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask the table of rights; a method that does not exist is answered later, with 405."""
        needs = getattr(getattr(view, (request.method or "").lower(), None), "needs", None)
        return needs is None or key_actor(key_of(request)).may(*needs)


class PerKey(BaseThrottle):
    """A number of calls per key and minute, told in the `RateLimit-*` headers of every answer."""

    limit = 0
    left = 0
    resets_in = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the call; say whether it is within the limit."""
        self.limit = settings.API_CALLS_PER_MINUTE
        minute, second = divmod(int(timezone.now().timestamp()), MINUTE)
        calls = one_more(f"api-calls:{key_of(request).prefix}:{minute}", kept=2 * MINUTE)
        self.left, self.resets_in = max(0, self.limit - calls), MINUTE - second
        view.rate = self  # type: ignore[attr-defined]
        return calls <= self.limit

    def wait(self) -> float:
        """Return the seconds until the next minute."""
        return self.resets_in

    def headers(self) -> dict[str, str]:
        """Return what the caller is told about its limit."""
        told: dict[str, Any] = {"Limit": self.limit, "Remaining": self.left, "Reset": self.resets_in}
        return {f"RateLimit-{name}": str(value) for name, value in told.items()}
