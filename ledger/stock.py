"""The stock of rewards: a counter that all members share, moved by the posting that gives or takes back.

It is a budget of its own period, found by the reward's code: a new version with another stock goes on from
what is given. What is sold stops exactly at the stock, under any race. What was earned (a full card, a goal)
is owed even when the shelf is empty: it is counted and stops nothing.
"""

from typing import Any, Final

from ledger.drafting import NO_LIMIT, BudgetMove, Draft
from ledger.models import Redemption
from programs.calendars import BEGINNING
from programs.goal_terms import RewardTerms
from programs.models import Reward

STOCK: Final = "stock"
"""The period by which a stock is known among the budgets."""


def take_stock(draft: Draft, reward: Reward | RewardTerms, *, earned: bool = False) -> bool:
    """Take one piece for a redemption; whether pieces are counted at all (``Redemption.is_stocked``)."""
    if reward.stock is None:
        return False
    most = NO_LIMIT if earned else reward.stock
    draft.budgets.append(BudgetMove(reward.code, STOCK, BEGINNING, 1, most))
    return True


def put_back(draft: Draft, redemption: Redemption) -> None:
    """Put the piece of an unused code back on the shelf."""
    if redemption.is_stocked:
        draft.budgets.append(BudgetMove(redemption.reward_code, STOCK, BEGINNING, -1))


def promised_by(reward: Reward | RewardTerms | RewardTerms) -> dict[str, Any]:
    """What a redemption keeps of its reward, whatever becomes of the programme: columns and values."""
    return {
        "reward_code": reward.code,
        "reward_kind": reward.kind,
        "value_minor": reward.value_minor,
        "feature": reward.feature,
        "lasts_days": reward.lasts_days,
        "name_ar": reward.name_ar,
        "name_en": reward.name_en,
    }
