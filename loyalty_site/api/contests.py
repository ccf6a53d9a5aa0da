"""Contests: how a member stands and what they won, joining one and leaving it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.languages import in_language
from accounts.models import Member
from ledger.contests.figures import ContestLine, contests_of
from ledger.contests.joining import join_contest, leave_contest
from ledger.models import Achievement
from ledger.models.redemptions import RedemptionState
from loyalty_site.api.fields import Nothing
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation
from programs.contest_wording import contest_sentence
from programs.contests import ContestTerms
from programs.models import ContestCounts
from programs.queries import timeline


class WonOutput(serializers.Serializer[Achievement]):
    """A prize of a contest."""

    points = serializers.IntegerField()
    badge = serializers.CharField(help_text="The code of the badge; empty: none.")
    reward = serializers.SerializerMethodField(help_text="The code of the reward; empty: none.")
    voucher = serializers.SerializerMethodField(help_text="How the reward's voucher stands; null: none.")

    def get_reward(self, won: Achievement) -> str:
        """What the voucher is for."""
        return won.redemption.reward_code if won.redemption else ""

    @extend_schema_field(serializers.ChoiceField(RedemptionState.choices, allow_null=True))
    def get_voucher(self, won: Achievement) -> str | None:
        """As the book of codes has it."""
        return won.redemption.state if won.redemption else None


class ContestOutput(serializers.Serializer[ContestLine]):
    """Where a member stands in a contest. Nobody else is named."""

    code = serializers.CharField(source="contest.goal.code")
    name = serializers.SerializerMethodField()
    terms = serializers.SerializerMethodField(help_text="What ranks members and what places win, as text.")
    counts = serializers.ChoiceField(ContestCounts.choices, source="contest.goal.counts")
    first_day = serializers.DateField(source="contest.first_day")
    last_day = serializers.DateField(source="contest.last_day")
    decided_on = serializers.DateField(
        source="contest.decided_on", help_text="When the places stand for good."
    )
    least = serializers.IntegerField(
        source="contest.goal.target", help_text="The least that takes part; minor units of money."
    )
    by_joining = serializers.BooleanField(source="contest.by_joining")
    has_joined = serializers.BooleanField()
    decided = serializers.BooleanField()
    count = serializers.SerializerMethodField(help_text="Collected so far; null: not ranked.")
    place = serializers.SerializerMethodField(help_text="Final once it is decided; null: takes no part.")
    level_with = serializers.SerializerMethodField(help_text="How many others share the place.")
    members = serializers.SerializerMethodField(help_text="How many take part.")
    missing = serializers.SerializerMethodField(
        help_text="To take part, or to stand before the next; 0: first."
    )

    won = WonOutput(many=True, help_text="What the member won, once it is decided and given.")

    def get_name(self, line: ContestLine) -> str:
        """In the caller's language."""
        return in_language(line.contest.goal, "name", self.context["language"])

    def get_terms(self, line: ContestLine) -> str:
        """In the caller's language."""
        return contest_sentence(line.contest, line.terms, self.context["language"])

    def get_count(self, line: ContestLine) -> int | None:
        """While the places may change."""
        return line.rank.count if line.rank else None

    def get_place(self, line: ContestLine) -> int | None:
        """The final one, or how the member stands now."""
        return line.rank.place if line.rank else line.final_place

    def get_level_with(self, line: ContestLine) -> int:
        """Nobody once it is decided."""
        return line.rank.level if line.rank else 0

    def get_members(self, line: ContestLine) -> int:
        """Of the final places, or now."""
        return line.rank.members if line.rank else line.members

    def get_missing(self, line: ContestLine) -> int:
        """Nothing once it is decided."""
        return line.rank.missing if line.rank else 0


class OfContest(Operation):
    """What joining and leaving have in common: the answer."""

    def stand(self, member: Member, contest: ContestTerms) -> Response:
        """How the member stands in it now."""
        lines = contests_of(member, timeline(member.merchant), now=self.now)
        line = next((one for one in lines if one.contest == contest), None)
        if line is None:
            raise NotFound(field="contest")
        return self.answer(ContestOutput, line)


class JoinContest(OfContest):
    """`POST /members/{number}/contests/{code}/join`."""

    @operation(
        needs=("change", "members"),
        summary="Let a member join a contest",
        takes=Nothing,
        answers={200: ContestOutput},
        refuses=(404,),
    )
    def post(self, request: Request, number: str, code: str) -> Response:
        """Let the member take part, with everything since its first day. Joining twice changes nothing."""
        self.body(Nothing)
        member = member_by(self.actor, {"number": number}, room="members")
        return self.stand(member, join_contest(member, code, now=self.now))


class LeaveContest(OfContest):
    """`POST /members/{number}/contests/{code}/leave`."""

    @operation(
        needs=("change", "members"),
        summary="Let a member leave a contest",
        takes=Nothing,
        answers={200: ContestOutput},
        refuses=(404,),
    )
    def post(self, request: Request, number: str, code: str) -> Response:
        """Rank the member no longer. What was counted stays theirs, and they may join again."""
        self.body(Nothing)
        member = member_by(self.actor, {"number": number}, room="members")
        return self.stand(member, leave_contest(member, code, now=self.now))
