"""Forms of what rules ask, of caps, and of the days of occasions: ticked, chosen or typed, never as JSON."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.languages import in_language
from accounts.tenant_admin import TenantForm
from programs.forms import CodesField, RuleForm, TicksField
from programs.models import AudienceMember, EarnCap, OccasionDays
from programs.occasions import KNOWN, calendar_days, in_years_around
from programs.parts_read import active
from programs.queries import PILOT_AUDIENCE
from programs.terms import PURCHASE
from programs.triggers import KNOWN as TRIGGERS

OWN = "own"
LONGEST_OCCASION = timedelta(days=100)


class AskingRuleForm(RuleForm):
    """An earning rule with everything it may ask, and what sets it off."""

    trigger = forms.ChoiceField(label=_("set off by"), required=False, widget=UnfoldAdminSelectWidget)
    own_event = forms.SlugField(
        label=_("or by your own event"),
        required=False,
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The word that your shop sends, such as car-wash."),
    )
    products = CodesField(
        label=_("products"),
        required=False,
        help_text=_("Product codes, separated with commas. With dates they make a launch."),
    )
    occasions = TicksField(label=_("occasions"))
    segments = TicksField(label=_("segments"))
    plans = TicksField(label=_("membership plans"))

    class Meta(RuleForm.Meta):
        fields: Any = (
            *RuleForm.Meta.fields,
            *("trigger", "products", "occasions", "segments", "plans", "nth_purchase", "nth_repeats"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version, held = self.its_version(), self.instance.trigger
        if "trigger" in self.fields:
            own = [] if held in TRIGGERS else [(held, held)]
            self.fields["trigger"].choices = [*TRIGGERS.items(), *own]  # type: ignore[attr-defined]
        if version is not None:
            self.offer("occasions", occasions_of(version))
            self.offer("segments", segments_of(version))
            self.offer("plans", plans_of(version))

    def clean(self) -> dict[str, Any]:
        """Let the shop's own word win over the list; without either it is a purchase."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["trigger"] = slugify(cleaned.get("own_event") or "") or cleaned.get("trigger") or PURCHASE
        return cleaned


class CapForm(forms.ModelForm):  # type: ignore[type-arg]
    """A cap: of which rule is chosen among the version's own."""

    rule = forms.ChoiceField(label=_("rule"), required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = EarnCap
        fields = ("scope", "rule", "period", "points")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = getattr(self, "version", None)
        if version is not None and "rule" in self.fields:
            rules = parts_of(version, "rules")
            held = self.instance.rule
            own = [] if not held or held in dict(rules) else [(held, held)]
            self.fields["rule"].choices = [("", _("All rules")), *rules, *own]  # type: ignore[attr-defined]


class OccasionForm(TenantForm):
    """New days for an occasion that everybody knows, or for one of the shop's own."""

    now: ClassVar[datetime]

    which = forms.ChoiceField(label=_("occasion"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = OccasionDays
        fields = ("merchant", "which", "code", "name_ar", "name_en", "first_day", "last_day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            own = (OWN, _("An occasion of our own"))
            self.fields["which"].choices = [*known_ahead(self.now.date()), own]  # type: ignore[attr-defined]
            for name in ("code", "name_ar", "name_en"):
                self.fields[name].required = False
            self.fields["code"].help_text = _("For an occasion of your own: a short word in Latin letters.")

    def clean(self) -> dict[str, Any]:
        """Name the occasion, and refuse days that cannot be."""
        cleaned = super().clean()
        if cleaned.get("which") == OWN:
            self._check_own(cleaned)
        elif cleaned.get("which"):
            code, _slash, year = str(cleaned["which"]).partition("/")
            cleaned |= {"code": code, "name_ar": "", "name_en": ""}
            self.instance.year = int(year)
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and not first <= last <= first + LONGEST_OCCASION:
            self.add_error("last_day", _("An occasion ends after it begins, within a hundred days."))
        return cleaned

    def _check_own(self, cleaned: dict[str, Any]) -> None:
        for name in ("code", "name_ar", "name_en"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Your own occasion needs a word and a name in both languages."))
        if cleaned.get("code") in KNOWN:
            self.add_error("code", ValidationError(_("This word names an occasion that everybody knows.")))
        if cleaned.get("first_day"):
            self.instance.year = cleaned["first_day"].year


def known_ahead(today: date) -> list[tuple[str, str]]:
    """The occurrences of every known occasion until the end of next year, as the calendar has them."""
    found = {days for code in KNOWN for days in in_years_around(code, today) if days.last >= today}
    return [
        (days.name, f"{in_language(KNOWN[days.code], 'name')} {days.year}: {_range(days.code, days.year)}")
        for days in sorted(found, key=lambda days: (days.first, days.code))
    ]


def _range(code: str, year: int) -> str:
    days = calendar_days(code, year)
    first = date_format(days.first)
    return first if days.first == days.last else f"{first} – {date_format(days.last)}"


def occasions_of(version: Any) -> list[tuple[str, str]]:
    """Every occasion a rule may name, the shop's own last; read once however many forms ask."""
    if not hasattr(version, "occasions_read"):
        own = OccasionDays.objects.filter(merchant=version.programme.merchant_id).exclude(code__in=KNOWN)
        names = {row.code: row.name for row in own.order_by("set_at", "id")}
        version.occasions_read = [
            *((code, in_language(known, "name")) for code, known in KNOWN.items()),
            *names.items(),
        ]
    return list(version.occasions_read)


def segments_of(version: Any) -> list[tuple[str, str]]:
    """Every audience of the merchant that is no pilot; read once however many forms ask."""
    if not hasattr(version, "segments_read"):
        places = AudienceMember.objects.filter(merchant=version.programme.merchant_id)
        names = places.exclude(audience=PILOT_AUDIENCE).values_list("audience", flat=True).distinct()
        version.segments_read = [(name, capfirst(name)) for name in sorted(names)]
    return list(version.segments_read)


def parts_of(version: Any, parts: str) -> list[tuple[str, str]]:
    """The codes and names of the version's rules, cards, badges …; read once however many forms ask."""
    read = f"{parts}_named"
    if not hasattr(version, read):
        setattr(version, read, [(part.code, part.name) for part in getattr(version, parts).all()])
    return list(getattr(version, read))


def plans_of(version: Any) -> list[tuple[str, str]]:
    """The membership plans of the version; read once however many forms ask."""
    if not hasattr(version, "plans_read"):
        version.plans_read = [(plan.code, plan.name) for plan in active(version.plans)]
    return list(version.plans_read)
