"""``manage.py erase_member --merchant SLUG --member NUMBER``: forget a person, everywhere (RULES 46)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import outbox, topics
from accounts.arguments import merchant_named, shown
from accounts.erasing import erase
from accounts.errors import WalaaError
from accounts.models import Member

ACTOR = "command"


class Command(BaseCommand):
    """Erases one member of one merchant, and says what is left to be done."""

    help = "Erase a member: every personal value goes, every sum of the books stays. It cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="SLUG", required=True, help="whose member it is")
        parser.add_argument("--member", metavar="NUMBER", required=True, help="the membership number")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        merchant = merchant_named(options["merchant"])
        number = shown(options["member"].strip().upper()).replace("\0", "?")
        member = Member.objects.filter(merchant=merchant, number=number).first()
        if member is None:
            raise CommandError(f"{merchant.slug} has no member {number}.")
        if not options["yes"] and input(f"Erase {number} for ever? Write yes: ").strip().lower() != "yes":
            raise CommandError("Nothing was erased.")
        now = timezone.now()
        try:
            erase(member=member, actor=ACTOR, now=now)
        except WalaaError:
            raise CommandError(f"{number} was erased already.") from None
        outbox.relay_topic(topics.MEMBER_ERASED, now=now)
        waiting = outbox.waiting(topics.MEMBER_ERASED)
        rest = f" {waiting} deliveries are left and will be tried again." if waiting else ""
        self.stdout.write(f"{number} is erased.{rest}")
