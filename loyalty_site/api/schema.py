"""The OpenAPI description and its page: honest because it is read from the operations themselves."""

from typing import Any, cast

from django.views.generic import TemplateView
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.views import SpectacularAPIView

from loyalty_site.api.fields import Strict


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Says where the key goes."""

    target_class = "loyalty_site.api.keys.KeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe the header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key` and your key, with a space between.",
        }


class StrictInputs(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says what a strict input refuses: names it does not know, and names that exclude one another."""

    target_class = "loyalty_site.api.fields.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Add what the fields alone do not say."""
        schema = dict(auto_schema._map_serializer(self.target, direction, bypass_extensions=True))
        kind = cast(type[Strict], self.target if isinstance(self.target, type) else type(self.target))
        rules: list[dict[str, Any]] = [{"oneOf": _asked(group)} for group in kind.exactly_one]
        rules += [{"anyOf": _asked(group)} for group in kind.at_least_one]
        rules += [{"not": {"required": list(group)}} for group in kind.at_most_one]
        return schema | {"additionalProperties": False} | ({"allOf": rules} if rules else {})


def _asked(group: tuple[str, ...]) -> list[dict[str, list[str]]]:
    return [{"required": [name]} for name in group]


def without_slashes(endpoints: list[Any], **_options: Any) -> list[Any]:
    """Leave out the second spelling of every address, the one that ends in a slash."""
    return [found for found in endpoints if not found[0].endswith("/")]


class Schema(SpectacularAPIView):
    """`/api/schema/`: YAML, or JSON with `?format=json`."""

    authentication_classes = ()


class Docs(TemplateView):
    """`/api/docs/`: the description as a page one can read and try."""

    template_name = "api/docs.html"
