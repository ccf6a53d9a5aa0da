"""The member's statement: every movement with its reason, and what each one did to which points."""

from datetime import datetime

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import own_one
from accounts.errors import NotFound
from ledger.models import Movement
from ledger.proofs import entry_story, place_in_list, proof
from ledger.queries import statement
from loyalty_site.portal.visits import Visit, for_members, show

PAGE = 25
SALT = "portal.history"
Cursor = tuple[datetime, int]


@require_safe
@for_members
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show a page of the statement, the newest first."""
    before = _cursor(request.GET.get("before", ""))
    entries = statement(visit.signed_in, limit=PAGE + 1, before=before)
    more = entries[PAGE - 1].cursor if len(entries) > PAGE else None
    return show(
        request,
        visit,
        "history",
        tab="history",
        entries=entries[:PAGE],
        is_first=before is None,
        next=_text(more) if more else "",
    )


@require_safe
@for_members
def entry(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one movement: why it happened, which points it made or used, and when those die."""
    movement = own_one(visit.actor, Movement.objects.only("occurred_at", "member_id"), pk=pk)
    found = statement(visit.signed_in, limit=1, before=(movement.occurred_at, movement.pk + 1))
    story = entry_story(movement)
    return show(request, visit, "history_entry", tab="history", entry=found[0], story=story)


@require_safe
@for_members
def points(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where did my points go? The balance opened into everything that moved, and lot by lot."""
    passed = place_in_list(request.GET.get("from", ""))
    found = proof(visit.signed_in, now=visit.now, passed=passed)
    return show(request, visit, "points", tab="history", proof=found)


def _text(cursor: Cursor) -> str:
    return signing.dumps([cursor[0].isoformat(), cursor[1]], salt=SALT, compress=False)


def _cursor(text: str) -> Cursor | None:
    """Read where a page begins. Raises ``NotFound`` for what no page of ours said."""
    if not text:
        return None
    try:
        at, pk = signing.loads(text, salt=SALT)
    except signing.BadSignature as forged:
        raise NotFound from forged
    return datetime.fromisoformat(at), int(pk)
