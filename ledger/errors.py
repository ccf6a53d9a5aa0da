"""The refusals of the books.

WalaaError
├── Conflict
│   ├── KeyConflict          the same key with another body (RULES 15)
│   ├── NotEnoughPoints      spending what is not there (RULES 16, 20)
│   ├── CodeSpent            a code that was used, cancelled or has run out (RULES 19)
│   ├── AdjustmentRefused    the second person said no, or who asked took it back
│   ├── GiftCardRefused      the same of a gift card
│   ├── BudgetSpent          a cashier's apologies of today are used up (RULES 44)
│   ├── GiftCardOver         a gift card that ran out or was cancelled
│   ├── QuoteOver            a signed quote that lapsed or was used (RULES 3)
│   ├── QuoteMismatch        another order than the one that was quoted
│   ├── OtherMembership      a plan is held already
│   ├── TrialUsed            one trial for each person (RULES 37)
│   ├── NoMembership         nothing to cancel
│   ├── CardsNotTaken        Moyasar cannot be had, or not here
│   ├── FeeGivenBack         a fee that was refunded already
│   ├── ReceiptClaimed       a sale that is somebody's already
│   └── Busy                 the member's row moved under us three times and the lock did not come
├── NotFound
│   └── ReceiptUnknown       a receipt that names no sale of ours
└── Invalid
    ├── ReceiptUnreadable    no code of a tax receipt
    ├── ReceiptTooOld        beyond the window for late orders
    ├── NothingToRedeem      fewer points than one block (RULES 16)
    ├── NotWholeBlocks       points that are no multiple of the block
    ├── OverRefund           more than is left of the purchase
    ├── InTheFuture          a time that has not come yet
    ├── BeforeTime           a time no loyalty programme remembers
    ├── BeforePurchase       something that happened to a purchase before it was made
    ├── SendAlone            a code or a quote among many orders
    ├── WrongCurrency        not the merchant's currency
    ├── NoProgramme          nothing was promised at that time
    ├── NotSold              a membership plan that these terms do not sell
    ├── NoTrial              a plan without a trial
    ├── WrongFee             not what the plan costs
    ├── RewardUnavailable    not in the catalogue, or not for this member now
    ├── GiftCardShort        more than the card holds
    ├── MoreThanDue          more than the order still takes
    ├── DeadAlready          something brought along whose last day is over
    ├── NotAHead             neither a seal nor a file of seals
    ├── UnfitRole            a database role that rights would not bind
    └── FileRefused          a file that cannot be read as purchases
        ├── EmptyFile
        ├── LineTooLong      a line no order has
        ├── NotAText         bytes that are no text we know
        ├── MissingColumns   the header lacks what we need
        ├── RepeatedColumn   two columns that mean the same
        ├── SecretChanged    rows that could come in twice, for want of the secret they came in under
        ├── NotTakenUp       nobody brought it in for a week
        └── RowsRefused      ``--strict``: one bad row refuses the file
"""

from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Invalid, NotFound
from programs.having_wording import why_not_text
from programs.reasons import Reason


class KeyConflict(Conflict):
    """The same key with another body."""

    code = "key_conflict"
    message = _("This number was already used for something else.")


class NotEnoughPoints(Conflict):
    """Spending what is not there. ``short`` is how many points are missing."""

    code = "not_enough_points"
    message = ngettext_lazy("%(short)s point is missing.", "%(short)s points are missing.", "short")


class CodeSpent(Conflict):
    """A code that was used, cancelled or has run out; ``state`` says which."""

    code = "code_spent"
    message = _("This code can no longer be used.")


class QuoteOver(Conflict):
    """A signed quote that lapsed or was used."""

    code = "quote_over"
    message = _("This quote has run out or was used. Please quote the order again.")


class QuoteMismatch(Conflict):
    """Another order than the one that was quoted."""

    code = "quote_mismatch"
    message = _("This is not the order that was quoted.")


class ReferralMoved(Conflict):
    """A referral that was settled, refused or taken back meanwhile."""

    code = "referral_moved"
    message = _("This referral was decided already.")


class BeyondReferralCap(Conflict):
    """More friends than usual in 30 days: somebody looks first (RULES 38)."""

    code = "beyond_referral_cap"
    message = _("More friends than usual came in 30 days: this one waits for a review.")


class OrderReturned(Conflict):
    """The friend's order was sent back, whole or below what it had to be."""

    code = "order_returned"
    message = _("The friend's first order was sent back.")


class OtherMembership(Conflict):
    """A plan is held already; one at a time."""

    code = "membership_held"
    message = _("This member already holds a membership.")


class TrialUsed(Conflict):
    """One trial for each person."""

    code = "trial_used"
    message = _("The free trial was used already: once for each person.")


class NoMembership(Conflict):
    """Nothing is held."""

    code = "no_membership"
    message = _("This member holds no membership.")


class FeeGivenBack(Conflict):
    """A fee that was refunded already."""

    code = "fee_given_back"
    message = _("This fee was given back already.")


class ReceiptClaimed(Conflict):
    """A sale that is somebody's already."""

    code = "receipt_claimed"
    message = _("The points of this receipt were claimed already.")


class ReceiptUnknown(NotFound):
    """A receipt that names no sale of ours, or one that the till has not told yet."""

    code = "receipt_unknown"
    message = _("We do not know this receipt. If you have just paid, try again in a few minutes.")


