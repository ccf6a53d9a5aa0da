"""JSON as it should be: UTF-8, one object, every name once, no NaN, no abyss, and never too much of it."""

import json
from collections.abc import Mapping
from typing import IO, Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MOST_BYTES: Final = 512 * 1024
MOST_BYTES_OF_MANY: Final = 4 * 1024 * 1024
DEEPEST: Final = 20


class BodyTooLarge(APIException):
    """More bytes than any operation needs."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = _("The body is too large.")


class StrictJSON(BaseParser):
    """Reads one JSON object; whatever is malformed or ambiguous is refused, never guessed."""

    media_type = "application/json"
    most_bytes = MOST_BYTES

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object. Raises `BodyTooLarge`, `ParseError`."""
        raw = stream.read(self.most_bytes + 1)
        if len(raw) > self.most_bytes:
            raise BodyTooLarge
        return read_object(raw)


class LongJSON(StrictJSON):
    """Reads what a thousand orders need."""

    most_bytes = MOST_BYTES_OF_MANY


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw`. Raises `ParseError`."""
    try:
        found = json.loads(
            raw.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=_once_each
        )
    except UnicodeDecodeError as error:
        raise ParseError(_("The body is not UTF-8.")) from error
    except (ValueError, RecursionError) as error:
        raise ParseError(_("The body is not valid JSON.")) from error
    if not isinstance(found, dict):
        raise ParseError(_("The body must be one JSON object."))
    if _depth(found) > DEEPEST:
        raise ParseError(_("The body is nested too deeply."))
    return found


def _refuse_constant(name: str) -> None:
    raise ParseError(_("The body is not valid JSON."))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: which of the two was meant?"""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("A name stands twice in one object."))
    return found


def _depth(found: Any) -> int:
    """Return how deep `found` is nested, looking level by level."""
    level, depth = [found], 0
    while level := [
        child
        for node in level
        if isinstance(node, dict | list)
        for child in (node.values() if isinstance(node, dict) else node)
    ]:
        depth += 1
        if depth > DEEPEST:
            break
    return depth
