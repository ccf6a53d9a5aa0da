"""The refusals of Walaa: a stable code for machines and a sentence for people.

    WalaaError
    ├── NotFound         absent, or another merchant's: the answer is the same
    ├── Forbidden        seen, but this role or key may not
    │   ├── NotShown         spending without the member being there
    │   ├── PracticeOnly     what only a practice key may do
    │   └── NeedsAnother     nobody says yes to their own request (RULES 8, 44)
    ├── Conflict         the world moved on, or the same key said something else
    │   ├── PhoneTaken       a phone that another active member has
    │   ├── AlreadyDecided   a request that somebody answered before
    │   └── NotRipe          deciding alone before a day is over (RULES 8, 44)
    ├── Invalid          a value that cannot be; ``field`` names it
    │   ├── BadPhone
    │   ├── BadEmail
    │   ├── WrongCode        a one-time code that is not the one we sent
    │   ├── CodeOver         a one-time code that has run out, was used, or was guessed at too often
    │   └── AmountError          an amount of money that cannot be taken
    │       ├── AmountInvalid     not a plain number
    │       ├── AmountNegative    below zero where only zero and above make sense
    │       ├── AmountTooLarge    beyond what one purchase can be
    │       ├── AmountTooPrecise  more decimals than the currency has
    │       ├── CurrencyUnknown   a currency we hold no exponent for
    │       └── CurrencyMixed     two currencies in one sum
    ├── Undelivered      a one-time code could not be sent that way
    └── TooMany          slow down

Each floor's ``errors.py`` adds leaves below these. HTTP statuses are mapped once, at the edge.
"""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


class WalaaError(Exception):
    """A refusal. ``message`` is worded in the language active when it is read; ``params`` fill it."""

    code: ClassVar[str] = "error"
    message: ClassVar[str | Promise] = _("Something went wrong.")

    def __init__(self, *, field: str = "", **params: Any) -> None:
        self.field = field
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message % self.params) if self.params else str(self.message)


class NotFound(WalaaError):
    """Absent, or another merchant's."""

    code = "not_found"
    message = _("We could not find that.")


class Forbidden(WalaaError):
    """The role or the key does not allow it."""

    code = "forbidden"
    message = _("You may not do that.")


class NotShown(Forbidden):
    """Spending without the member being there: no token, or one that is older than a minute (RULES 19)."""

    code = "not_shown"
    message = _("Scan the code on the member's page again, or send them a one-time code.")


class PracticeOnly(Forbidden):
    """A key that works on the shop itself asked for what is done to a practice copy alone."""

    code = "practice_only"
    message = _("Only a practice key may do that: it begins with sandbox_.")


class NeedsAnother(Forbidden):
    """Nobody says yes to their own request."""

    code = "needs_another"
    message = _("A second person must approve this: another owner or manager.")


class Conflict(WalaaError):
    """The request does not fit what is already recorded."""

    code = "conflict"
    message = _("That does not fit what is already recorded.")


class PhoneTaken(Conflict):
    """A phone that another active member has."""

    code = "phone_taken"
    message = _("Another member has this phone.")


class AlreadyDecided(Conflict):
    """A request that somebody answered before; ``state`` says how, in words."""

    code = "already_decided"
    message = _("This was decided already: %(state)s.")


class NotRipe(Conflict):
    """Deciding alone before a day is over; ``hours`` are still to wait."""

    code = "not_ripe"
    message = ngettext_lazy(
        "You decide this alone, so it waits a day: %(hours)s more hour.",
        "You decide this alone, so it waits a day: %(hours)s more hours.",
        "hours",
    )


class Invalid(WalaaError):
    """A value that cannot be."""

    code = "invalid"
    message = _("That value cannot be used.")


class BadPhone(Invalid):
    """Not a phone number in any spelling we know."""

    code = "bad_phone"
    message = _("This does not look like a phone number.")


class BadEmail(Invalid):
    """Not an e-mail address."""

    code = "bad_email"
    message = _("This does not look like an e-mail address.")


class WrongCode(Invalid):
    """A one-time code that is not the one we sent."""

    code = "wrong_code"
    message = _("This code is not right. Please check it and try again.")


class CodeOver(Invalid):
    """A one-time code that has run out, was used, or was guessed at too often."""

    code = "code_over"
    message = _("This code no longer works. Please ask for a new one.")


class AmountError(Invalid):
    """An amount of money that cannot be taken."""

    code = "amount_invalid"
    message = _("This is not an amount of money.")


class AmountInvalid(AmountError):
    """Not a plain number: text, an exponent, "NaN", ill-placed separators."""

    message = _("“%(text)s” is not an amount of money.")


class AmountNegative(AmountError):
    """Below zero where only zero and above make sense."""

    code = "amount_negative"
    message = _("An amount cannot be negative.")


class AmountTooLarge(AmountError):
    """Beyond what one purchase can be."""

    code = "amount_too_large"
    message = _("This amount is too large.")


class AmountTooPrecise(AmountError):
    """More decimals than the currency has."""

    code = "amount_too_precise"
    message = _("%(currency)s has %(places)s decimal places.")


class CurrencyUnknown(AmountError):
    """A currency we hold no exponent for."""

    code = "currency_unknown"
    message = _("The currency “%(currency)s” is not supported.")


class CurrencyMixed(AmountError):
    """Two currencies in one sum."""

    code = "currency_mixed"
    message = _("%(left)s and %(right)s cannot be combined.")


class Undelivered(WalaaError):
    """A one-time code could not be sent that way."""

    code = "undelivered"
    message = _("We could not send the code this way. Please try another way, or again in a minute.")


class TooMany(WalaaError):
    """Too many tries in too short a time; ``wait`` says how many seconds to wait, where that is known."""

    code = "too_many"
    message = _("Too many tries. Please wait a little and try again.")
