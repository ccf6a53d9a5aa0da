"""The refusals of this floor.

WalaaError
├── Invalid
│   ├── NoHistory          nothing was bought before the day that was asked about
│   ├── NotYet             a cut-off that has not come: silence could not be told from the future
│   ├── NothingToReplay    no purchase in the months of a Rewind
│   ├── MonthsOutOfRange
│   ├── PercentOutOfRange
│   ├── NoScenario         neither a programme of today nor one that was chosen
│   ├── TooManyScenarios
│   └── DraftNotValid      a draft that could not be published
└── Conflict
    └── AlreadyRunning     one Rewind at a time
"""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Invalid


class NoHistory(Invalid):
    """There is nothing to look at before the day."""

    code = "no_history"
    message = _("%(merchant)s has no purchases before %(day)s.")


class NotYet(Invalid):
    """The day has not begun in the merchant's zone."""

    code = "not_yet"
    message = _("%(day)s has not begun yet; what is not known cannot be told from silence.")


class NothingToReplay(Invalid):
    """No purchase falls into the months."""

    code = "nothing_to_replay"
    message = _(
        "There are no purchases in these months yet. Import your history first, or choose more months."
    )


class MonthsOutOfRange(Invalid):
    """Fewer months than one, or more than we replay."""

    code = "months_out_of_range"
    message = _("Choose from 1 to %(most)s months.")


class PercentOutOfRange(Invalid):
    """A share of points that cannot be."""

    code = "percent_out_of_range"
    message = _("A share lies between 0 and 100 %%.")


class NoScenario(Invalid):
    """Nothing to look at: no programme of today and none that was chosen."""

    code = "no_scenario"
    message = _("You have no programme in force yet: choose at least one version to try.")


class TooManyScenarios(Invalid):
    """More programmes than fit side by side."""

    code = "too_many_scenarios"
    message = _("Choose at most %(most)s versions at a time.")


class DraftNotValid(Invalid):
    """The draft still has problems."""

    code = "draft_not_valid"
    message = _("The draft is not ready: %(problems)s")


class AlreadyRunning(Conflict):
    """One Rewind at a time."""

    code = "already_running"
    message = _("A Rewind of yours is still running. Wait until it is done.")
