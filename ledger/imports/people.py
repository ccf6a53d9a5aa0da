"""The people a file names: found by phone or by the shop's own id, made where nobody knew them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import transaction
from django.db.models import F

from accounts.contacts import erased_among
from accounts.joining import new_member
from accounts.models import Member, Merchant
from ledger.imports import runs
from ledger.imports.runs import Clock
from ledger.imports.staging import Person, Stage
from ledger.models import ImportRun

AT_ONCE: Final = 500
"""People per look-up, and new members per transaction: about a tenth of a second on SQLite."""
TRIES: Final = 3
CLOSED: Final = ("detached_at", "erased_at", "merged_into__detached_at", "merged_into__erased_at")

Name = tuple[str, str]
"""By what a file names somebody: ("phone", E.164) or ("external_id", the shop's id)."""


def name_of(person: Person) -> Name:
    """By what a row names its member; an id is preferred when both are there."""
    return ("phone", person.phone) if person.phone else ("external_id", person.member_ref)


def settle_all(run: ImportRun, stage: Stage, clock: Clock) -> None:
    """Tell the stage which member everybody is; a closed record (merged, detached, erased) stays unknown."""
    for slice_ in _slices(list(stage.people())):
        runs.hold(run, clock())
        firsts = {name_of(person): person.first_at for person in slice_}
        members = members_of(run, firsts)
        found = ((person.number, members.get(name_of(person))) for person in slice_)
        stage.settle((number, member_id) for number, member_id in found if member_id is not None)


def members_of(run: ImportRun, firsts: Mapping[Name, datetime]) -> dict[Name, int | None]:
    """Return name → member id, making the members nobody knew as of the moment given with their name.

    A closed record is known as None.
    """
    known = known_members(run.merchant, firsts)
    for _try in range(TRIES):  # two random membership numbers may be the same: the second is drawn again
        unknown = {name: first for name, first in firsts.items() if name not in known}
        if not unknown:
            break
        fresh = {
            (field, value): new_member(merchant=run.merchant, now=first, source="import", **{field: value})
            for (field, value), first in unknown.items()
        }
        make_members(run, fresh)
        known |= known_members(run.merchant, unknown)
    return known


def known_members(merchant: Merchant, names: Iterable[Name]) -> dict[Name, int | None]:
    """Look people up; a closed record is known as None, who is not there is left out.

    What a merged record was known by leads to the one it was merged into (RULES 42). A detached number is
    its new owner's (RULES 41); an erased person is not brought back (RULES 46).
    """
    by_field: dict[str, list[str]] = defaultdict(list)
    for field, value in names:
        by_field[field].append(value)
    known: dict[Name, int | None] = {}
    for field, values in by_field.items():
        found = Member.objects.for_merchant(merchant).filter(**{f"{field}__in": values})
        for value, pk, head, *closed in found.values_list(field, "pk", "merged_into", *CLOSED):
            if head is None and not any(closed):
                known[field, value] = pk
            elif not (field == "phone" and any(closed[:2])):
                known.setdefault((field, value), None if any(closed) else head)
    strangers = [name for name in by_name(by_field) if name not in known]
    return known | dict.fromkeys(erased_among(merchant.pk, strangers))


def by_name(by_field: Mapping[str, list[str]]) -> Iterator[Name]:
    """Yield every (field, value)."""
    yield from ((field, value) for field, values in by_field.items() for value in values)


def make_members(run: ImportRun, fresh: Mapping[Name, Member]) -> None:
    """Save and count new members; a till that was faster keeps its record."""
    ours = {member.number: value for (_field, value), member in fresh.items()}
    with transaction.atomic():
        Member.objects.bulk_create(fresh.values(), ignore_conflicts=True)
        rows = Member.objects.for_merchant(run.merchant).filter(number__in=ours)
        made = [
            number
            for number, phone, external_id in rows.values_list("number", "phone", "external_id")
            if ours[number] in {phone, external_id}
        ]
        ImportRun.objects.filter(pk=run.pk).update(members_created=F("members_created") + len(made))


def _slices(people: list[Person]) -> Iterator[list[Person]]:
    rest = iter(people)
    while slice_ := list(islice(rest, AT_ONCE)):
        yield slice_
