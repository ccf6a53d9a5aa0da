"""The refusals of campaigns.

WalaaError
├── Conflict
│   ├── AlreadyDecided   another person approved or rejected this run first
│   ├── NotUnclear       only a message whose fate is unclear can be settled by hand
│   ├── StillSending     a worker holds a message right now
│   ├── WebhookKnown     an address that is told already
│   ├── TooManyWebhooks  one address more than a merchant may have
│   ├── WebhookIsOff     nothing is sent to an address that is switched off
│   └── NotReplayable    a message that waits already, or that was emptied
└── Invalid
    ├── AddressRefused   an address that is not https, or leads into a private network
    └── TemplateInvalid  a text with an unknown placeholder, a missing variant or a stray bracket
        ├── UnknownPlaceholder
        ├── VariantsIncomplete
        └── BracketsUnbalanced
"""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Invalid


class AlreadyDecided(Conflict):
    """Another person decided the other way first."""

    code = "already_decided"
    message = _("This run has already been decided: %(state)s.")


class NotUnclear(Conflict):
    """Only an unclear message can be settled by hand."""

    code = "not_unclear"
    message = _("Only a message whose fate is unclear can be settled by hand.")


class StillSending(Conflict):
    """A worker holds a message right now."""

    code = "still_sending"
    message = _("A message is being sent right now. Please try again in a minute.")


class WebhookKnown(Conflict):
    """An address that is told already."""

    code = "webhook_known"
    message = _("This address is told already.")


class TooManyWebhooks(Conflict):
    """One address more than a merchant may have."""

    code = "too_many_webhooks"
    message = _("You have %(most)s webhooks already. Take one away first.")


class WebhookIsOff(Conflict):
    """Nothing is sent to an address that is switched off."""

    code = "webhook_off"
    message = _("This webhook is switched off. Switch it on first.")


class NotReplayable(Conflict):
    """A message that waits already, or that was emptied when its member was erased."""

    code = "not_replayable"
    message = _("This message waits already, or was emptied because its member was erased.")


class AddressRefused(Invalid):
    """An address that cannot be told anything."""

    code = "address_refused"
    message = _("Use an https address that can be reached from the internet.")


class TemplateInvalid(Invalid):
    """A text that could not be rendered; ``what`` shows the place."""

    code = "template_invalid"
    message = _("This text cannot be used: %(what)s")


class UnknownPlaceholder(TemplateInvalid):
    """A placeholder this recipe does not know."""

    code = "unknown_placeholder"
    message = _("“%(what)s” is not a value this message knows. Use: %(known)s.")


class VariantsIncomplete(TemplateInvalid):
    """Variants by gender that do not name f, m and n."""

    code = "variants_incomplete"
    message = _("“%(what)s” needs three wordings: {f:…|m:…|n:…}.")


class BracketsUnbalanced(TemplateInvalid):
    """A brace or a bracket that opens or closes nothing."""

    code = "brackets_unbalanced"
    message = _("A bracket is missing near “%(what)s”.")
