"""Editions of the page of terms: written when terms are published or the shop says more, and answered.

What stands at an instant is the version in force with the additions in force, so an edition begins wherever
one of the two does. ``write_editions`` writes those that are missing and changes none, so it may run at any
time, for a shop that published before there were editions too.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import override

from accounts.access import Actor
from accounts.errors import Forbidden
from accounts.models import Member, Merchant
from programs.calendars import business_date
from programs.models import Programme, ProgrammeVersion, TermsAdditions, TermsAnswer, TermsEdition
from programs.notice import worsened
from programs.queries import terms_of, version_at
from programs.terms_text import Section, changed, drafted

LANGUAGES: Final = ("ar", "en")
TEXTS: Final = (
    "company", "registration", "vat_number", "contact_ar", "contact_en", "complaints_ar", "complaints_en",
    "law_ar", "law_en", "more_ar", "more_en",
)  # fmt: skip
"""What a merchant may add, column by column."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands from an instant on."""

    at: datetime
    version: ProgrammeVersion
    additions: TermsAdditions | None


def write_editions(merchant: Merchant, *, now: datetime) -> list[TermsEdition]:
    """Write every edition that is missing, the oldest first, and return them."""
    with transaction.atomic():
        Programme.objects.select_for_update().filter(merchant=merchant).first()
        known = list(TermsEdition.objects.filter(merchant=merchant).order_by("effective_from", "number"))
        written: list[TermsEdition] = []
        for stand in _stands(merchant):
            standing = _standing(known, stand.at)
            if standing is None or not _is_of(standing, stand):
                before = standing or _before(known, stand.at)
                edition = _edition(merchant, stand, before, len(known) + 1, now)
                edition.save()
                written.append(edition)
                known = sorted([*known, edition], key=lambda one: (one.effective_from, one.number))
    return written


def write_missing(*, now: datetime) -> int:
    """Write the editions of every shop that published before there were any; return how many were written."""
    lacking = Merchant.objects.filter(programme__versions__published_at__isnull=False).exclude(
        pk__in=TermsEdition.objects.values("merchant")
    )
    return sum(len(write_editions(merchant, now=now)) for merchant in lacking.distinct())


def edition_at(merchant: Merchant, moment: datetime) -> TermsEdition | None:
    """The edition that stands at ``moment``."""
    return TermsEdition.objects.filter(merchant=merchant).in_force_at(moment).first()


def numbered_edition(merchant: Merchant, number: int) -> TermsEdition | None:
    """The edition with this number, whenever it holds."""
    return TermsEdition.objects.filter(merchant=merchant, number=number).first()


def begun_edition(merchant: Merchant, number: int, now: datetime) -> TermsEdition | None:
    """The edition with this number, if its time has come."""
    return TermsEdition.objects.filter(merchant=merchant, number=number, effective_from__lte=now).first()


def editions_of(merchant: Merchant) -> list[TermsEdition]:
    """Every edition that stands, stood or will, the newest first; without those that others overtook."""
    found: dict[datetime, TermsEdition] = {}
    for edition in TermsEdition.objects.filter(merchant=merchant).defer("text").order_by("number"):
        found[edition.effective_from] = edition
    return sorted(found.values(), key=lambda one: one.effective_from, reverse=True)


def coming_edition(merchant: Merchant, now: datetime) -> TermsEdition | None:
    """The next edition that has not begun."""
    return next((one for one in reversed(editions_of(merchant)) if one.effective_from > now), None)


def additions_at(merchant: Merchant, moment: datetime) -> TermsAdditions | None:
    """What the merchant adds at ``moment``."""
    rows = TermsAdditions.objects.filter(merchant=merchant, effective_from__lte=moment)
    return rows.order_by("-effective_from", "-id").first()


def say_additions(*, actor: Actor, texts: dict[str, str], is_worse: bool, now: datetime) -> TermsAdditions:
    """Add to the terms: at once, or, where it takes something from members, after the programme's notice."""
    if not actor.may("change", "programme"):
        raise Forbidden
    merchant = actor.merchant
    begins = notice_ends(merchant, now) if is_worse else now
    with transaction.atomic():
        said = TermsAdditions.objects.create(
            merchant=merchant, is_worse=is_worse, effective_from=begins, said_at=now, said_by=actor.label,
            **{name: texts.get(name, "").strip() for name in TEXTS},
        )  # fmt: skip
        write_editions(merchant, now=now)
    return said


def notice_ends(merchant: Merchant, now: datetime) -> datetime:
    """The first instant at which worse terms may begin: midnight after the notice of the version in force."""
    version = version_at(merchant, now)
    days = version.notice_days if version else 0
    first = business_date(now, merchant.zone) + timedelta(days=days)
    return datetime.combine(first, time.min, tzinfo=merchant.timezone) if days else now


def answer(
    *, member: Member, edition: TermsEdition, agreed: bool, source: str, actor: str, now: datetime
) -> TermsAnswer:
    """Add what a member answered; the same answer again adds nothing."""
    last = TermsAnswer.objects.filter(member=member, edition=edition).order_by("-id").first()
    if last is not None and last.agreed == agreed:
        return last
    return TermsAnswer.objects.create(
        member=member, edition=edition, agreed=agreed, language=member.language, source=source, actor=actor,
        at=now,
    )  # fmt: skip


