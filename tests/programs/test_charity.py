"""What causes are given, as arithmetic: never a halala that was not kept, never above the cap (RULES 40)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.charity import GivingTerms, extras_of_giving, kept_base_minor, share_minor

AMOUNTS = st.integers(0, 10**9)
SHARES = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("base_minor", "share_bp", "cap_minor", "given_minor"),
    [(9999, 250, None, 249), (9999, 250, 100, 100), (39, 250, None, 0), (10_000, 10_000, None, 10_000)],
)
def test_a_share_is_rounded_down_once(
    base_minor: int, share_bp: int, cap_minor: int | None, given_minor: int
) -> None:
    assert share_minor(base_minor, share_bp, cap_minor) == given_minor


@given(base=AMOUNTS, share=SHARES, cap=st.none() | AMOUNTS)
def test_a_share_is_never_more_than_was_promised(base: int, share: int, cap: int | None) -> None:
    given_minor = share_minor(base, share, cap)
    assert 0 <= given_minor <= Fraction(base * share, 10_000)
    assert cap is None or given_minor <= cap
    assert extras_of_giving([GivingTerms(share_bp=share)]) == [] or Fraction(given_minor) <= base * sum(
        extra.rate for extra in extras_of_giving([GivingTerms(share_bp=share)])
    )


@given(spend=st.integers(1, 10**9), paid=AMOUNTS, back=AMOUNTS, more=AMOUNTS)
def test_what_is_kept_shrinks_with_every_refund(spend: int, paid: int, back: int, more: int) -> None:
    base = max(0, spend - paid)
    kept = kept_base_minor(base, spend, back)
    assert 0 <= kept <= base
    assert kept_base_minor(base, spend, back + more) <= kept
    assert kept_base_minor(base, spend, 0) == base
    assert kept_base_minor(base, spend, spend) == 0
