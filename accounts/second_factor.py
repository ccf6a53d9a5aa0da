"""A person's second factor: whether they have one, and whether a code proves it (allauth keeps them)."""

from contextlib import suppress
from typing import Final

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts.digits import latin_digits
from accounts.errors import Forbidden, TooMany, WrongCode
from accounts.models import User

MOST_TRIES: Final = 5
TRIES_SECONDS: Final = 15 * 60


class NoSecondFactor(Forbidden):
    """Somebody who has not set up a second factor yet."""

    code = "no_second_factor"
    message = _("Set up two-step sign-in first: this needs your second factor.")


def has_second_factor(user: User) -> bool:
    """Whether the person has set one up."""
    return bool(is_mfa_enabled(user))


def prove(user: User, code: str) -> None:
    """Check a code of the person's app, or one of their recovery codes; each works once.

    Raises ``NoSecondFactor``, ``WrongCode``, and ``TooMany`` after five wrong ones in a quarter of an hour.
    """
    if not has_second_factor(user):
        raise NoSecondFactor
    tries = f"second-factor-tries:{user.pk}"
    cache.add(tries, 0, timeout=TRIES_SECONDS)
    if cache.get(tries, 0) >= MOST_TRIES:
        raise TooMany
    if not _is_right(user, latin_digits(code).replace(" ", "").strip()):
        with suppress(ValueError):  # the count ran out between the two calls
            cache.incr(tries)
        raise WrongCode(field="code")
    cache.delete(tries)


def _is_right(user: User, code: str) -> bool:
    typed = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    mine = Authenticator.objects.filter(user=user, type__in=typed)
    return bool(code) and any(factor.wrap().validate_code(code) for factor in mine)
