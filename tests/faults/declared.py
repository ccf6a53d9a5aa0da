"""The operations of the API as its addresses declare them, and the fields of what they take."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from rest_framework import serializers

from loyalty_site.api.operation import IDEMPOTENCY_KEY, NoSuchAddress, Operation
from loyalty_site.api.urls import v1

METHODS = ("get", "post", "put", "patch", "delete")
Path = tuple[str | int, ...]
Shape = serializers.Serializer[Any]


class Declared(NamedTuple):
    """One method of one address: what its body is, and whether it wants a key of its own."""

    method: str
    address: str
    takes: type[Shape] | None
    needs_key: bool


def operations() -> dict[str, Declared]:
    """Every operation by its name, found by walking the addresses."""
    found: dict[str, Declared] = {}
    for pattern in v1:
        view, address = pattern.callback.cls, str(pattern.pattern)  # type: ignore[attr-defined]
        if view is NoSuchAddress or address.endswith("/"):
            continue
        for kind in view.__bases__:
            assert issubclass(kind, Operation)
            for method in METHODS:
                if handler := vars(kind).get(method):
                    needs_key = handler.names.get("key") == IDEMPOTENCY_KEY
                    found[kind.__name__] = Declared(method, address, handler.takes, needs_key)
    return found


def fields_in(
    serializer: Shape, said: dict[str, Any], path: Path = ()
) -> Iterator[tuple[Path, serializers.Field[Any, Any, Any, Any]]]:
    """Every field that a body names, at its place; of the objects in a list, those of each."""
    for name, field in serializer.fields.items():
        if name not in said:
            continue
        yield (*path, name), field
        if isinstance(field, serializers.ListSerializer):
            for place, inner in enumerate(said[name]):
                yield from fields_in(cast(Shape, field.child), inner, (*path, name, place))


def names_of(serializer: Shape, path: str = "") -> set[str]:
    """The name of every field that may be sent, those of the objects in a list as "lines/*/amount"."""
    names: set[str] = set()
    for name, field in serializer.fields.items():
        names.add(path + name)
        if isinstance(field, serializers.ListSerializer):
            names |= names_of(cast(Shape, field.child), f"{path}{name}/*/")
    return names


def spelled(path: Path) -> str:
    """A place in a body as `names_of` spells it."""
    return "/".join("*" if isinstance(step, int) else step for step in path)


def pointer(path: Path) -> str:
    """A place in a body as a refusal names it."""
    return "".join(f"/{step}" for step in path)
