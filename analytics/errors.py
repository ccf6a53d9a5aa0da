"""The refusals of this floor.

WalaaError
└── Invalid
    ├── NoHistory       nothing was bought before the day that was asked about
    └── NotYet          a cut-off that has not come: silence could not be told from the future
"""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Invalid


class NoHistory(Invalid):
    """There is nothing to look at before the day."""

    code = "no_history"
    message = _("%(merchant)s has no purchases before %(day)s.")


class NotYet(Invalid):
    """The day has not begun in the merchant's zone."""

    code = "not_yet"
    message = _("%(day)s has not begun yet; what is not known cannot be told from silence.")
