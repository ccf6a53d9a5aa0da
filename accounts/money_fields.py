"""A form's field for money: people type riyals, rows hold halalas."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.errors import AmountError
from accounts.money import Money, plain


class MinorField(forms.CharField):
    """Minor units in the row, major units on the page; reads Arabic-Indic digits too."""

    def __init__(self, *, currency: str = "SAR", **options: Any) -> None:
        self.currency = currency
        options.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "dir": "ltr"}))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show 2500 as "25.00"; leave what was typed as it is."""
        return plain(value, self.currency) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Read an amount; nothing typed is nothing."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        try:
            return Money.parse(str(value), self.currency).amount_minor
        except AmountError as error:
            raise ValidationError(str(error), code=error.code) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not spellings."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True
