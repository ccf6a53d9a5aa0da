"""Who is who, for staff: merging two records, a number with a new owner, forgetting a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts import outbox, topics
from accounts.access import Actor
from accounts.detaching import LONGEST_REASON, attach, detach
from accounts.erasing import erase
from accounts.errors import WalaaError
from accounts.models import Consent, Member, User
from accounts.phones import readable
from accounts.reach import reach_of
from accounts.searching import person_query
from ledger.errors import MergeInUse
from ledger.events import MembersMerged, MergeUndone
from ledger.merge_preview import MergePreview, preview_merge
from ledger.models import Merge
from ledger.models.movements import MovementKind
from ledger.posting import post
from loyalty_site.backoffice.badges import TierBadges
from loyalty_site.backoffice.rendering import page
from programs.tier_wording import count_text

SOURCE: Final = "backoffice"
FOUND: Final = 10
PER_PAGE: Final = 25


class SearchForm(forms.Form):
    """Whom to look for."""

    q = forms.CharField(
        label=_("The other record: a phone in any spelling, a name, or a number"),
        max_length=80,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "search", "autocomplete": "off"}),
    )


class DetachForm(forms.Form):
    """Why the number leads to this member no longer."""

    reason = forms.CharField(
        label=_("How do you know? (nobody's name or number, please)"),
        required=False,
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
    )


class AttachForm(forms.Form):
    """The number by which the member is entered from now on."""

    phone = forms.CharField(
        label=_("New phone, in any spelling"),
        max_length=32,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "inputmode": "tel", "autocomplete": "off"}),
    )


class EraseForm(forms.Form):
    """The yes to something nobody can undo."""

    sure = forms.BooleanField(label=_("I know that this cannot be undone"), widget=UnfoldBooleanWidget)


@dataclass(frozen=True, slots=True)
class Told:
    """A field in which two records differ, in words."""

    label: str
    stays: str
    goes: str
    is_taken_over: bool
    still_finds: bool


def merge(request: HttpRequest, member_id: int) -> HttpResponse:
    """Find the second record, look at what merging would change, confirm."""
    survivor, actor = _record(request, member_id, "change", "facts")
    other = _other(request, survivor)
    if request.method == "POST" and other is not None:
        return _merge_now(request, survivor, other, actor)
    shown: dict[str, Any] = {"member": survivor, "form": SearchForm(request.GET or None), "found": None}
    if other is not None:
        try:
            found = preview_merge(_event(survivor, other, actor, "preview"), now=timezone.now())
        except WalaaError as refusal:
            messages.error(request, str(refusal))
        else:
            shown |= {"preview": found, "told": _told(found), **_figures(request, found)}
            shown |= {
                "key": get_random_string(32),
                "refused": _consents(found.refused),
                "not_carried": _consents(found.not_carried),
            }
    elif request.GET.get("q"):
        shown["found"] = _search(survivor, request.GET["q"])
    return page(request, "backoffice/merge.html", _("Merge two records"), **shown)


def merges(request: HttpRequest) -> HttpResponse:
    """List what was merged, the newest first, each with its undo."""
    if not reach_of(request).may("view", "members"):
        raise PermissionDenied
    rows = Paginator(_merges(request, "view"), PER_PAGE).get_page(request.GET.get("page"))
    may = reach_of(request).may("change", "facts")
    return page(request, "backoffice/merges.html", _("Merged records"), rows=rows, may_undo=may)


@require_POST
def undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Take a merge apart, or say what was posted since."""
    found = _merges(request, "change").filter(pk=merge_id).first()
    if found is None:
        raise Http404
    actor = reach_of(request).actor(found.merchant, cast(User, request.user))
    event = MergeUndone(
        merchant_id=found.merchant_id,
        member_id=found.survivor_id,
        occurred_at=timezone.now(),
        source=SOURCE,
        key=f"undo:{found.pk}",
        actor=actor.label,
        merge_id=found.pk,
    )
    try:
        post(event, now=timezone.now())
    except MergeInUse as refusal:
        since = _in_words(refusal.params["since"])
        rows = Paginator(_merges(request, "view"), PER_PAGE).get_page(request.GET.get("page"))
        context = {"rows": rows, "may_undo": True, "refusal": str(refusal), "since": since, "refused": found}
        return page(request, "backoffice/merges.html", _("Merged records"), **context)
    except WalaaError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The two records are apart again."))
    return redirect("admin:merges")


def detach_page(request: HttpRequest, member_id: int) -> HttpResponse:
    """The number has a new owner: close this record to it. A detached one gets a new phone here."""
    member, actor = _record(request, member_id, "change", "members")
    if member.detached_at is not None:
        return _attach(request, member, actor)
    form = DetachForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = {"reason": form.cleaned_data["reason"], "source": SOURCE, "actor": actor.label}
        try:
            detach(member=member, now=timezone.now(), **said)
        except WalaaError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Done. Whoever has this number now joins as a new member."))
            return redirect("admin:accounts_member_change", member.pk)
    return page(
        request, "backoffice/detach.html", _("The number has a new owner"),
        member=member, phone=readable(member.phone or ""), form=form,
    )  # fmt: skip


