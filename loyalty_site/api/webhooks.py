"""Webhooks: which addresses are told what happens, and what was told there."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_read, visible
from accounts.errors import NotFound
from campaigns.webhooks import keeping, retold
from campaigns.webhooks.models import DeliveryState, Topic, WebhookDelivery, WebhookEndpoint
from loyalty_site.api.fields import Instant, Strict, Text, Yes
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.pages import CURSOR, LIMIT, PageQuery, page_of

VIEW: Final = ("view", keeping.ROOM)
CHANGE: Final = ("change", keeping.ROOM)
SOON: Final = 202
ADDRESS: Final = "https://shop.example/walaa"


class Topics(serializers.ListField):
    """Which news an address wants."""

    def __init__(self, **options: Any) -> None:
        child = serializers.ChoiceField(choices=Topic.choices)
        super().__init__(child=child, min_length=1, max_length=len(Topic), **options)


class WebhookInput(Strict):
    """An address and what it wants to hear."""

    url = Text(max_length=500, help_text="https, reachable from the internet, without a fragment.")
    topics = Topics()


class WebhookChange(Strict):
    """What changes. `active: true` switches on again what was switched off."""

    url = Text(required=False, max_length=500)
    topics = Topics(required=False)
    active = Yes(required=False)


class WebhookOutput(serializers.Serializer[WebhookEndpoint]):
    """An address that is told what happens."""

    id = serializers.CharField(source="code")
    url = serializers.CharField()
    topics = serializers.ListField(child=serializers.ChoiceField(choices=Topic.choices))
    active = serializers.BooleanField(source="is_active")
    created_at = Instant()
    failing_since = Instant(allow_null=True, help_text="Nothing got through since then.")
    switched_off_at = Instant(allow_null=True)
    switched_off_why = serializers.CharField(help_text="`by_hand`, `failing`, `gone`, or nothing.")


class WebhookWithSecret(WebhookOutput):
    """The same with the secret, which is not shown again."""

    secret = serializers.CharField(
        source="shown_secret", help_text="`whsec_…`: verify every message with it."
    )


class WebhooksOutput(serializers.Serializer[Any]):
    """Every address, at most ten."""

    results = WebhookOutput(many=True)


class MessageOutput(serializers.Serializer[WebhookDelivery]):
    """One message to one address."""

    id = serializers.CharField(source="message_id", help_text="What `webhook-id` says, at every attempt.")
    topic = serializers.CharField(help_text="A topic, or `test`.")
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    occurred_at = Instant()
    next_attempt_at = serializers.SerializerMethodField(help_text="While it waits.")
    done_at = Instant(allow_null=True)
    status = serializers.IntegerField(source="last_status", allow_null=True, help_text="The last answer's.")
    why = serializers.CharField(
        help_text="Why it did not get through: `refused`, `redirected`, `unreachable`, `too_much`, `unsafe`,"
        " `no_secret`, `switched_off`, `erased`, or nothing."
    )
    answer = serializers.CharField(help_text="How the last answer began.")
    content = serializers.DictField(source="payload", help_text="What was said; empty after an erasure.")

    def get_next_attempt_at(self, row: WebhookDelivery) -> str | None:
        """When it is sent next, while it waits."""
        waits = row.state == DeliveryState.WAITING
        return Instant().to_representation(row.due_at) if waits else None


class MessagePage(serializers.Serializer[Any]):
    """A page of messages, the newest first."""

    results = MessageOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null at the end.")


class ListWebhooks(Operation):
    """`GET /webhooks`."""

    @operation(needs=VIEW, summary="List webhooks", answers={200: WebhooksOutput})
    def get(self, request: Request) -> Response:
        """Return every address that is told what happens."""
        rows = visible(self.actor, WebhookEndpoint.objects.all(), room=keeping.ROOM)
        return self.answer(WebhooksOutput, {"results": rows})


class CreateWebhook(Operation):
    """`POST /webhooks`."""

    @operation(
        needs=CHANGE,
        summary="Be told what happens",
        takes=WebhookInput,
        answers={201: WebhookWithSecret},
        refuses=(409,),
        examples=[
            OpenApiExample(
                "Points and rewards",
                {"url": ADDRESS, "topics": ["points.earned", "reward.issued"]},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Name an address; from now on it is told what you chose, signed by the Standard Webhooks rules.

        Answer with any 2xx within ten seconds. Anything else, a redirect too, is tried again, later and
        later, for three days; then the webhook is switched off and the owners get a letter. A 410 switches it
        off at once. A message may come twice: `webhook-id` tells. One member's messages come in their order.

        The secret is in this answer and in no other. At most ten addresses; the same one twice is a 409.
        """
        said = self.body(WebhookInput)
        again = {"actor": self.actor, "url": said["url"]}
        made = retold.made_at(self.first_at, **again) if self.is_retry else None
        endpoint = made or keeping.create(actor=self.actor, now=self.first_at, **said)
        return self.answer(WebhookWithSecret, endpoint, 201, replayed=made is not None)


