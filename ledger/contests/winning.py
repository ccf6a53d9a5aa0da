"""Planning the prize of a place in a contest: points, a badge, a voucher, as a challenge gives them. Pure.

Nothing takes it back: the places stood only once what was returned had been taken off.
"""

from datetime import datetime

from ledger import topics
from ledger.achieving import achieve
from ledger.context import Context
from ledger.drafting import Draft, Posting
from ledger.errors import NoProgramme
from ledger.events_of_contests import ContestWon
from ledger.pending import open_due
from programs.contests import prize_at


def plan_prize(event: ContestWon, context: Context, *, now: datetime) -> Posting:
    """Plan one prize. Raises ``NoProgramme`` where the terms have no such contest or no such prize."""
    terms = context.promises.of(event.version_id)
    contest = terms.contest(event.contest, event.starts_on) if terms else None
    goal = prize_at(contest, event.place) if contest else None
    if terms is None or goal is None:
        raise NoProgramme
    draft = Draft(event, context, now)
    open_due(draft)
    achieve(draft, goal, terms)
    draft.tell(topics.CONTEST_WON, code=goal.code, place=event.place, points=goal.points, reward=goal.reward)
    draft.bury()
    return draft.posting()
