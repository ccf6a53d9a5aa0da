"""A person's yes or no to a run: until then nothing of it leaves."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import Actor, for_write
from campaigns.errors import AlreadyDecided
from campaigns.models import Message, MessageState, Reason, Run, RunState
from campaigns.tuning import Tuning


def approve(*, run: Run, actor: Actor, now: datetime) -> Run:
    """Let a waiting run go. Two clicks, or two people at once, approve it once.

    Its messages become due now and are looked at again before they leave: who has bought since is left in
    peace. Raises ``AlreadyDecided`` after a rejection, ``NotFound``, ``Forbidden``.
    """
    with transaction.atomic():
        decided = _decide(run, actor, RunState.APPROVED, now)
        validity = Tuning.read(decided.recipe.settings).validity
        _held(decided).update(state=MessageState.PLANNED, due_at=now, not_after=now + validity)
    return decided


def reject(*, run: Run, actor: Actor, now: datetime) -> Run:
    """Drop a waiting run. Its members are not written to about this silence again.

    Raises ``AlreadyDecided`` after an approval, ``NotFound``, ``Forbidden``.
    """
    with transaction.atomic():
        decided = _decide(run, actor, RunState.REJECTED, now)
        _held(decided).update(state=MessageState.SUPPRESSED, reason=Reason.REJECTED)
    return decided


def _decide(run: Run, actor: Actor, state: RunState, now: datetime) -> Run:
    """Write the first decision; the same one again is welcome, the opposite one is refused."""
    held = for_write(actor, Run.objects.select_related("recipe"), room="campaigns", pk=run.pk)
    Run.objects.filter(pk=held.pk, state=RunState.WAITING).update(
        state=state, decided_at=now, decided_by=actor.label
    )
    held.refresh_from_db(fields=["state", "decided_at", "decided_by"])
    if held.state != state:
        raise AlreadyDecided(state=held.get_state_display())
    return held


def _held(run: Run) -> QuerySet[Message]:
    return Message.objects.filter(run=run, state=MessageState.HELD)
