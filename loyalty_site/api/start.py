"""The page "Earn your first points in ten minutes": what to type, word for word; a test types it."""

from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

AUTH: Final = '-H "Authorization: Api-Key $WALAA_KEY"'
JSON: Final = "-H 'Content-Type: application/json'"


class Step(NamedTuple):
    """One step: what it is, why, and what is typed. ``{site}`` in the command is this installation."""

    title: Any
    text: Any
    command: str


STEPS: Final = (
    Step(
        _("Keep your key at hand"),
        _("It begins with sandbox_. Put it in the place of the dots; every call below sends it along."),
        "export WALAA_KEY='sandbox_…'",
    ),
    Step(
        _("Ask what the programme promises"),
        _("The answer names its tiers, its rules in words, and what points are worth."),
        "curl -sS --fail-with-body {site}/api/v1/programme \\\n  {auth} -H 'Accept-Language: en'",
    ),
    Step(
        _("Let a customer join"),
        _("A phone is enough. The same phone again gives the same member."),
        "curl -sS --fail-with-body {site}/api/v1/members \\\n  {auth} {json} \\\n"
        '  -d \'{{"phone": "+966555000001", "given_name": "نورة", "external_id": "first-customer"}}\'',
    ),
    Step(
        _("Say before paying what the order will earn"),
        _("A quote writes nothing. What it says is what the purchase earns, to the point."),
        "curl -sS --fail-with-body {site}/api/v1/purchases/quote \\\n  {auth} {json} \\\n"
        '  -d \'{{"external_id": "first-customer", "amount": "600.00"}}\'',
    ),
    Step(
        _("Record the purchase: these are your first points"),
        _("The order number is the key. The answer has lines to print on the receipt, in both languages."),
        "curl -sS --fail-with-body {site}/api/v1/purchases \\\n  {auth} {json} \\\n"
        '  -d \'{{"order": "first-1", "external_id": "first-customer", "amount": "600.00"}}\'',
    ),
    Step(
        _("Send it again, as a till does after a lost answer"),
        _("The same answer comes back, with the header Idempotency-Replayed: nothing is earned twice."),
        "curl -sS --fail-with-body -i {site}/api/v1/purchases \\\n  {auth} {json} \\\n"
        '  -d \'{{"order": "first-1", "external_id": "first-customer", "amount": "600.00"}}\'',
    ),
    Step(
        _("Send what was sold offline"),
        _("Up to 1,000 orders in one call, in any order; each is answered in its place."),
        "curl -sS --fail-with-body {site}/api/v1/purchases/bulk \\\n  {auth} {json} \\\n"
        '  -d \'{{"orders": [\n'
        '    {{"order": "101", "source": "till-1", "external_id": "first-customer", "amount": "42.00"}},\n'
        '    {{"order": "102", "source": "till-1", "external_id": "nobody", "amount": "18.50"}}\n'
        "  ]}}'",
    ),
    Step(
        _("Take goods back"),
        _("What the returned part had earned is taken back."),
        "curl -sS --fail-with-body {site}/api/v1/refunds \\\n  {auth} {json} \\\n"
        '  -d \'{{"refund": "first-R1", "order": "first-1", "amount": "50.00"}}\'',
    ),
    Step(
        _("Look at the member"),
        _("Points, their last days, the tier and what is missing to the next one."),
        "MEMBER=$(curl -sS '{site}/api/v1/members?external_id=first-customer' \\\n"
        "  {auth} | grep -o 'M-[0-9A-Z]*')\n"
        "curl -sS --fail-with-body {site}/api/v1/members/$MEMBER/balance {auth}",
    ),
)


class Start(TemplateView):
    """`/api/docs/start/`."""

    template_name = "api/start.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Write the commands for this very installation."""
        site = self.request.build_absolute_uri("/").rstrip("/")
        words = {"site": site, "auth": AUTH, "json": JSON}
        shown = [step._replace(command=step.command.format(**words)) for step in STEPS]
        return super().get_context_data(**kwargs) | {"steps": shown}
