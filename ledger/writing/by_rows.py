"""The portable writer: the rows of postings table by table, in one short transaction, on any database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Model

from ledger.context import Standing
from ledger.drafting import Posting, Update
from ledger.models import Balance, Budget, PostingKey
from ledger.receipt import Receipt
from ledger.receipts import receipt_as_json
from ledger.writing import rows
from ledger.writing.parts import ORDER, STANDING, BudgetSum, Stale, budget_sums, courses, key_row


def write_rows(postings: Sequence[Posting]) -> list[Receipt]:
    """Write postings; see ``ledger.writing.writer.write``."""
    with transaction.atomic():
        _take_balances(postings)
        keys = [key_row(posting) for posting in postings]
        made = (row for posting in postings for row in (*posting.rows, *posting.news))
        numbered = rows.number((*made, *(key for key in keys if key)), ORDER)
        receipts = [_signed(posting, key) for posting, key in zip(postings, keys, strict=True)]
        rows.insert(numbered)
        _apply([update for posting in postings for update in posting.updates])
        take_budgets(postings)
    return receipts


def _take_balances(postings: Sequence[Posting]) -> None:
    """Set each member's balance to its last planned state, if it still is where the first plan began."""
    ways = courses(postings)
    _open_balances([way.began for way in ways if way.began.is_new])
    changes = [{name: getattr(way.ends, name) for name in STANDING} for way in ways]
    expected = [{"member_id": way.began.member_id, "version": way.began.version} for way in ways]
    if rows.update(Balance, changes, expected) != len(ways):
        raise Stale


def _open_balances(standings: Sequence[Standing]) -> None:
    """Make the rows of members who had none; one that another writer made meanwhile stays as it is."""
    if standings:
        Balance.objects.bulk_create(
            [Balance(member_id=begun.member_id, merchant_id=begun.merchant_id) for begun in standings],
            ignore_conflicts=True,
        )


def _apply(updates: Sequence[Update]) -> None:
    """Change rows that were there before; those just inserted already stand as they should."""
    alike: defaultdict[tuple[type[Model], tuple[str, ...], tuple[str, ...]], list[Update]] = defaultdict(list)
    for update in updates:
        alike[type(update.row), tuple(update.values), tuple(update.expected)].append(update)
    for (model, _values, _expected), group in alike.items():
        expected = [{"id": update.row.pk, **update.expected} for update in group]
        values = [_numbered(update.values) for update in group]
        if rows.update(model, values, expected) != len(group):
            raise Stale


def take_budgets(postings: Sequence[Posting]) -> None:
    """Move the budgets of postings, last of all: whoever waits for them waits for little."""
    for taken in budget_sums(postings):
        take_budget(taken)


def take_budget(taken: BudgetSum) -> None:
    """Let one budget give or take back, in the caller's transaction. Raises ``Stale`` if it lacks points."""
    merchant_id, rule, period, starts_on, points, most = taken
    key = {"merchant_id": merchant_id, "rule": rule, "period": period, "starts_on": starts_on}
    mine = Budget.objects.filter(**key)
    moved = {"used": F("used") + points}
    if mine.filter(used__lte=most - points).update(**moved):
        return
    Budget.objects.bulk_create([Budget(**key)], ignore_conflicts=True)
    if not mine.filter(used__lte=most - points).update(**moved):
        raise Stale


def _numbered(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with the ids that rows of the same posting have got meanwhile."""
    return {name: value.pk if isinstance(value, Model) else value for name, value in values.items()}


def _signed(posting: Posting, key: PostingKey | None) -> Receipt:
    """Put the ids of the posting's rows on its receipt, on the news and on the stored answer.

    Nobody has seen the receipt yet, so it is not copied first: that would cost as much as the key's hash.
    """
    receipt = posting.receipt
    ids: dict[str, int] = {name: row.__dict__["id"] for name, row in posting.named.items()}
    for name, pk in ids.items():
        object.__setattr__(receipt, name, pk)
    for event in posting.news:
        event.payload = {**event.payload, **ids}
    if key is not None:
        key.receipt = receipt_as_json(receipt)
    return receipt
