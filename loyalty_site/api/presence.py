"""A one-time code to a member who stands at a till without their page (RULES 19)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Member
from accounts.phones import masked
from accounts.presence import reached_at, send_code
from accounts.signing_in import Destination
from loyalty_site.addresses import client_address
from loyalty_site.api.fields import Strict
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation


class SendCodeInput(Strict):
    """An empty object."""


class CodeSentOutput(serializers.Serializer[Any]):
    """Where the code went."""

    member = serializers.CharField()
    sent_to = serializers.CharField(help_text="Masked: enough for the member to know where to look.")


class SendOneTimeCode(Operation):
    """`POST /members/{number}/one-time-codes`."""

    @operation(
        needs=("change", "till"),
        summary="Send the member a one-time code",
        takes=SendCodeInput,
        answers={201: CodeSentOutput},
        refuses=(404, 503),
    )
    def post(self, request: Request, number: str) -> Response:
        """Send a code that the member reads out; with it `POST /redemptions` may spend their points.

        It goes to their phone, or to their e-mail where no phone is known. It lives 10 minutes and bears five
        tries; a new one ends the one before. At most five an hour.
        """
        self.body(SendCodeInput)
        member = member_by(self.actor, {"number": number})
        went = reached_at(member) if self.is_retry else self._send(member)
        local, _at, domain = went.value.partition("@")
        shown = masked(went.value) if went.kind == "phone" else f"{local[:1]}…@{domain}"
        return self.answer(CodeSentOutput, {"member": member.number, "sent_to": shown}, 201)

    def _send(self, member: Member) -> Destination:
        return send_code(member, asker=client_address(self.request), now=self.now)
