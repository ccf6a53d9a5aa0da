"""The refusals of programmes.

WalaaError
├── Conflict
│   ├── VersionPublished   a published version is never edited or published again
│   ├── WrongState         the programme is not in a state this step starts from
│   ├── Unchangeable       what was said about margins is followed by further rows, never rewritten
│   ├── DraftChanged       the draft is not the one that was asked for (RULES 8)
│   └── DraftInTheWay      a draft stands where a recipe would be put, and nobody agreed to lose it
└── Invalid
    ├── NotPublishable     the draft has problems; ``problems`` lists them
    ├── AboveCeiling       the terms give back more than the ceiling: a second person decides (RULES 8)
    ├── AudienceTooLarge   a pilot is for a small audience
    ├── EffectiveTooEarly  a later version may not reprice what was already promised
    └── NoticeTooShort     points would be worth less without notice; ``problems`` lists what got worse
"""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Invalid


class VersionPublished(Conflict):
    """A published version is never edited or published again."""

    code = "version_published"
    message = _("A published version cannot be changed; edit the draft instead.")


class WrongState(Conflict):
    """The programme is not in a state this step starts from."""

    code = "programme_state"
    message = _("The programme is not in a state that allows this.")


class Unchangeable(Conflict):
    """What was said about margins is never rewritten."""

    code = "margins_unchangeable"
    message = _("What was said stays on record; say the new figures beside it.")


class DraftChanged(Conflict):
    """The draft is not the one that was asked for."""

    code = "draft_changed"
    message = _("The draft was changed after this was asked. Withdraw the request and ask again.")


class DraftInTheWay(Conflict):
    """A draft stands where a recipe would be put."""

    code = "draft_in_the_way"
    message = _("You have a draft already: look at what would be replaced first.")


class AboveCeiling(Invalid):
    """The terms give back more than the ceiling; ``rate`` and ``ceiling`` are percents as text."""

    code = "above_ceiling"
    message = _("These terms can give back %(rate)s %% of a sale, above your ceiling of %(ceiling)s %%.")


class NotPublishable(Invalid):
    """The draft has problems; ``params["problems"]`` holds them as (field, message)."""

    code = "not_publishable"
    message = _("The programme cannot be published yet: please mend what is listed.")


class NoticeTooShort(Invalid):
    """Points would be worth less before members had their notice.

    ``params["problems"]`` holds what got worse as (field, message), ``worse`` the messages in one line and
    ``day`` the first day on which the terms may begin (ISO).
    """

    code = "notice_too_short"
    message = _("%(worse)s Members are told in advance: choose %(day)s or later.")


class EffectiveTooEarly(Invalid):
    """A later version may not reprice what was already promised."""

    code = "effective_too_early"
    message = _("New terms start now or later, and after the terms before them.")


class AudienceTooLarge(Invalid):
    """A pilot is for a small audience; ``members`` were asked for."""

    code = "audience_too_large"
    message = _("A pilot is small: at most %(most)s members, and these are %(members)s.")
