"""What a cashier fills in. Digits may be Arabic; amounts are read once, here."""

import re
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.digits import latin_digits
from accounts.errors import WalaaError
from accounts.joining import readable_code
from accounts.models import Member, Merchant
from accounts.money import Money
from accounts.phones import e164, region_of
from accounts.queries import member_with_referral_code
from ledger.queries import code_as_issued
from loyalty_site.till.wares import Ware

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def nonce() -> str:
    """Return a number for a sale without one; it is made with the form, so a second press finds the first."""
    return f"T-{readable_code(8)}"


class CodeField(forms.CharField):
    """A number or code: Latin digits, capitals, no gaps."""

    def to_python(self, value: Any) -> str:
        """Return its one spelling."""
        text = latin_digits(str(value or "")).strip()
        if CONTROL.search(text):
            raise ValidationError(_("This text cannot be used."))
        return str(super().to_python(text))


class AmountField(forms.CharField):
    """An amount as typed ("١٢٫٥", "1,234.50") → minor units above zero."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off", "placeholder": "0.00"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs), **options)
        self.currency = currency

    def clean(self, value: Any) -> int | None:
        """Return minor units; nothing for a field that may be empty and is. Raises `ValidationError`."""
        text = super().clean(value)
        if not text and not self.required:
            return None
        try:
            amount_minor = Money.parse(text, self.currency).amount_minor
        except WalaaError as error:
            raise ValidationError(str(error), code=error.code) from error
        if not amount_minor:
            raise ValidationError(_("Write an amount above zero."), code="zero")
        return amount_minor


class OnceForm(forms.Form):
    """A press that counts once, however often it arrives."""

    spare = CodeField(max_length=16, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Say so when the hidden number does not come back as it was given: nobody sees that field."""
        if "spare" in self.errors:
            self.add_error(None, _("This page is out of date. Please open it again."))
        return super().clean() or {}


class FindForm(forms.Form):
    """One field for everything that can be typed or scanned."""

    q = forms.CharField(
        label=_("Phone, membership number or code"),
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "dir": "ltr",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "enterkeyhint": "search",
            }
        ),
    )


class JoinForm(forms.Form):
    """A new member in two fields."""

    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr", "autocomplete": "off"}),
    )
    given_name = forms.CharField(
        label=_("First name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    referral = CodeField(
        label=_("Friend's code, if somebody brought them"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, merchant: Merchant, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.merchant = merchant

    def clean_referral(self) -> Member | None:
        """Return who brought the new member."""
        code = self.cleaned_data["referral"]
        bringer = member_with_referral_code(self.merchant, code) if code else None
        if code and bringer is None:
            raise ValidationError(_("Nobody has this code. You can leave it empty."), code="unknown")
        return bringer

    def clean_phone(self) -> str:
        """Return the phone in its one spelling."""
        try:
            return e164(self.cleaned_data["phone"], region_of(self.merchant.currency))
        except WalaaError as error:
            raise ValidationError(str(error), code=error.code) from error


class SaleForm(OnceForm):
    """A sale: its amount, the receipt's number if there is one, and what pays a part.

    ``gift_amount`` is how much of it the gift card pays; empty: as much as it holds and is due.
    """

    order = CodeField(label=_("Receipt number"), max_length=40, required=False)
    code = CodeField(label=_("Discount code"), max_length=20, required=False)
    gift = CodeField(label=_("Code of the gift card"), max_length=20, required=False)

    def __init__(self, merchant: Merchant, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = AmountField(currency=merchant.currency, label=_("Amount"))
        paid = AmountField(currency=merchant.currency, label=_("Pays"), required=False)
        self.fields["gift_amount"] = paid
        self.order_fields(["amount", "order", "code", "gift", "gift_amount", "spare"])
        for name in ("order", "code", "gift"):
            self.fields[name].widget.attrs |= {"dir": "ltr", "autocomplete": "off"}
        for name in ("code", "gift"):
            self.fields[name].widget.attrs["autocapitalize"] = "characters"

    def clean_code(self) -> str:
        """Return the code without the gaps people read aloud."""
        return code_as_issued(self.cleaned_data["code"])

    def clean_gift(self) -> str:
        """Return the card's code without the gaps people read aloud."""
        return code_as_issued(self.cleaned_data["gift"])

    def clean(self) -> dict[str, Any]:
        """Refuse an amount that no card pays."""
        said = super().clean()
        if said.get("gift_amount") and not said.get("gift") and "gift" not in self.errors:
            self.add_error("gift", _("Write the code of the gift card."))
        return said

    @property
    def number(self) -> str:
        """The order's number: the receipt's own, or the spare one made with the form."""
        return str(self.cleaned_data["order"] or self.cleaned_data["spare"])

    @property
    def opens_gift(self) -> bool:
        """Whether the part about the gift card stands open: it was filled in, or refused."""
        return any(self[name].value() or self[name].errors for name in ("gift", "gift_amount"))


class RefundForm(OnceForm):
    """How much comes back."""

    def __init__(self, merchant: Merchant, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = AmountField(currency=merchant.currency, label=_("Amount that comes back"))


class ReadOutForm(forms.Form):
    """The one-time code that the customer reads out."""

    read_out = CodeField(
        label=_("The code they received"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}),
    )


class SpendForm(OnceForm):
    """What the customer's points are to buy."""

    what = forms.ChoiceField(label=_("Points or reward"))

    def choose_from(self, wares: Iterable[Ware]) -> None:
        """Take what can be had now, and nothing else."""
        choices = [(ware.value, ware.name) for ware in wares if not ware.why_not]
        self.fields["what"].choices = choices  # type: ignore[attr-defined]
