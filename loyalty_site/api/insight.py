"""What is known of a member beyond the books: how likely they fall silent, and which reward to speak of."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Member
from analytics.models import Method
from analytics.queries import score_of
from analytics.wording import method_sentence, sentences
from ledger.suggesting import Because, suggestion_for, why_text
from loyalty_site.api.fields import Amount, Instant
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation


class DormancyOutput(serializers.Serializer[Any]):
    """The newest score: a figure of its day, not of this moment."""

    probability = serializers.FloatField(help_text="That they buy nothing in the days ahead; 0 to 1.")
    days_ahead = serializers.IntegerField()
    slipping = serializers.BooleanField(help_text="Whether they are among those worth a word now.")
    days_silent = serializers.IntegerField(help_text="Since the last purchase, on that day.")
    expected_spend = Amount(help_text="In the next 90 days.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="In words, the strongest first.")
    method = serializers.ChoiceField(Method.choices)
    method_text = serializers.CharField()
    scored_at = Instant()


class SuggestionOutput(serializers.Serializer[Any]):
    """A reward to speak of next."""

    reward = serializers.CharField(help_text="A code of `GET /members/{number}/rewards`.")
    name = serializers.CharField()
    points = serializers.IntegerField()
    missing_points = serializers.IntegerField(help_text="0: they can have it now.")
    because = serializers.ChoiceField([(why.value, why.value) for why in Because])
    text = serializers.CharField(help_text="Why, in words.")


class InsightOutput(serializers.Serializer[Any]):
    """What is known of a member."""

    member = serializers.CharField()
    dormancy = DormancyOutput(allow_null=True, help_text="null: no score speaks of them.")
    suggestion = SuggestionOutput(allow_null=True, help_text="null: no reward may be theirs now.")


class ReadInsight(Operation):
    """`GET /members/{number}/insight`."""

    @operation(
        needs=("view", "analytics"),
        summary="Read what is known of a member",
        answers={200: InsightOutput},
        refuses=(404,),
    )
    def get(self, request: Request, number: str) -> Response:
        """Return the stored dormancy score with its day and reasons, and the next reward to suggest.

        The suggestion is the cheapest reward they took before and can have again, else the cheapest they can
        have, else the one with the fewest points to go. For a `read` or `manage` key.
        """
        member = member_by(self.actor, {"number": number}, room="analytics")
        shown = {
            "member": member.number,
            "dormancy": self._dormancy(member),
            "suggestion": self._next(member),
        }
        return self.answer(InsightOutput, shown)

    def _dormancy(self, member: Member) -> dict[str, Any] | None:
        score = score_of(member)
        if score is None:
            return None
        return {
            "probability": score.probability,
            "days_ahead": score.model.horizon,
            "slipping": score.is_slipping,
            "days_silent": score.days_silent,
            "expected_spend": score.value_minor,
            "reasons": sentences(score.reasons, self.language),
            "method": score.model.method,
            "method_text": method_sentence(score.model, self.language),
            "scored_at": score.model.scored_at or score.model.trained_at,
        }

    def _next(self, member: Member) -> dict[str, Any] | None:
        found = suggestion_for(member, now=self.now)
        if found is None:
            return None
        return {
            "reward": found.offer.reward.code,
            "name": found.offer.reward.name,
            "points": found.offer.reward.points,
            "missing_points": found.offer.missing_points,
            "because": found.because.value,
            "text": why_text(found, self.language),
        }
