"""The refusals of clearing.

WalaaError
├── Conflict
│   ├── MoreThanDue          a settlement above what the partner is owed
│   └── AgreementOver        what was asked of a partner was answered or ended before
└── Invalid
    ├── ForPartner           a voucher that only a partner honours
    ├── ForSignUp            points that a place at an event holds
    ├── NoPartner            a partner's reward that nobody honours now
    └── UnknownShop          no other shop of this name here
"""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Invalid


class ForPartner(Invalid):
    """A voucher that only a partner honours."""

    code = "for_partner"
    message = _("This voucher is honoured by a partner, not here.")


class ForSignUp(Invalid):
    """Points that a place at an event holds: the sign-up moves them, nobody else."""

    code = "for_sign_up"
    message = _("These points hold a place at an event. Cancel the sign-up instead.")


class NoPartner(Invalid):
    """A partner's reward that nobody honours now."""

    code = "no_partner"
    message = _("No partner honours this reward right now.")


class UnknownShop(Invalid):
    """No other shop of this address here."""

    code = "unknown_shop"
    message = _("There is no other shop at this address.")


class AgreementOver(Conflict):
    """What was asked of a partner was answered or ended before."""

    code = "agreement_over"
    message = _("This was answered already, or the agreement has ended.")


class MoreThanDue(Conflict):
    """A settlement above what the partner is owed: ``owed``, in words."""

    code = "more_than_due"
    message = _("This partner is owed %(owed)s. No more than that can be settled.")
