"""The page of terms for machines: the edition that stands, to be shown where people join."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.errors import NoProgramme
from loyalty_site.api.fields import Instant
from loyalty_site.api.operation import Operation, operation
from programs.editions import edition_at
from programs.models import TermsEdition


class SectionOutput(serializers.Serializer[Any]):
    """A part of the page."""

    title = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField())


class TermsTextOutput(serializers.Serializer[Any]):
    """The page in one language."""

    language = serializers.CharField(help_text="ar or en")
    sections = SectionOutput(many=True)
    changes = serializers.ListField(
        child=serializers.CharField(), help_text="What is other than in the edition before."
    )


class TermsOutput(serializers.Serializer[Any]):
    """The edition of the terms that stands now."""

    edition = serializers.IntegerField(help_text="Send it as `terms` when a member joins in your shop.")
    in_force_from = Instant()
    takes_something = serializers.BooleanField(help_text="Whether it takes something from members.")
    digest = serializers.CharField(help_text="SHA-256 of the texts: the same words, the same digest.")
    texts = TermsTextOutput(many=True, help_text="Word for word, in every language of the shop.")


class ReadTerms(Operation):
    """`GET /terms`."""

    @operation(
        needs=("view", "till"),
        summary="Read the page of terms",
        answers={200: TermsOutput},
        refuses=(404,),
    )
    def get(self, request: Request) -> Response:
        """Return the edition that stands now, with its number, its day and its texts."""
        found = edition_at(self.actor.merchant, self.now)
        if found is None:
            raise NoProgramme
        return self.answer(TermsOutput, _shown(found))


def _shown(edition: TermsEdition) -> dict[str, Any]:
    return {
        "edition": edition.number,
        "in_force_from": edition.effective_from,
        "takes_something": edition.is_worse,
        "digest": edition.digest,
        "texts": [
            {
                "language": language,
                "sections": [
                    {"title": section["title"], "lines": [text for _key, text in section["lines"]]}
                    for section in sections
                ],
                "changes": edition.changes.get(language, []),
            }
            for language, sections in sorted(edition.text.items())
        ],
    }
