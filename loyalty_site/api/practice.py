"""The practice copy of a shop, from a developer's own script: empty again before every run of their tests."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import PracticeOnly
from accounts.models import Merchant
from loyalty_site.api.fields import Instant, Nothing
from loyalty_site.api.keys import key_of
from loyalty_site.api.operation import IDEMPOTENCY_KEY, Operation, operation
from programs.practising import start_over


class PracticeOutput(serializers.Serializer[Merchant]):
    """The copy that practice keys work on from now on."""

    began_at = Instant(
        source="created_at", help_text="Since then it holds nothing but the terms of your shop."
    )


class ResetPractice(Operation):
    """`POST /practice/reset`."""

    @operation(
        needs=("change", "till"),
        summary="Empty the practice copy",
        takes=Nothing,
        answers={200: PracticeOutput},
    )
    def post(self, request: Request) -> Response:
        """Begin anew on the practice copy: no members, no orders, and the terms your shop has now.

        Every practice key goes on working, on the new copy. A key of the shop itself is refused with
        `practice_only`.
        """
        self.body(Nothing)
        copy = self.actor.merchant
        shop = copy.practice_of
        if not key_of(request).is_sandbox or shop is None:
            raise PracticeOnly
        if self.is_retry and copy.created_at >= self.first_at:  # this is the copy which that call made
            return self.answer(PracticeOutput, copy, replayed=True)
        copy = start_over(merchant=shop, now=self.now)
        if IDEMPOTENCY_KEY in request.headers:  # the retry comes to the new copy
            self.take_key(copy)
        return self.answer(PracticeOutput, copy)
