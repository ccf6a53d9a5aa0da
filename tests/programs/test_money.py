"""Money and digits: what is read, what is refused, how it is written in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import errors
from accounts.digits import latin_digits
from accounts.money import EXPONENTS, MAX_MINOR, Money, worth


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("99.99", "SAR", 9999),
        ("1,234.50", "SAR", 123450),
        ("١٢٫٥", "SAR", 1250),
        ("۱۲٫۵۰", "SAR", 1250),
        ("١٬٢٣٤٫٥٠", "SAR", 123450),
        ("\u200f١٢٫٥\u200e ", "SAR", 1250),
        ("10", "SAR", 1000),
        ("10.0", "SAR", 1000),
        ("0", "SAR", 0),
        ("-0", "SAR", 0),
        ("1.234", "KWD", 1234),
        ("10000000.00", "SAR", MAX_MINOR),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", errors.AmountInvalid),
        ("abc", errors.AmountInvalid),
        ("NaN", errors.AmountInvalid),
        ("inf", errors.AmountInvalid),
        ("1e5", errors.AmountInvalid),
        ("12,5", errors.AmountInvalid),
        ("1,23,456", errors.AmountInvalid),
        ("1.2.3", errors.AmountInvalid),
        ("5.", errors.AmountInvalid),
        ("१२", errors.AmountInvalid),
        ("9" * 5000, errors.AmountInvalid),
        ("1.234", errors.AmountTooPrecise),
        ("-1", errors.AmountNegative),
        ("\u2212" + "1", errors.AmountNegative),
        ("10000000.01", errors.AmountTooLarge),
        ("9" * 39, errors.AmountTooLarge),
    ],
)
def test_what_is_not_an_amount_is_refused(text: str, refusal: type[errors.AmountError]) -> None:
    with pytest.raises(refusal):
        Money.parse(text, "SAR")


def test_a_negative_amount_is_read_where_it_is_allowed() -> None:
    assert Money.parse("-12.50", "SAR", allow_negative=True).amount_minor == -1250


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(errors.CurrencyUnknown):
        Money(1, "XYZ")


def test_currencies_never_mix() -> None:
    with pytest.raises(errors.CurrencyMixed):
        Money(1, "SAR") + Money(1, "KWD")
    with pytest.raises(errors.CurrencyMixed):
        _ = Money(1, "SAR") < Money(1, "KWD")


def test_money_adds_compares_and_shows_its_decimal() -> None:
    assert Money(150, "SAR") - Money(50, "SAR") + -Money(25, "SAR") == Money(75, "SAR")
    assert Money(1, "SAR") < Money(2, "SAR") <= Money(2, "SAR")
    assert str(Money(12500, "KWD").decimal) == "12.500"


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(123450, "SAR"), "en", "1,234.50 SAR"),
        (Money(123450, "SAR"), "ar", "1,234.50 ر.س"),
        (Money(-5, "SAR"), "en", "-0.05 SAR"),
        (Money(1234567, "KWD"), "ar", "1,234.567 د.ك"),
    ],
)
def test_an_amount_is_written_in_both_languages(money: Money, language: str, text: str) -> None:
    assert money.format(language) == text


@given(st.integers(0, MAX_MINOR), st.sampled_from(sorted(EXPONENTS)))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(money.format("en").removesuffix(f" {currency}"), currency) == money


def test_rule_45_points_are_worth_their_share_of_a_block() -> None:
    assert worth(1_240, 500, 2_500) == 6_200
    assert worth(1_000_000, 500, 2_500) * 80 // 100 == 4_000_000


def test_digits_of_three_scripts_are_the_same_number() -> None:
    assert latin_digits("٠٥٠١٢٣٤٥٦٧") == latin_digits("۰۵۰۱۲۳۴۵۶۷") == "0501234567"
