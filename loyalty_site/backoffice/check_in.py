"""The poster by which people check in at a branch: its page and its files, in the shop's languages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import Actor, for_read
from accounts.errors import NotFound
from accounts.models import Branch
from ledger.visiting import knows
from loyalty_site.addresses import address_of
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.kit.notice_words import Notice, check_in_words
from loyalty_site.backoffice.kit.pieces import CONTENT_TYPES, NOTICES, PREVIEW_PIXELS, drawn
from loyalty_site.backoffice.kit.words import is_local
from loyalty_site.backoffice.rendering import page
from programs.triggers import CHECK_IN


@require_safe
def poster(request: HttpRequest, branch_id: int) -> HttpResponse:
    """Show a branch's poster in every language of the shop, with its files."""
    actor = actor_in(request, "merchant")
    branch = _branch(actor, branch_id)
    words = [_words(branch, language) for language in actor.merchant.languages]
    return page(
        request, "backoffice/check_in.html", _("Check-in poster: %(branch)s") % {"branch": branch.name},
        branch=branch, words=words, earns=_earns(branch), address=address_of(actor.merchant),
        is_local=is_local(words[0].code), sizes=[("A4", "check-in-a4"), ("A5", "check-in-a5")],
    )  # fmt: skip


@require_safe
def file(request: HttpRequest, branch_id: int, piece: str, language: str, kind: str) -> HttpResponse:
    """Send the poster as PDF or PNG; ``?preview`` sends a small picture to look at."""
    actor = actor_in(request, "merchant")
    branch = _branch(actor, branch_id)
    if piece not in NOTICES or kind not in CONTENT_TYPES or language not in actor.merchant.languages:
        raise Http404
    is_preview = "preview" in request.GET and kind == "png"
    pixels = PREVIEW_PIXELS if is_preview else 0
    content = drawn(actor.merchant, _words(branch, language), NOTICES[piece], kind, pixels=pixels)
    answer = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    how = "inline" if is_preview else "attachment"
    name = f"{actor.merchant.slug}-{branch.code}-{piece}-{language}.{kind}"
    answer["Content-Disposition"] = f'{how}; filename="{name}"'
    return answer


def _branch(actor: Actor, branch_id: int) -> Branch:
    """A branch that is open: the code of a closed one opens nothing."""
    rows = Branch.objects.select_related("merchant").filter(is_active=True)
    try:
        return for_read(actor, rows, room="merchant", pk=branch_id)
    except NotFound:
        raise Http404 from None


def _words(branch: Branch, language: str) -> Notice:
    return check_in_words(branch, language, earns=_earns(branch))


def _earns(branch: Branch) -> bool:
    return knows(branch.merchant, CHECK_IN, now=timezone.now())