class ReadWebhook(Operation):
    """`GET /webhooks/{webhook}`."""

    @operation(needs=VIEW, summary="Read a webhook", answers={200: WebhookOutput}, refuses=(404,))
    def get(self, request: Request, webhook: str) -> Response:
        """Return an address, and whether it works."""
        rows = WebhookEndpoint.objects.all()
        return self.answer(WebhookOutput, for_read(self.actor, rows, room=keeping.ROOM, code=webhook))


class ChangeWebhook(Operation):
    """`PATCH /webhooks/{webhook}`."""

    @operation(
        needs=CHANGE,
        summary="Change a webhook",
        takes=WebhookChange,
        answers={200: WebhookOutput},
        refuses=(404, 409),
        examples=[OpenApiExample("Switch it on again", {"active": True}, request_only=True)],
    )
    def patch(self, request: Request, webhook: str) -> Response:
        """Change what is given. While it is off nothing is told, and what waited is given up."""
        said = self.body(WebhookChange)
        active = said.pop("active", None)
        found = keeping.change(actor=self.actor, code=webhook, is_active=active, now=self.now, **said)
        return self.answer(WebhookOutput, found)


class DeletedWebhook(serializers.Serializer[Any]):
    """What is gone."""

    id = serializers.CharField()


class DeleteWebhook(Operation):
    """`DELETE /webhooks/{webhook}`."""

    @operation(
        needs=("delete", keeping.ROOM),
        summary="Delete a webhook",
        answers={200: DeletedWebhook},
        refuses=(404,),
    )
    def delete(self, request: Request, webhook: str) -> Response:
        """Take an address away with the log of what was told there."""
        try:
            keeping.delete(actor=self.actor, code=webhook)
        except NotFound:
            if not self.is_retry:
                raise
        return self.answer(DeletedWebhook, {"id": webhook}, replayed=self.is_retry)


class RotateSecret(Operation):
    """`POST /webhooks/{webhook}/rotate`."""

    @operation(
        needs=CHANGE, summary="Change a webhook's secret", answers={200: WebhookWithSecret}, refuses=(404,)
    )
    def post(self, request: Request, webhook: str) -> Response:
        """Make a new secret. For 24 hours every message is signed twice, by the old one and the new."""
        done = retold.rotated_at(self.first_at, actor=self.actor, code=webhook) if self.is_retry else None
        endpoint = done or keeping.rotate(actor=self.actor, code=webhook, now=self.first_at)
        return self.answer(WebhookWithSecret, endpoint, replayed=done is not None)


class TestWebhook(Operation):
    """`POST /webhooks/{webhook}/test`."""

    @operation(needs=CHANGE, summary="Send a test", answers={SOON: MessageOutput}, refuses=(404, 409))
    def post(self, request: Request, webhook: str) -> Response:
        """Send a signed message of type `test` within seconds; the list of what was told says how it went."""
        sent = retold.tested_at(self.first_at, actor=self.actor, code=webhook) if self.is_retry else None
        row = sent or keeping.send_test(actor=self.actor, code=webhook, now=self.first_at)
        return self.answer(MessageOutput, row, SOON, replayed=sent is not None)


class ListMessages(Operation):
    """`GET /webhooks/{webhook}/deliveries`."""

    @operation(
        needs=VIEW,
        summary="List what was told",
        answers={200: MessagePage},
        refuses=(404,),
        asks=[LIMIT, CURSOR],
    )
    def get(self, request: Request, webhook: str) -> Response:
        """Return the messages of a month, the newest first, page by page."""
        asked, rows = self.query(PageQuery), WebhookEndpoint.objects.all()
        endpoint = for_read(self.actor, rows, room=keeping.ROOM, code=webhook)
        return self.answer(MessagePage, page_of(keeping.log_of(endpoint), asked))


class ReplayMessage(Operation):
    """`POST /webhooks/{webhook}/deliveries/{message}/replay`."""

    @operation(
        needs=CHANGE, summary="Send a message again", answers={SOON: MessageOutput}, refuses=(404, 409)
    )
    def post(self, request: Request, webhook: str, message: str) -> Response:
        """Send a message again under its own id, out of turn; one that waits already is a 409."""
        named: dict[str, Any] = {"actor": self.actor, "code": webhook, "message": message}
        sent = retold.replayed_since(self.first_at, **named) if self.is_retry else None
        row = sent or keeping.replay(**named, now=self.first_at)
        return self.answer(MessageOutput, row, SOON, replayed=sent is not None)
