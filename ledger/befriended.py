"""Reading referrals: what a member is told of their friends, what staff look at, what is promised."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Count, QuerySet

from accounts.models import Member, Merchant
from ledger.families import family_of
from ledger.models import Referral
from ledger.models.referrals import ReferralState
from programs.models import Reward
from programs.queries import terms_of, version_at
from programs.referring import ReferralTerms

MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Friend:
    """A friend as whoever brought them may see them: a letter, never a name, phone or order."""

    initial: str
    joined_at: datetime
    state: str
    due_on: date | None

    @property
    def label(self) -> str:
        """How far the friend has come, in the reader's language."""
        return str(ReferralState(self.state).label)


@dataclass(frozen=True, slots=True)
class Friends:
    """Everybody a member brought: how many in which state, and the newest of them."""

    counts: dict[str, int]
    newest: tuple[Friend, ...]

    @property
    def total(self) -> int:
        """How many joined."""
        return sum(self.counts.values())

    @property
    def rewarded(self) -> int:
        """For how many the member was rewarded."""
        return self.counts.get(ReferralState.REWARDED, 0)


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised for a friend today, with the rewards that it names."""

    terms: ReferralTerms
    bringer_reward: Reward | None
    friend_reward: Reward | None


def brought_by(member: Member) -> QuerySet[Referral]:
    """The referrals of a member, by whichever record they brought the friend."""
    return Referral.objects.filter(bringer__in=family_of(member.pk))


def friends_of(member: Member, *, limit: int = MOST_SHOWN) -> Friends:
    """What a member is told of the friends they brought; two queries."""
    mine = brought_by(member)
    counts = dict(mine.order_by().values_list("state").annotate(Count("pk")))
    newest = mine.select_related("friend").order_by("-joined_at", "-pk")[:limit]
    shown = (_shown(row) for row in newest)
    return Friends(counts, tuple(shown))


def promise_of(merchant: Merchant, *, now: datetime) -> Promise | None:
    """What is promised for a friend who joins now; None where nothing is."""
    version = version_at(merchant, now)
    terms = terms_of(version).referral if version else None
    if version is None or terms is None:
        return None
    named = {terms.bringer_reward, terms.friend_reward} - {""}
    rewards = {row.code: row for row in version.rewards.filter(code__in=named)} if named else {}
    return Promise(terms, rewards.get(terms.bringer_reward), rewards.get(terms.friend_reward))


def held(rows: QuerySet[Referral]) -> QuerySet[Referral]:
    """Those that wait for somebody to look, the oldest first."""
    return rows.filter(state=ReferralState.HELD).order_by("joined_at", "pk")


def _shown(row: Referral) -> Friend:
    """An erased friend has no letter left."""
    return Friend(row.friend.given_name.strip()[:1], row.joined_at, row.state, row.due_on)