def erase_page(request: HttpRequest, member_id: int) -> HttpResponse:
    """Say what erasing does, and do it after a yes."""
    member, actor = _record(request, member_id, "delete", "members")
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            erase(member=member, actor=actor.label, now=now)
        except WalaaError as refusal:
            form.add_error(None, str(refusal))
        else:
            outbox.relay_topic(topics.MEMBER_ERASED, now=now)
            messages.success(request, _("Erased. The sums of your books stayed as they were."))
            return redirect("admin:accounts_member_changelist")
    balance = getattr(member, "balance", None)
    return page(
        request, "backoffice/erase.html", _("Erase a member"),
        member=member, points=balance.available if balance else 0, form=form,
    )  # fmt: skip


def _attach(request: HttpRequest, member: Member, actor: Actor) -> HttpResponse:
    form = AttachForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            attach(member=member, phone=form.cleaned_data["phone"], actor=actor.label, now=timezone.now())
        except WalaaError as refusal:
            form.add_error("phone", str(refusal))
        else:
            messages.success(request, _("The member is entered by the new phone from now on."))
            return redirect("admin:accounts_member_change", member.pk)
    return page(request, "backoffice/attach.html", _("A new phone"), member=member, form=form)


def _record(request: HttpRequest, member_id: int, right: str, room: str) -> tuple[Member, Actor]:
    """Return a record within reach that still is somebody's, and who acts. Raises 404 or 403."""
    reach = reach_of(request)
    if not reach.may("view", "members"):
        raise PermissionDenied
    rows = reach.limit(Member.objects.select_related("merchant", "balance"), room="members")
    member = rows.filter(pk=member_id, merged_into__isnull=True, erased_at__isnull=True).first()
    if member is None:
        raise Http404
    if not reach.may(right, room, member.merchant_id):
        raise PermissionDenied
    return member, reach.actor(member.merchant, cast(User, request.user))


def _other(request: HttpRequest, survivor: Member) -> Member | None:
    """Return the second record, of the same merchant. Raises 404 for one that is not there."""
    asked = request.POST.get("other") or request.GET.get("other", "")
    if not asked:
        return None
    rows = Member.objects.for_merchant(survivor.merchant)
    found = next(iter(rows.filter(number=asked[:12].upper())), None)
    if found is None:
        raise Http404
    return found


def _search(survivor: Member, text: str) -> list[Member]:
    rows = Member.objects.for_merchant(survivor.merchant).active().exclude(pk=survivor.pk)
    people = rows.filter(person_query(text[:80])).select_related("balance").order_by("-id")[:FOUND]
    for member in people:
        member.phone_text = readable(member.phone or "")  # type: ignore[attr-defined]
    return list(people)


def _merge_now(request: HttpRequest, survivor: Member, other: Member, actor: Actor) -> HttpResponse:
    key = request.POST.get("key", "")
    try:
        post(_event(survivor, other, actor, key), now=timezone.now())
    except WalaaError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Merged. You can undo it until the record is used again."))
    return redirect("admin:accounts_member_change", survivor.pk)


def _event(survivor: Member, other: Member, actor: Actor, key: str) -> MembersMerged:
    return MembersMerged(
        merchant_id=survivor.merchant_id,
        member_id=survivor.pk,
        occurred_at=timezone.now(),
        source=SOURCE,
        key=key[:64],
        actor=actor.label,
        absorbed_id=other.pk,
    )


def _merges(request: HttpRequest, right: str) -> QuerySet[Merge]:
    rows = Merge.objects.select_related("merchant", "survivor", "absorbed").order_by("-pk")
    room = "members" if right == "view" else "facts"
    return reach_of(request).limit(rows, room=room, right=right)


def _told(found: MergePreview) -> list[Told]:
    """The fields that differ, in words."""
    told = []
    for choice in found.choices:
        field = Member._meta.get_field(choice.name)
        label = str(getattr(field, "verbose_name", choice.name))
        names = dict(getattr(field, "flatchoices", ()) or ())
        stays, goes = (_word(choice.name, value, names) for value in (choice.stays, choice.goes))
        still_finds = choice.name in {"phone", "email"}
        told.append(Told(label, stays, goes, choice.is_taken_over, still_finds))
    return told


def _word(name: str, value: Any, names: dict[Any, Any]) -> str:
    if not value:
        return "—"
    return readable(value) if name == "phone" else str(names.get(value, value))


def _figures(request: HttpRequest, found: MergePreview) -> dict[str, Any]:
    tiers = TierBadges(reach_of(request))
    spend = count_text(found.counted, found.basis, found.currency, get_language() or "ar")
    codes = (found.tier_before, found.tier_after)
    before, after = (tiers.of(found.survivor.merchant_id, code)[1] for code in codes)
    return {"spend": spend, "tier_before": before, "tier_after": after}


def _consents(answers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    channels = dict(Consent._meta.get_field("channel").flatchoices)
    purposes = dict(Consent._meta.get_field("purpose").flatchoices)
    return [(str(channels[channel]), str(purposes[purpose])) for channel, purpose in answers]


def _in_words(since: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds: dict[str, Any] = {
        **dict(MovementKind.choices),
        "purchase": _("Purchase"),
        "refund": _("Refund"),
        "redemption": _("Redemption"),
        "tier": _("Tier renewed"),
        "quote": _("Signed quote"),
        "opening": _("Opening balance"),
        "last_day": _("Last day moved"),
        "other": _("Another posting"),
    }
    return [entry | {"kind": str(kinds.get(entry["kind"], entry["kind"]))} for entry in since]
