"""What visitors and members type, checked and brought into its one spelling."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.digits import latin_digits
from accounts.errors import WalaaError
from accounts.languages import LANGUAGES
from accounts.models import Member, Merchant
from accounts.models.consent import Channel, Purpose
from accounts.queries import member_with_referral_code
from accounts.signing_in import Destination, destination_of
from loyalty_site.portal.visits import Visit

# The messages a member may switch on and off: (channel, purpose). News of one's own account in one's own
# inbox is the account itself and has no switch.
SWITCHES = (
    (Channel.INBOX, Purpose.MARKETING),
    (Channel.EMAIL, Purpose.MARKETING),
    (Channel.EMAIL, Purpose.SERVICE),
)
# What a member gets without having been asked, until they refuse it; the rest needs a yes.
ON_UNLESS_REFUSED = {(Channel.INBOX, Purpose.MARKETING), (Channel.EMAIL, Purpose.SERVICE)}


def switch_name(channel: str, purpose: str) -> str:
    """Return the name of a consent's field."""
    return f"consent_{channel}_{purpose}"


MOST_EDITIONS: Final = 1_000_000


class BirthdayField(forms.DateField):
    """A date in any script's digits."""

    widget = forms.DateInput(
        attrs={"type": "date", "autocomplete": "bday", "min": "1900-01-01"}, format="%Y-%m-%d"
    )

    def to_python(self, value: Any) -> Any:
        """Bring the digits into one script first."""
        return super().to_python(latin_digits(value) if isinstance(value, str) else value)


class SignInForm(forms.Form):
    """A phone in any spelling, or an e-mail address."""

    destination = forms.CharField(
        label=_("Phone or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "dir": "ltr", "autofocus": True}),
    )
    referral = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant

    def clean_destination(self) -> Destination:
        """Return where a code can go."""
        try:
            return destination_of(self.cleaned_data["destination"], self.merchant)
        except WalaaError as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from refusal


class CodeForm(forms.Form):
    """The six digits."""

    code = forms.CharField(
        label=_("The 6-digit code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr", "autofocus": True}
        ),
    )


class EmailForm(forms.Form):
    """A new e-mail address, which a code must confirm."""

    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"})
    )


class PersonForm(forms.ModelForm[Member]):
    """What a member says about themselves."""

    birthday = BirthdayField(label=_("Birthday"), required=False)

    class Meta:
        model = Member
        fields = ["given_name", "family_name", "gender", "birthday"]
        widgets = {
            "given_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "family_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "gender": forms.RadioSelect,
        }

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visit = visit
        self.fields["given_name"].required = True
        self.fields["birthday"].widget.attrs["max"] = visit.today.isoformat()

    def clean_birthday(self) -> Any:
        """Refuse a day that has not come, or that nobody remembers."""
        birthday = self.cleaned_data["birthday"]
        if birthday is not None and not 1900 <= birthday.year <= self.visit.today.year:
            raise forms.ValidationError(_("Please check the year of your birthday."))
        if birthday is not None and birthday > self.visit.today:
            raise forms.ValidationError(_("Your birthday cannot be in the future."))
        return birthday


class JoinForm(PersonForm):
    """Becoming a member: a name, a language, what may be sent, and who brought you."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, widget=forms.RadioSelect)
    offers = forms.BooleanField(label=_("Send me offers and news"), required=False)
    referral = forms.CharField(
        label=_("Referral code"),
        required=False,
        max_length=10,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocapitalize": "characters", "autocomplete": "off"}),
    )

    terms = forms.IntegerField(required=False, min_value=1, max_value=MOST_EDITIONS, widget=forms.HiddenInput)

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, visit=visit, **kwargs)
        offered = visit.merchant.languages
        language = self.fields["language"]
        language.choices = [choice for choice in LANGUAGES if choice[0] in offered]  # type: ignore[attr-defined]
        language.widget.choices = language.choices  # type: ignore[attr-defined]

    def clean_referral(self) -> Member | None:
        """Return who brought the new member."""
        code = self.cleaned_data["referral"]
        if not code.strip():
            return None
        friend = member_with_referral_code(self.visit.merchant, code)
        if friend is None:
            raise forms.ValidationError(_("We do not know this referral code. You can leave it empty."))
        return friend

    def answers(self) -> dict[str, Any]:
        """Return the new member's fields."""
        names = ("given_name", "family_name", "gender", "birthday", "language")
        return {name: self.cleaned_data[name] for name in names} | {
            "referred_by": self.cleaned_data["referral"]
        }


class ConsentForm(forms.Form):
    """One switch per channel and purpose."""

    consent_inbox_marketing = forms.BooleanField(
        label=_("Offers and news in my messages here"), required=False
    )
    consent_email_marketing = forms.BooleanField(label=_("Offers and news by e-mail"), required=False)
    consent_email_service = forms.BooleanField(label=_("News of my account by e-mail"), required=False)

    def __init__(self, *args: Any, answers: Mapping[tuple[str, str], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answers = {pair: answers.get(pair, pair in ON_UNLESS_REFUSED) for pair in SWITCHES}
        self.initial = {switch_name(*pair): granted for pair, granted in self.answers.items()}

    def changed(self) -> dict[tuple[str, str], bool]:
        """Return the answers that differ from those in force."""
        said = {pair: bool(self.cleaned_data[switch_name(*pair)]) for pair in SWITCHES}
        return {pair: granted for pair, granted in said.items() if granted != self.answers[pair]}


class RedeemForm(forms.Form):
    """One press of "redeem": the token makes a second press the same press."""

    token = forms.RegexField(r"^[0-9a-f]{32}$")


class RedeemPointsForm(RedeemForm):
    """How many points to turn into money off."""

    points = forms.CharField(max_length=12)

    def clean_points(self) -> int:
        """Read digits of any script."""
        typed = latin_digits(self.cleaned_data["points"]).replace(",", "").strip()
        if not typed.isdecimal() or not int(typed):
            raise forms.ValidationError(_("That value cannot be used."))
        return int(typed)


class OnlineForm(RedeemPointsForm):
    """At which online shop, and how many points."""

    shop = forms.CharField(max_length=20, required=False)


class ReceiptForm(forms.Form):
    """A receipt: a photo of its code, or what the code says."""

    photo = forms.FileField(
        label=_("Photo of the receipt"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "class": "shot-file", "data-reads": ""}),
    )
    text = forms.CharField(
        label=_("Text of the code"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )


class GoodbyeForm(forms.Form):
    """The yes to leaving for good."""

    sure = forms.BooleanField(label=_("Yes, delete my membership and everything about me"))
