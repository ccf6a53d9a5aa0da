"""The page of terms, drafted from the programme itself: sections of lines, word for word in a language.

Every line has a key ("rule.base", "tier.gold"), by which the same promise is found again in the next edition
and a change of it can be told.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext, ngettext, override

from accounts.languages import in_language
from accounts.money import Money
from programs.models import ProgrammeVersion, TermsAdditions
from programs.queries import terms_of
from programs.sentences import (
    cap_sentence,
    life_sentence,
    points_text,
    promises,
    rule_sentence,
    worth_sentence,
)
from programs.terms import Terms
from programs.tier_wording import counts_text, from_text, perk_text

Line = tuple[str, str]
"""A key and a sentence."""
Section = dict[str, Any]


def drafted(version: ProgrammeVersion, additions: TermsAdditions | None, language: str) -> list[Section]:
    """The whole page in ``language``: what is earned, given and lost, the member's rights, and the shop."""
    terms = terms_of(version)
    with override(language):
        sections = [
            ("earn", gettext("What you earn"), [*_earned(terms, language)]),
            ("tiers", gettext("Levels"), [*_tiers(terms, language)]),
            ("rewards", gettext("Rewards"), [*_rewards(version, language)]),
            ("use", gettext("Using your points"), [*_use(version, terms, language)]),
            ("returns", gettext("Returns"), [*_returns(terms)]),
            ("changes", gettext("If something changes"), [*_changes(version)]),
            ("privacy", gettext("Your data"), [*_privacy()]),
            ("shop", gettext("Who we are"), [*_shop(version, additions, language)]),
        ]
    return [
        {"key": key, "title": title, "lines": [list(line) for line in lines]}
        for key, title, lines in sections
        if lines
    ]


def _earned(terms: Terms, language: str) -> Iterator[Line]:
    """Every rule and cap by its code; what other parts promise by its words."""
    said: set[str] = {worth_sentence(terms, language), life_sentence(terms)}
    known = [(f"rule.{rule.code}", rule_sentence(terms, rule.code, language)) for rule in terms.rules]
    known += [
        (f"cap.{'.'.join(map(str, cap.key))}", cap_sentence(cap, terms, language)) for cap in terms.caps
    ]
    said |= {text for _key, text in known}
    yield from known
    for text in promises(terms, language):
        if text not in said:
            said.add(text)
            yield f"promise.{text}", text


def _tiers(terms: Terms, language: str) -> Iterator[Line]:
    if len(terms.tiers) < 2:
        return
    yield "tiers.counted", counts_text(terms, language)
    for tier in terms.tiers:
        name = in_language(tier, "name", language)
        said = gettext("%(name)s: %(given)s") % {"name": name, "given": from_text(tier, terms, language)}
        yield f"tier.{tier.code}", said
        for perk in terms.perks:
            if perk.tier == tier.code:
                given = perk_text(perk, terms.currency, language)
                yield f"perk.{perk.code}", gettext("%(name)s: %(given)s") % {"name": name, "given": given}


def _rewards(version: ProgrammeVersion, language: str) -> Iterator[Line]:
    names = {tier.code: in_language(tier, "name", language) for tier in version.tiers.all()}
    for reward in version.rewards.filter(is_active=True, points__gt=0).order_by("points", "id"):
        said = {"name": in_language(reward, "name", language), "given": points_text(reward.points)}
        text = gettext("%(name)s: %(given)s") % said
        if reward.tiers:
            only = gettext(", ").join(names.get(code, code) for code in reward.tiers)
            text = gettext("%(rule)s, %(when)s") % {
                "rule": text, "when": gettext("only for %(names)s") % {"names": only},
            }  # fmt: skip
        yield f"reward.{reward.code}", text


def _use(version: ProgrammeVersion, terms: Terms, language: str) -> Iterator[Line]:
    yield "worth", worth_sentence(terms, language)
    if terms.max_redeem_minor:
        most = Money(terms.max_redeem_minor, terms.currency).format(language)
        yield "most", gettext("At most %(amount)s of an order can be paid with points.") % {"amount": most}
    yield "life", life_sentence(terms)
    yield (
        "code",
        gettext(
            "A reward or discount is used by a code that works once. Cancel it before it is used and the"
            " points come back, with the same last day."
        ),
    )
    yield "order", gettext("The points that would expire first are used first.")
    yield "alert", gettext("We tell you before points expire.")


def _returns(terms: Terms) -> Iterator[Line]:
    yield "returns", gettext("When goods are returned, the points they earned go back too.")
    if terms.negative_policy == "allow_negative":
        yield "owed", gettext("If they are spent already, your next purchases pay them back first.")
    elif terms.negative_policy == "deduct_cash":
        yield "owed", gettext("If they are spent already, what they were worth is taken off the refund.")


def _changes(version: ProgrammeVersion) -> Iterator[Line]:
    yield (
        "change",
        gettext("Changes apply to what comes after them: points you already earned keep their terms."),
    )
    yield (
        "notice",
        ngettext(
            "You are told %(days)s day before points are worth less.",
            "You are told %(days)s days before points are worth less.",
            version.notice_days,
        )
        % {"days": version.notice_days},
    )
    yield (
        "closing",
        ngettext(
            "If the programme closes, you have %(days)s day to use your points.",
            "If the programme closes, you have %(days)s days to use your points.",
            version.closing_days,
        )
        % {"days": version.closing_days},
    )


def _privacy() -> Iterator[Line]:
    """What the law on personal data gives every member (PDPL)."""
    yield (
        "data",
        gettext(
            "We keep your name and how to reach you, your purchases and your points, to run this programme."
        ),
    )
    yield (
        "offers",
        gettext(
            "Offers are sent only with your consent, and you can withdraw it at any time in your account."
        ),
    )
    yield (
        "rights",
        gettext(
            "You can see, correct and take along everything we hold about you, or delete your membership, in"
            " your account."
        ),
    )


def _shop(version: ProgrammeVersion, additions: TermsAdditions | None, language: str) -> Iterator[Line]:
    merchant = version.programme.merchant
    yield "name", (additions.company if additions else "") or in_language(merchant, "name", language)
    if additions is None:
        return
    if additions.registration:
        said = gettext("Commercial registration: %(number)s")
        yield "registration", said % {"number": additions.registration}
    if additions.vat_number:
        yield "vat", gettext("VAT number: %(number)s") % {"number": additions.vat_number}
    titles = {
        "contact": gettext("Contact"),
        "complaints": gettext("Complaints"),
        "law": gettext("Law"),
        "more": "",
    }
    for name, title in titles.items():
        text = str(getattr(additions, f"{name}_{language}")).strip()
        if text:
            yield name, gettext("%(name)s: %(given)s") % {"name": title, "given": text} if title else text


def changed(before: list[Section], after: list[Section], language: str) -> list[str]:
    """What is other in ``after``, in plain words: changed, new, and no longer there."""
    old, new = _by_key(before), _by_key(after)
    with override(language):
        said = [
            gettext("Changed: “%(before)s” is now “%(after)s”.") % {"before": old[key], "after": text}
            for key, text in new.items()
            if key in old and old[key] != text
        ]
        said += [gettext("New: %(text)s") % {"text": text} for key, text in new.items() if key not in old]
        said += [
            gettext("No longer: %(text)s") % {"text": text} for key, text in old.items() if key not in new
        ]
    return said


def _by_key(sections: list[Section]) -> dict[str, str]:
    return {f"{section['key']}.{key}": text for section in sections for key, text in section["lines"]}
