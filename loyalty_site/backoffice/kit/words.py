"""What the launch kit says: the promises in force in a marketer's order, and nothing beyond them."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.languages import in_language
from accounts.models import Merchant
from accounts.money import exponent_of
from loyalty_site.addresses import address_of
from loyalty_site.colours import Palette, palette
from programs.models import ProgrammeVersion, Reward
from programs.queries import terms_of
from programs.sentences import cap_sentence, points_text, promises, rule_sentence
from programs.terms import RuleTerms, Terms


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the kit says in one language. ``join`` and ``terms`` are absolute addresses."""

    language: str
    shop: str
    programme: str
    headline: str
    invitation: str
    call: str
    promises: list[tuple[str, str]]
    fine_print: str
    join: str
    terms: str
    posts: list[str]
    subject: str
    announcement: str
    snippet: str

    @property
    def is_rtl(self) -> bool:
        """Whether it is read from right to left."""
        return self.language == "ar"

    @property
    def is_local(self) -> bool:
        """Whether the address leads nowhere but on the machine that serves it."""
        return is_local(self.join)

    @property
    def address(self) -> str:
        """The joining address as people type it."""
        return self.join.split("://", 1)[-1].rstrip("/")


def is_local(address: str) -> bool:
    """Whether an address leads nowhere but on the machine that serves it."""
    return urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1")


def words_of(version: ProgrammeVersion, language: str) -> Words:
    """What the kit of a published version says in ``language``."""
    merchant, terms = version.programme.merchant, terms_of(version)
    reward = first_reward(version)
    with override(language):
        earns = _short(rule_sentence(terms, _base(terms).code, language), merchant)
        worth = _short(promises(terms, language)[-2], merchant)
        said = {
            "shop": in_language(merchant, "name", language),
            "programme": in_language(version.programme, "name", language),
            "earns": earns,
            "worth": worth,
            "reward": in_language(reward, "name", language) if reward else "",
            "points": points_text(reward.points) if reward else "",
            "link": address_of(merchant),
            "terms": address_of(merchant, "terms"),
        }
        headline = _headline(terms, reward)
        return Words(
            language=language,
            shop=said["shop"],
            programme=said["programme"],
            headline=headline,
            invitation=_("Scan and join"),
            call=_("Join now"),
            promises=_promises(said),
            fine_print=_fine_print(terms, version, language),
            join=said["link"],
            terms=said["terms"],
            posts=_posts(said),
            subject=_("New at %(shop)s: %(programme)s") % said,
            announcement=_announcement(said),
            snippet=_snippet(language, headline, said, palette(merchant.colour)),
        )


def first_reward(version: ProgrammeVersion) -> Reward | None:
    """The reward that is reached first: the cheapest that is open to every tier."""
    rewards = version.rewards.filter(is_active=True).order_by("points", "pk")
    return next((reward for reward in rewards if not reward.tiers), None)


def _headline(terms: Terms, reward: Reward | None) -> str:
    """Say "every purchase" only where every purchase earns."""
    if reward is None:
        return _("Your purchases earn points here")
    if _base(terms).kind == "per_amount" and not _asks(terms, _base(terms)):
        return _("Every purchase brings you closer to a reward")
    return _("Collect points and choose your reward")


def _base(terms: Terms) -> RuleTerms:
    """The rule the kit speaks of: one that asks nothing, where there is one; its conditions are told else."""
    return min(terms.base_rules or terms.rules, key=lambda rule: _asks(terms, rule))


def _asks(terms: Terms, rule: RuleTerms) -> bool:
    return "when" in terms.reasons[rule.code].params


def _short(sentence: str, merchant: Merchant) -> str:
    """Write whole amounts without decimals: "1.00 SAR" is "1 SAR"."""
    return sentence.replace("." + "0" * exponent_of(merchant.currency) + " ", " ")


def _promises(said: dict[str, str]) -> list[tuple[str, str]]:
    """(what it is about, what is promised), the most telling first."""
    found = [(_("You earn"), said["earns"]), (_("Your points are worth"), said["worth"])]
    if said["reward"]:
        found.append((_("A reward for %(points)s") % said, said["reward"]))
    return found


def _fine_print(terms: Terms, version: ProgrammeVersion, language: str) -> str:
    """What limits the promises: caps, waiting, the life of points; and where all of it stands."""
    caps = [cap_sentence(cap, terms, language) for cap in terms.caps]
    before = len(terms.rules) + len(terms.caps) + sum(tier.multiplier != 1 for tier in terms.tiers)
    *waits, _worth, life = promises(terms, language)[before:]
    address = address_of(version.programme.merchant, "terms").split("://", 1)[-1].rstrip("/")
    whole = _("All terms (version %(number)s): %(address)s") % {"number": version.number, "address": address}
    return " · ".join([*caps, *waits, life, whole])


def _posts(said: dict[str, str]) -> list[str]:
    begun = _("New at %(shop)s: %(programme)s.\n%(earns)s, and %(worth)s.\nJoin here:\n%(link)s")
    reward = _(
        "%(reward)s for %(points)s at %(shop)s.\n"
        "Collect points with your purchases, then choose your reward.\nStart here:\n%(link)s"
    )
    steps = _("Join, shop, collect: that is all it takes at %(shop)s.\n%(earns)s.\nStart here:\n%(link)s")
    worth = _("Pay with your points at %(shop)s.\n%(worth)s.\nSee your balance here:\n%(link)s")
    return [text % said for text in (begun, reward if said["reward"] else steps, worth)]


def _announcement(said: dict[str, str]) -> str:
    lines = [
        _("Hello from %(shop)s,"),
        "",
        _("from now on your purchases earn points: %(earns)s."),
        _("And your points count when you pay: %(worth)s."),
        *([_("The first reward: %(reward)s, for %(points)s.")] if said["reward"] else []),
        "",
        _("Open your card here:"),
        "%(link)s",
        "",
        _("All terms:"),
        "%(terms)s",
    ]
    return "\n".join(line % said for line in lines)


def _snippet(language: str, headline: str, said: dict[str, str], colours: Palette) -> str:
    """A link in the merchant's colours for any home page: one element, no script, nothing loaded."""
    return format_html(
        '<a href="{}" lang="{}" dir="{}" style="display:block;max-width:40rem;padding:20px 24px;'
        'border-radius:12px;background:{};color:{};font-family:inherit;line-height:1.6;text-decoration:none">\n'
        '  <strong style="display:block;font-size:1.25em">{}</strong>\n'
        '  <span style="display:block">{} · {}</span>\n'
        '  <span style="display:inline-block;margin-top:12px;padding:6px 18px;border-radius:99px;'
        'background:{};color:{};font-weight:700">{}</span>\n'
        "</a>",
        said["link"], language, "rtl" if language == "ar" else "ltr", colours.brand, colours.ink,
        headline, said["earns"], said["worth"], colours.ink, colours.brand,
        _("Join %(shop)s") % said,
    )  # fmt: skip