def agree_on_joining(
    *, member: Member, source: str, actor: str, now: datetime, number: int | None = None
) -> TermsAnswer | None:
    """Note that somebody who joined agreed to the edition that stood, or to the one they name.

    None where nothing was published yet, or where the number is of no edition that had begun.
    """
    merchant = member.merchant
    edition = edition_at(merchant, now) if number is None else begun_edition(merchant, number, now)
    if edition is None:
        return None
    return answer(member=member, edition=edition, agreed=True, source=source, actor=actor, now=now)


def to_ask(member: Member, now: datetime) -> TermsEdition | None:
    """The edition to ask a member about, once: one that takes something since what they agreed to.

    Also the one that stands, where they never were asked (they joined through a shop's system or a file).
    """
    answered = sorted(agreed_by(member), key=lambda row: (row.at, row.pk))
    heard = {row.edition_id for row in answered}
    agreed_to = max((row.edition.effective_from for row in answered if row.agreed), default=None)
    editions = editions_of(member.merchant)
    if not answered:
        return next((one for one in editions if one.effective_from <= now), None)
    since = agreed_to or answered[-1].edition.effective_from
    worse = [one for one in editions if one.is_worse and one.effective_from > since]
    return worse[0] if worse and worse[0].pk not in heard else None


def agreed_by(member: Member) -> list[TermsAnswer]:
    """Everything a member answered, also under records that were merged into theirs, the newest first."""
    rows = TermsAnswer.objects.filter(Q(member=member) | Q(member__merged_into=member))
    wordless = rows.select_related("edition").defer("edition__text", "edition__changes")
    return list(wordless.order_by("-at", "-id"))


def agreements(merchant: Merchant) -> dict[int, int]:
    """How many active members' newest yes is to each edition, by its number; 0 holds those without any."""
    said_yes = TermsAnswer.objects.filter(member=OuterRef("pk"), agreed=True).order_by("-at", "-id")
    members = Member.objects.for_merchant(merchant).active()
    counted = (
        members.annotate(edition=Subquery(said_yes.values("edition__number")[:1]))
        .order_by()
        .values_list("edition")
        .annotate(count=Count("pk"))
    )
    return {number or 0: count for number, count in counted}


def _stands(merchant: Merchant) -> list[Stand]:
    """Every instant at which what stands changes, with what stands from then on."""
    versions = list(
        ProgrammeVersion.objects.select_related("programme__merchant")
        .published()
        .filter(programme__merchant=merchant)
        .order_by("effective_from", "number")
    )
    said = list(TermsAdditions.objects.filter(merchant=merchant).order_by("effective_from", "id"))
    if not versions:
        return []
    starts = [one.effective_from for one in versions if one.effective_from]
    instants = sorted({*starts, *(one.effective_from for one in said if one.effective_from > starts[0])})
    return [
        Stand(
            at,
            next(one for one in reversed(versions) if one.effective_from and one.effective_from <= at),
            next((one for one in reversed(said) if one.effective_from <= at), None),
        )
        for at in instants
    ]


def _standing(known: Sequence[TermsEdition], at: datetime) -> TermsEdition | None:
    """The newest edition that begins exactly then."""
    return next((one for one in reversed(known) if one.effective_from == at), None)


def _before(known: Sequence[TermsEdition], at: datetime) -> TermsEdition | None:
    return next((one for one in reversed(known) if one.effective_from < at), None)


def _is_of(edition: TermsEdition, stand: Stand) -> bool:
    additions = stand.additions.pk if stand.additions else None
    return (edition.version_id, edition.additions_id) == (stand.version.pk, additions)


def _edition(
    merchant: Merchant, stand: Stand, before: TermsEdition | None, number: int, now: datetime
) -> TermsEdition:
    text = {language: drafted(stand.version, stand.additions, language) for language in _spoken(merchant)}
    return TermsEdition(
        merchant=merchant, number=number, version=stand.version, additions=stand.additions,
        text=text, digest=digest_of(text), effective_from=stand.at, made_at=now,
        changes=_changes(text, before) if before else {},
        is_worse=before is not None and is_worse(before, stand),
    )  # fmt: skip


def _spoken(merchant: Merchant) -> list[str]:
    return [language for language in LANGUAGES if language in merchant.languages] or list(LANGUAGES)


def _changes(text: dict[str, list[Section]], before: TermsEdition) -> dict[str, list[str]]:
    return {
        language: changed(before.text.get(language, []), sections, language)
        for language, sections in text.items()
    }


def is_worse(before: TermsEdition, stand: Stand) -> bool:
    """Whether it takes something: points worth less or shorter-lived, dearer tiers, the shop's own word."""
    if stand.additions is not None and stand.additions.pk != before.additions_id and stand.additions.is_worse:
        return True
    if before.version_id == stand.version.pk:
        return False
    with override("en"):
        return bool(worsened(before.version, stand.version)) or _promises_less(before.version, stand.version)


def _promises_less(before: ProgrammeVersion, after: ProgrammeVersion) -> bool:
    """Points that will live for a shorter time, or tiers that take more or multiply by less."""
    old, new = terms_of(before), terms_of(after)
    forever = 10**6
    if (new.expiry_months or forever) < (old.expiry_months or forever):
        return True
    kept = {tier.code: tier for tier in new.tiers}
    return any(
        tier.code not in kept
        or kept[tier.code].threshold_minor > tier.threshold_minor
        or kept[tier.code].multiplier < tier.multiplier
        for tier in old.tiers
    )


def digest_of(text: Any) -> str:
    """A hash of the words, whatever order their keys are kept in."""
    return sha256(json.dumps(text, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
