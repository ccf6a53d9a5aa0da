"""``manage.py apply_recipe MERCHANT SECTOR``: a complete programme as a draft."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.arguments import merchant_named, shown
from programs.errors import DraftInTheWay
from programs.publishing import validate
from programs.recipes.applying import apply_recipe, standing_draft
from programs.recipes.reading import BadRecipe, recipe_named, recipes


class Command(BaseCommand):
    """Never publishes, and replaces a draft only when it is told to."""

    help = "Make the ready-made programme of a sector the draft of a merchant."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("merchant", metavar="MERCHANT", help="the merchant's slug")
        parser.add_argument("sector", metavar="SECTOR", help="such as cafe")
        parser.add_argument("--replace", action="store_true", help="put it in the place of today's draft")

    def handle(self, *_args: Any, merchant: str, sector: str, **options: Any) -> None:
        shop = merchant_named(merchant)
        try:
            recipe, known = recipe_named(sector), [one.code for one in recipes()]
            if recipe is None:
                raise CommandError(f"There is no “{shown(sector)}”; there are {', '.join(known)}.")
            standing = standing_draft(shop)
            replacing = standing.digest if standing and options["replace"] else ""
            made = apply_recipe(merchant=shop, recipe=recipe, replacing=replacing)
        except DraftInTheWay:
            raise CommandError("There is a draft already: --replace puts the recipe in its place.") from None
        except BadRecipe as error:
            raise CommandError(str(error)) from error
        for problem in validate(made):
            self.stderr.write(f"{problem.field}: {problem.message}")
        self.stdout.write(f"{shop.slug}: {recipe.title} is the draft, version {made.number}.")
