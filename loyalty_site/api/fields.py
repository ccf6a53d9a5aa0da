"""Values on the wire: amounts as text in major units, instants with a zone, text that is text.

Nothing is coerced: a number where text is meant is a mistake that would lose digits somewhere else.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.digits import latin_digits
from accounts.errors import WalaaError
from accounts.joining import clean_email
from accounts.money import Money
from accounts.phones import e164, region_of

CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
LARGEST: Final = 1_000_000_000


Group = tuple[str, ...]


class Strict(serializers.Serializer[Any]):
    """An input that knows its names: an unknown one is refused, not ignored.

    The groups of names that exclude or need one another are checked here and told in the schema.
    """

    exactly_one: ClassVar[tuple[Group, ...]] = ()
    at_most_one: ClassVar[tuple[Group, ...]] = ()
    at_least_one: ClassVar[tuple[Group, ...]] = ()

    def to_internal_value(self, data: Any) -> Any:
        """Read the fields; name every one that does not belong."""
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data if name not in self.fields)
            if unknown:
                message = serializers.ErrorDetail(str(_("This field is not known.")), code="unknown_field")
                raise serializers.ValidationError({name[:80]: [message] for name in unknown[:20]})
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Count what was given of each group."""
        for group in self.exactly_one:
            if _given(attrs, group) != 1:
                _refuse(group, _("Give exactly one of these: %(names)s."), "one_of")
        for group in self.at_most_one:
            if _given(attrs, group) > 1:
                _refuse(group, _("Give only one of these: %(names)s."), "one_of")
        for group in self.at_least_one:
            if not any(attrs.get(name) for name in group):
                _refuse(group, _("Give at least one of these: %(names)s."), "required")
        return attrs


class Nothing(Strict):
    """An empty object."""


class EachByItself(serializers.ListSerializer[Any]):
    """A list in which one wrong object spoils no other: it stands there as its `ValidationError`."""

    child: serializers.Field[Any, Any, Any, Any]
    max_length: int | None

    def to_internal_value(self, data: Any) -> list[Any]:
        """Read each object by itself. Raises `ValidationError` for what is no list, or too long or empty."""
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if not data and not self.allow_empty:
            self.fail("empty")
        most = getattr(self, "max_length", None)
        if most is not None and len(data) > most:
            self.fail("max_length", max_length=most)
        return [self._read(item) for item in data]

    def _read(self, item: Any) -> Any:
        try:
            return self.child.run_validation(item)
        except serializers.ValidationError as refusal:
            return refusal


def _given(attrs: Mapping[str, Any], group: Group) -> int:
    return sum(name in attrs for name in group)


def _refuse(group: Group, message: Any, code: str) -> None:
    told = serializers.ErrorDetail(str(message) % {"names": ", ".join(group)}, code=code)
    raise serializers.ValidationError({group[0]: [told]})


class Text(serializers.CharField):
    """Text without control characters; numbers are not text."""

    default_error_messages = {
        "not_text": _("Write this as text, in quotes."),
        "control": _("This text holds characters that cannot be stored."),
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the text, trimmed."""
        if not isinstance(data, str):
            self.fail("not_text")
        if CONTROL.search(data):
            self.fail("control")
        return str(super().to_internal_value(data))


class Code(Text):
    """A number or code people read out: Latin digits whatever was typed, no inner lines."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 64} | options)

    def to_internal_value(self, data: Any) -> str:
        """Return the code in Latin digits."""
        return latin_digits(super().to_internal_value(data)).strip()


class Phone(Code):
    """A phone in any spelling ↔ E.164; read in the merchant's country."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"max_length": 32, "help_text": "In any spelling: 0501234567, ٠٥٠١٢٣٤٥٦٧."} | options
        )

    def to_internal_value(self, data: Any) -> str:
        """Return E.164."""
        text = super().to_internal_value(data)
        try:
            return e164(text, region_of(self.context["currency"]))
        except WalaaError as error:
            raise serializers.ValidationError(str(error), code=error.code) from error


class Email(Text):
    """An e-mail address, in lower case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 254} | options)

    def to_internal_value(self, data: Any) -> str:
        """Return the address."""
        text = super().to_internal_value(data)
        try:
            return clean_email(text)
        except WalaaError as error:
            raise serializers.ValidationError(str(error), code=error.code) from error


class Whole(serializers.IntegerField):
    """A whole number; text, fractions and truth values are refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_value": LARGEST} | options)

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Yes(serializers.BooleanField):
    """`true` or `false`, and nothing that merely looks like them."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the truth value."""
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


class Day(serializers.DateField):
    """A calendar day, "1990-02-29" refused."""

    def to_internal_value(self, data: Any) -> date:
        """Return the day."""
        if not isinstance(data, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", data):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(data)


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^[0-9]{1,8}(\.[0-9]{1,3})?$",
        "examples": ["99.99"],
        "description": "Major units.",
    }
)
class Amount(Text):
    """An amount as text in major units of the merchant's currency ("99.99") ↔ integer minor units."""

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        """Return minor units. The currency comes with the serializer's context."""
        text = super().to_internal_value(data)
        try:
            return Money.parse(text, self.context["currency"]).amount_minor
        except WalaaError as error:
            raise serializers.ValidationError(str(error), code=error.code) from error

    def to_representation(self, value: int) -> str:  # type: ignore[override] # minor units, not text
        """Write minor units as a plain decimal."""
        return written(value, self.context["currency"])


def written(amount_minor: int, currency: str) -> str:
    """Return an amount as the API writes it: 123450 SAR is "1234.50"."""
    return f"{Money(amount_minor, currency).decimal:f}"


@extend_schema_field(OpenApiTypes.DATETIME)
class Instant(serializers.Field[Any, Any, Any, Any]):
    """A moment in ISO 8601 with its zone; without a zone nobody knows when it was."""

    default_error_messages = {
        "invalid": _("Write a time as 2026-12-31T22:30:00+03:00."),
        "no_zone": _("A time needs its zone: 2026-12-31T22:30:00+03:00."),
    }

    def to_internal_value(self, data: Any) -> datetime:
        """Return the moment in UTC."""
        if not isinstance(data, str) or len(data) > 40 or "T" not in data.upper():
            self.fail("invalid")
        try:
            moment = datetime.fromisoformat(data)
            if moment.tzinfo is None:
                self.fail("no_zone")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        """Write the moment in UTC."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
