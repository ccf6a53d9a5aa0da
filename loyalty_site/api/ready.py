"""Serializers made ready once: each one made anew would copy every field of its tree.

That copying was the greatest part of a call beside the sale itself. A field keeps nothing of a call: who
asks, and in which currency, comes with the context of the tree's root. A tree has one context at a time, so
every thread has its own; and a validator keeps the words that it said first, so every language has.
"""

from threading import local
from typing import Any

from django.utils.translation import get_language
from rest_framework.serializers import Serializer

Shape = type[Serializer[Any]]


class _Made(local):
    """The trees of one thread."""

    def __init__(self) -> None:
        self.trees: dict[tuple[Shape, str | None], Serializer[Any]] = {}


_made = _Made()


def ready(shape: Shape, context: dict[str, Any]) -> Serializer[Any]:
    """Return the serializer of ``shape`` in this context, until this thread asks for it again."""
    kind = shape, get_language()
    tree = _made.trees.get(kind)
    if tree is None:
        tree = _made.trees[kind] = shape()
    tree._context = context
    return tree
