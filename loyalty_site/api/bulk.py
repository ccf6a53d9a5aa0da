"""Many purchases in one call: each answered in its place, as if it had come alone."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Actor, members_for, visible
from accounts.errors import Invalid, NotFound, WalaaError
from accounts.models import Branch, Member
from ledger.bulk.calls import MOST, post_call
from ledger.bulk.many import PROMISES, Outcome
from ledger.errors import SendAlone
from ledger.events import PurchaseMade
from ledger.models import Purchase
from ledger.receipt import Receipt
from loyalty_site.api import problems
from loyalty_site.api.answers import EarnedOutput, earned
from loyalty_site.api.bodies import LongJSON
from loyalty_site.api.fields import Strict
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.orders import PurchaseInput, told, who

MOST_LINES: Final = 10_000
"""Lines of all orders of one call together."""
COLUMNS: Final = {"member": "number", "phone": "phone", "external_id": "external_id"}
Said = dict[str, Any]
Refused = WalaaError | serializers.ValidationError
Answered = tuple[int, Said] | Refused


class BulkInput(Strict):
    """Orders of any members, in any order."""

    orders = PurchaseInput(  # type: ignore[call-arg] # of the list
        many=True,
        max_length=MOST,
        allow_empty=False,
        help_text=f"Each as it would be sent alone; 1 to {MOST}.",
    )


class BulkAnswer(serializers.Serializer[Any]):
    """What became of one order: what it earned, or why it was refused."""

    index = serializers.IntegerField(help_text="Its place in `orders`, from 0.")
    status = serializers.IntegerField(
        help_text="201 for a new order, 200 for one that was known (its first answer again), else the status "
        "of the problem."
    )
    purchase = EarnedOutput(allow_null=True)
    problem = problems.Problem(allow_null=True)


class BulkOutput(serializers.Serializer[Any]):
    """What became of each order."""

    created = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkAnswer(many=True, help_text="As many as there are orders, in their order.")


class RecordPurchases(Operation):
    """`POST /purchases/bulk`."""

    parser_classes = (LongJSON,)

    @operation(
        needs=("change", "till"),
        summary="Record many purchases",
        takes=BulkInput,
        answers={200: BulkOutput},
        examples=[
            OpenApiExample(
                "What a till sold while it was offline",
                {
                    "orders": [
                        {
                            "order": "118",
                            "source": "till-1",
                            "phone": "0501234567",
                            "amount": "42.00",
                            "occurred_at": "2026-11-14T20:15:00+03:00",
                        },
                        {
                            "order": "119",
                            "source": "till-1",
                            "member": "M-7KPX3WQ",
                            "amount": "18.50",
                            "occurred_at": "2026-11-14T20:16:00+03:00",
                        },
                    ]
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Award up to 1,000 orders, each once, in the order of their own time.

        Order numbers are the same keys as in single calls: send the whole call again after any failure. An
        order that is refused does not hold up the others; its problem names fields from the top of the body
        (`/orders/3/amount`). An order that names a code or a quote is refused with `send_alone`.
        """
        orders = Orders(self.actor, self.body(BulkInput)["orders"], self.now)
        answers = [self._told(place, answer) for place, answer in enumerate(orders.post())]
        counts = {
            "created": sum(answer["status"] == 201 for answer in answers),
            "repeated": sum(answer["status"] == 200 for answer in answers),
        }
        self.has_written = any(counts.values())
        counts["refused"] = len(answers) - sum(counts.values())
        return self.answer(BulkOutput, {**counts, "results": answers})

    def _told(self, place: int, answer: Answered) -> Said:
        if isinstance(answer, tuple):
            return {"index": place, "status": answer[0], "purchase": answer[1], "problem": None}
        document = problems.document_of(answer, below=f"/orders/{place}")
        return {"index": place, "status": document["status"], "purchase": None, "problem": document}


class Orders:
    """The orders of one call: read together, posted together, answered one by one."""

    def __init__(self, actor: Actor, given: Sequence[Said | Refused], now: datetime) -> None:
        """Take valid orders, and what is wrong with the others. Raises ``Invalid`` for too many lines."""
        self.actor, self.given, self.now = actor, given, now
        self.said = {place: said for place, said in enumerate(given) if isinstance(said, dict)}
        if sum(len(said.get("lines", ())) for said in self.said.values()) > MOST_LINES:
            raise Invalid(field="orders")
        self.members = {name: self._members(name) for name in COLUMNS}
        self.branches = self._branches()

    def _members(self, name: str) -> dict[str, Member]:
        values = {_spelled(name, said) for said in self.said.values() if name in said}
        return members_for(self.actor, COLUMNS[name], values)

    def _branches(self) -> dict[str, int]:
        codes = {said["branch"] for said in self.said.values() if "branch" in said}
        if not codes:
            return {}
        rows = visible(self.actor, Branch.objects.all(), room="till").filter(code__in=codes)
        return {branch.code: branch.pk for branch in rows if self.actor.branch_id in {None, branch.pk}}

    def post(self) -> list[Answered]:
        """Post what can be posted; return the answer to each."""
        answers: dict[int, Answered] = {}
        events: dict[int, tuple[Member, PurchaseMade]] = {}
        for place, said in enumerate(self.given):
            try:
                events[place] = self._event(self.said[place]) if isinstance(said, dict) else _refuse(said)
            except (WalaaError, serializers.ValidationError) as refusal:
                answers[place] = refusal
        outcomes = post_call([event for _member, event in events.values()], now=self.now)
        first_times = self._first_times(outcomes)
        for (place, (member, event)), outcome in zip(events.items(), outcomes, strict=True):
            answers[place] = _answered(member, event, outcome, first_times)
        return [answers[place] for place in range(len(self.given))]

    def _event(self, said: Said) -> tuple[Member, PurchaseMade]:
        name = who(said)
        member = self.members[name].get(_spelled(name, said))
        if member is None:
            raise NotFound(field=name)
        code = said.get("branch")
        if code is not None and code not in self.branches:
            raise NotFound(field="branch")
        branch_id = self.actor.branch_id if code is None else self.branches[code]
        event = told(self.actor, said, member.pk, order=said["order"], branch_id=branch_id, now=self.now)
        if any(getattr(event, field) for field in PROMISES):
            raise SendAlone(field="quote" if event.quote else "tenders")
        return member, event

    def _first_times(self, outcomes: Iterable[Outcome]) -> dict[int | None, datetime]:
        """When orders that were known occurred, as first told: a retry without a time reads the same."""
        known = {
            outcome.answer.purchase_id
            for outcome in outcomes
            if isinstance(outcome.answer, Receipt) and outcome.answer.repeated and outcome.answer.purchase_id
        }
        if not known:
            return {}
        rows = visible(self.actor, Purchase.objects.all(), room="till").filter(pk__in=known)
        return dict(rows.values_list("pk", "occurred_at"))


def _spelled(name: str, said: Said) -> str:
    value = cast(str, said[name])
    return value.upper() if name == "member" else value


def _refuse(refusal: Refused) -> Any:
    raise refusal


def _answered(
    member: Member, event: PurchaseMade, outcome: Outcome, first_times: dict[int | None, datetime]
) -> Answered:
    receipt = outcome.answer
    if not isinstance(receipt, Receipt):
        refusal = cast(WalaaError, receipt)
        refusal.field = "order" if refusal.field == "key" else refusal.field
        return refusal
    if receipt.repeated:
        event = replace(event, occurred_at=first_times[receipt.purchase_id])
    return 200 if receipt.repeated else 201, earned(receipt, member, event)
