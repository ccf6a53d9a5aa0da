"""What a merge, or undoing one, needs to know beyond the two records' own standing."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from django.db.models import Q, Subquery
from django.db.models.expressions import Combinable

from accounts.asking import Question, Reader, Row
from accounts.errors import NotFound
from accounts.models import Consent, Member
from ledger.context import Context, MergeFacts
from ledger.families import OfPerson
from ledger.models import Lot, LotExtension, LotUse, Merge, MergedLot, PendingAward, Redemption
from ledger.models.pending import PendingState
from ledger.models.redemptions import RedemptionState
from ledger.reading import of_member
from ledger.reading.along import AWARDS, EXTENSIONS, LOTS_OF_USES, MEMBERS, OTHER, REDEMPTIONS, Along
from ledger.reading.params import ABSORBED, MEMBER, MERCHANT, MERGE
from ledger.spending import Spending

MERGES, MERGED_LOTS = Reader(Merge), Reader(MergedLot)
ROOTS, SOURCES, COPIES = Reader(Lot, path="root__"), Reader(Lot, path="source__"), Reader(Lot, path="copy__")


def merge_facts(along: Along, absorbed: Context) -> MergeFacts:
    """What two records that are about to become one bring along."""
    answers = along.answers
    return MergeFacts(
        absorbed=absorbed,
        roots={row[0]: ROOTS.one(row[1:]) for row in answers["roots"]},
        repointed=MEMBERS.all(answers["repointed"]),
        referred=MEMBERS.all(answers["referred"]),
        pending=AWARDS.all(row[:-1] for row in answers["pending"]),
        codes=REDEMPTIONS.all(answers["codes"]),
        consents=_consents(answers["consents"]),
    )


def merge_to_undo(along: Along) -> Merge:
    """The merge in force that the event names. Raises ``NotFound``."""
    merge: Merge | None = next(iter(MERGES.all(along.answers["merge"])), None)
    if merge is None:
        raise NotFound(field="merge")
    return merge


def undo_facts(along: Along, absorbed: Context, merge: Merge) -> MergeFacts:
    """What went over with ``merge`` and goes back."""
    answers = along.answers
    came = {merge.absorbed_id, *merge.repointed}
    return MergeFacts(
        absorbed=absorbed,
        merge=merge,
        moved=tuple(_moved(row) for row in answers["moved"]),
        paid=along.taken("paid") if merge.points < 0 else (),
        repointed=_named(answers["repointed"], merge.repointed),
        referred=_named(answers["referred"], merge.referred),
        pending=AWARDS.all(row[:-1] for row in answers["pending"] if row[-1] in came),
        consents=_consents(answers["consents"]),
    )


def spending_of(along: Along, record_ids: Collection[int]) -> Spending:
    """Order by order, what was spent by some of the records."""
    return Spending(order for member_id, order in along.orders if member_id in record_ids)


def _moved(row: Row) -> MergedLot:
    """A lot that went over, with the lot it came from and its copy."""
    moved: MergedLot = MERGED_LOTS.one(row[: len(MERGED_LOTS)])
    lots = row[len(MERGED_LOTS) :]
    source, copy = SOURCES.one(lots[: len(SOURCES)]), COPIES.one(lots[len(SOURCES) :])
    moved._state.fields_cache |= {"source": source, "copy": copy}
    return moved


def _named(rows: Iterable[Row], ids: Collection[int]) -> tuple[Member, ...]:
    return tuple(member for member in MEMBERS.all(list(rows)) if member.pk in ids)


def _consents(rows: Iterable[Row]) -> dict[tuple[int, str, str], bool]:
    """(member, channel, purpose) → the answer in force."""
    return {(member_id, channel, purpose): bool(granted) for member_id, channel, purpose, granted in rows}


def _answers_of(whose: Q) -> Question:
    rows = Consent.objects.filter(whose).order_by("at", "id")
    return Question("consents", rows, ("member_id", "channel", "purpose", "granted"))


def _waiting_of(record: Combinable) -> Question:
    rows = PendingAward.objects.filter(member_id=record, state=PendingState.PENDING).order_by("id")
    return Question("pending", rows, (*AWARDS.columns, "purchase__member_id"))


def _second(*questions: Question) -> tuple[Question, ...]:
    """The same, asked of the second record."""
    return tuple(replace(question, name=f"{OTHER}{question.name}") for question in questions)


_OF_ABSORBED: Final = {"copy__member_id": ABSORBED, "copy__remaining__gt": 0}
OF_MERGE: Final = (
    *_second(
        *(of_member.who(ABSORBED), of_member.tiers(ABSORBED)),
        *(of_member.owed(ABSORBED), of_member.open_lots(ABSORBED)),
    ),
    of_member.orders(Q(of_member.PERSON) | Q(OfPerson("member_id", ABSORBED))),
    Question("roots", MergedLot.objects.filter(**_OF_ABSORBED), ("copy_id", *ROOTS.columns)),
    Question(
        "marks",
        LotExtension.objects.filter(lot__member_id=ABSORBED, lot__remaining__gt=0).order_by("id"),
        EXTENSIONS.columns,
    ),
    Question("repointed", Member.objects.filter(merged_into_id=ABSORBED).order_by("pk"), MEMBERS.columns),
    Question("referred", Member.objects.filter(referred_by_id=ABSORBED).order_by("pk"), MEMBERS.columns),
    _waiting_of(ABSORBED),
    Question(
        "codes",
        Redemption.objects.filter(OfPerson("member_id", ABSORBED), state=RedemptionState.RESERVED).order_by(
            "expires_at", "id"
        ),
        REDEMPTIONS.columns,
    ),
    _answers_of(Q(member_id=MEMBER) | Q(member_id=ABSORBED)),
)
_THE_MERGE: Final = Merge.objects.filter(
    pk=MERGE, merchant_id=MERCHANT, survivor_id=MEMBER, undone_at__isnull=True
)
_THE_ABSORBED: Final = Subquery(_THE_MERGE.values("absorbed_id"))
OF_UNDO: Final = (
    *_second(
        *(of_member.who(_THE_ABSORBED), of_member.tiers(_THE_ABSORBED)),
        *(of_member.owed(_THE_ABSORBED), of_member.open_lots(_THE_ABSORBED)),
    ),
    of_member.orders(of_member.PERSON),
    Question("merge", _THE_MERGE, MERGES.columns),
    Question(
        "undone_since",
        Merge.objects.filter(
            Q(survivor_id=MEMBER) | Q(absorbed_id=MEMBER), pk__gt=MERGE, undone_at__isnull=False
        ),
        ("pk",),
    ),
    Question(
        "moved",
        MergedLot.objects.filter(merge_id=MERGE, copy__remaining__gt=0).order_by("id"),
        (*MERGED_LOTS.columns, *SOURCES.columns, *COPIES.columns),
    ),
    Question(
        "paid",
        LotUse.objects.filter(movement_id=Subquery(_THE_MERGE.values("survivor_movement_id"))).order_by("id"),
        ("points", *LOTS_OF_USES.columns),
    ),
    # Whatever was repointed or referred by the merge names the survivor now, or nobody.
    Question("repointed", Member.objects.filter(merged_into_id=MEMBER).order_by("pk"), MEMBERS.columns),
    Question(
        "referred",
        Member.objects.filter(Q(referred_by_id=MEMBER) | Q(pk=MEMBER)).order_by("pk"),
        MEMBERS.columns,
    ),
    _waiting_of(MEMBER),
    _answers_of(Q(member_id=MEMBER)),
)