class ReceiptUnreadable(Invalid):
    """No code of a tax receipt."""

    code = "receipt_unreadable"
    message = _(
        "This is not the code of a tax receipt. Photograph the square code on the paper, close and sharp."
    )


class ReceiptTooOld(Invalid):
    """Beyond the window for late orders."""

    code = "receipt_too_old"
    message = _("This receipt is too old to be claimed.")


class CardsNotTaken(Conflict):
    """No card can be charged: the merchant has no keys, or Moyasar does not answer."""

    code = "cards_not_taken"
    message = _("Paying by card does not work right now. Please try again later, or pay at the till.")


class NotSold(Invalid):
    """A membership plan that the terms in force do not sell."""

    code = "plan_not_sold"
    message = _("No such membership is sold.")


class NoTrial(Invalid):
    """A plan without a trial."""

    code = "no_trial"
    message = _("This membership has no free trial.")


class WrongFee(Invalid):
    """Not what the plan costs; ``price_minor`` of ``currency`` is."""

    code = "wrong_fee"
    message = _("This is not what the membership costs.")


class Busy(Conflict):
    """The member's row kept moving; the caller may try again."""

    code = "busy"
    message = _("Another till is serving this member right now. Please try again.")


class SendAlone(Invalid):
    """A code or a signed quote among many orders: only a single sale honours it."""

    code = "send_alone"
    message = _("An order that names a code or a quote is sent by itself.")


class AdjustmentRefused(Conflict):
    """The second person said no, or who asked took it back; the same key asks for nothing more."""

    code = "adjustment_refused"
    message = _("This adjustment was refused or withdrawn. Nothing was posted.")


class GiftCardRefused(Conflict):
    """The second person said no to a gift card, or who asked took it back."""

    code = "gift_card_refused"
    message = _("This gift card was refused or withdrawn. None was made.")


class BudgetSpent(Conflict):
    """A cashier's apologies of today are used up; ``left`` points may still be given."""

    code = "budget_spent"
    message = ngettext_lazy(
        "You may still give %(left)s point today. For more, ask your manager.",
        "You may still give %(left)s points today. For more, ask your manager.",
        "left",
    )


class NothingToRedeem(Invalid):
    """Fewer points than one block."""

    code = "nothing_to_redeem"
    message = ngettext_lazy(
        "%(short)s point is missing for the smallest redemption.",
        "%(short)s points are missing for the smallest redemption.",
        "short",
    )


class NotWholeBlocks(Invalid):
    """Points that are no multiple of the block."""

    code = "not_whole_blocks"
    message = _("Points are redeemed in blocks of %(block)s.")


class DiscountTooLarge(Invalid):
    """More money off than the order or the programme's cap allows."""

    code = "discount_too_large"
    message = _("The discount would be larger than this order allows.")


class OverRefund(Invalid):
    """More than is left of the purchase."""

    code = "over_refund"
    message = _("More than what is left of this purchase.")


class InTheFuture(Invalid):
    """A time that has not come yet."""

    code = "in_the_future"
    message = _("This time is in the future.")


class BeforeTime(Invalid):
    """A time no loyalty programme remembers."""

    code = "before_time"
    message = _("This time is too long ago.")


class BeforePurchase(Invalid):
    """Something that happened to a purchase before it was made."""

    code = "before_purchase"
    message = _("This is earlier than the purchase itself.")


class WrongCurrency(Invalid):
    """Not the merchant's currency."""

    code = "wrong_currency"
    message = _("Amounts are in %(currency)s here.")


class NoProgramme(Invalid):
    """Nothing was promised at that time."""

    code = "no_programme"
    message = _("There is no live programme at that time.")


class RewardUnavailable(Invalid):
    """Not in the catalogue, or not for this member now; ``why`` is the reason (``programs.having``)."""

    code = "reward_unavailable"
    message = _("This reward is not available.")

    def __str__(self) -> str:
        why = self.params.get("why")
        if not why:
            return str(self.message)
        return why_not_text(Reason(why["code"], why), get_language() or "ar")


class GiftCardOver(Conflict):
    """A gift card that ran out or was cancelled."""

    code = "gift_card_over"
    message = _("This gift card has run out or was cancelled.")


class GiftCardShort(Invalid):
    """More than the card holds; ``left`` is what is on it."""

    code = "gift_card_short"
    message = _("This gift card holds %(left)s.")


class MoreThanDue(Invalid):
    """A gift card that would pay more than the order still takes: ``due``."""

    code = "more_than_due"
    message = _("The gift card would pay more than is due: %(due)s.")


class SameRecord(Conflict):
    """A record that would be merged with itself."""

    code = "same_record"
    message = _("A membership cannot be merged with itself.")


class MergeInUse(Conflict):
    """Something was posted since a merge; ``since`` lists it."""

    code = "merge_in_use"
    message = _("This merge can no longer be undone: the membership was used since.")


class DeadAlready(Invalid):
    """Points or a tier from another system whose last day, ``on``, is over."""

    code = "dead_already"
    message = _("Its last day was %(on)s; what is over cannot come in.")


class NotAHead(Invalid):
    """Neither a seal of 64 letters nor a file of heads."""

    code = "not_a_head"
    message = _("“%(given)s” is neither a seal of 64 characters nor a file of seals.")


class UnfitRole(Invalid):
    """A database role that is not there, or that rights would not bind."""

    code = "unfit_role"
    message = _(
        "“%(role)s” is no PostgreSQL role of its own: create one that is neither superuser nor the owner "
        "of the tables."
    )
