"""Merging two records in tests, and taking them apart."""

from ledger.events import MembersMerged, MergeUndone
from ledger.posting import post
from ledger.receipt import Receipt
from tests.ledger.books import Books


def merge(survivor: Books, absorbed: Books, key: str | None = None) -> Receipt:
    """Merge the second member's record into the first one's."""
    said = survivor.said("merge", key, None)
    return post(MembersMerged(**said, absorbed_id=absorbed.member.pk), now=survivor.now)


def undo(survivor: Books, receipt: Receipt) -> Receipt:
    """Take a merge apart."""
    assert receipt.merge_id
    said = survivor.said("undo", None, None)
    return post(MergeUndone(**said, merge_id=receipt.merge_id), now=survivor.now)
