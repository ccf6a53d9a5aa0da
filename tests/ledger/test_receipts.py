"""The code on a tax receipt: what it says, however it is spelled, and what is none."""

import base64
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.claims.zatca import NotAReceipt, read_receipt, written

RIYADH = ZoneInfo("Asia/Riyadh")
VAT = "310122393500003"
OFFICIAL = "AQxCb2JzIFJlY29yZHMCDzMxMDEyMjM5MzUwMDAwMwMUMjAyMi0wNC0yNVQxNTozMDowMFoEBzEwMDAuMDAFBjE1MC4wMA=="
"""The example of ZATCA's own guideline: Bobs Records, 1,000.00 SAR with 150.00 SAR of VAT."""


def test_the_guidelines_own_example_is_read_and_written() -> None:
    found = read_receipt(OFFICIAL, RIYADH)
    assert (found.seller, found.vat_number) == ("Bobs Records", VAT)
    assert (found.total, found.vat) == (Decimal("1000.00"), Decimal("150.00"))
    assert found.moments == (
        datetime(2022, 4, 25, 15, 30, tzinfo=UTC),
        datetime(2022, 4, 25, 12, 30, tzinfo=UTC),
    )
    assert written("Bobs Records", VAT, "2022-04-25T15:30:00Z", "1000.00", "150.00") == OFFICIAL


CLOCKS = ("2026-11-15 12:00:00", "2026-11-15T12:00", "15/11/2026 12:00:00", "١٥/١١/٢٠٢٦ ١٢:٠٠")
ANYTHING = st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode())


@pytest.mark.parametrize("time", CLOCKS)
def test_a_time_without_a_zone_is_the_shops(time: str) -> None:
    found = read_receipt(written("مقهى الواحة", VAT, time, "١١٥٫٠٠", "15"), RIYADH)
    assert found.moments == (datetime(2026, 11, 15, 9, tzinfo=UTC),)
    assert found.total == 115


def test_the_signature_of_an_integrated_till_is_passed_over() -> None:
    raw = base64.b64decode(OFFICIAL) + bytes([6, 44]) + b"h" * 44 + bytes([7, 96]) + b"s" * 96
    assert read_receipt(base64.b64encode(raw).decode(), RIYADH) == read_receipt(OFFICIAL, RIYADH)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com/receipt/1",
        "AQxC",
        OFFICIAL[:-12],
        OFFICIAL * 20,
        written("x", "123", "2022-04-25T15:30:00Z", "1", "0"),
        written("x", VAT, "yesterday", "1", "0"),
        written("x", VAT, "2022-04-25T15:30:00Z", "-1", "0"),
        written("x", VAT, "2022-04-25T15:30:00Z", "NaN", "0"),
        written("x", VAT, "2022-04-25T15:30:00Z", "1e9", "0"),
        base64.b64encode(base64.b64decode(OFFICIAL) + bytes([1, 1, 65])).decode(),
        base64.b64encode(bytes([1, 2, 0xFF, 0xFE]) + base64.b64decode(OFFICIAL)[14:]).decode(),
    ],
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(NotAReceipt):
        read_receipt(text, RIYADH)


@given(ANYTHING)
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(NotAReceipt):
        read_receipt(text, RIYADH)
