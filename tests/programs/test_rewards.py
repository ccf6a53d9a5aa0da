"""Rewards of a draft: what nobody could have or what pays for itself is refused; pictures; what they cost."""

import io
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from PIL import Image

from accounts.models import Merchant
from programs.models import EarnRule, ProgrammeVersion, Reward
from programs.pictures import LARGEST, cleaned
from programs.publishing import create_blueprint, validate
from programs.reward_costs import cost_minor, cost_per_point

pytestmark = pytest.mark.django_db
TODAY = date(2026, 7, 1)


@pytest.fixture
def draft() -> ProgrammeVersion:
    """A blueprint's draft of a café."""
    merchant = Merchant.objects.create(slug="oasis", name_ar="واحة", name_en="Oasis", sector="restaurant")
    return create_blueprint(merchant=merchant)


CARD = {"kind": "gift_card", "value_minor": 50_00, "points": 1200}
UPGRADE = {"kind": "upgrade", "feature": "premium", "lasts_days": 30}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "gift_card"}, "value_minor"),
        ({"value_minor": 100}, "value_minor"),
        (CARD | {"value_minor": 2_000_000_000, "points": 2_000_000_000}, "value_minor"),
        (CARD | {"currency": "KWD"}, "currency"),
        (CARD | {"points": 100}, "points"),
        (UPGRADE | {"feature": ""}, "feature"),
        (UPGRADE | {"lasts_days": None}, "lasts_days"),
        (UPGRADE | {"lasts_days": 367}, "lasts_days"),
        ({"feature": "premium"}, "feature"),
        ({"lasts_days": 3}, "lasts_days"),
        ({"stock": 0}, "stock"),
        ({"member_limit": 0}, "member_limit"),
        ({"ends_on": date(2026, 6, 30)}, "ends_on"),
        ({"starts_on": date(2026, 8, 2), "ends_on": date(2026, 8, 1)}, "ends_on"),
        ({"from_time": "09:00", "to_time": "09:00"}, "to_time"),
        ({"early_days": 3, "starts_on": date(2026, 8, 1)}, "early_tiers"),
        ({"early_tiers": ["gold"], "starts_on": date(2026, 8, 1)}, "early_days"),
        ({"early_days": 3, "early_tiers": ["gold"]}, "starts_on"),
        ({"early_days": 3, "early_tiers": ["gold"], "starts_on": TODAY}, "early_days"),
        ({"early_days": 3, "early_tiers": ["no"], "starts_on": date(2026, 8, 1)}, "early_tiers"),
        ({"early_days": 3, "early_plans": ["no"], "starts_on": date(2026, 8, 1)}, "early_plans"),
        (
            {"early_days": 3, "early_tiers": ["gold"], "tiers": ["silver"], "starts_on": date(2026, 8, 1)},
            "early_tiers",
        ),
        ({"picture": "rewards/x.webp", "picture_alt_ar": "كوب"}, "picture_alt_en"),
        ({"tiers": ["no"]}, "tiers"),
    ],
)
def test_nonsense_is_refused_by_its_field(draft: ProgrammeVersion, said: dict[str, Any], field: str) -> None:
    assert validate(draft, effective_on=TODAY) == []
    Reward.objects.filter(version=draft, code="coffee").update(**said)
    assert [problem.field for problem in validate(draft, effective_on=TODAY)] == [f"reward.coffee.{field}"]


@pytest.mark.parametrize("said", [CARD, UPGRADE, {"points": 0}, {"kind": "money_off", "value_minor": 5}])
def test_what_can_be_is_taken(draft: ProgrammeVersion, said: dict[str, Any]) -> None:
    Reward.objects.filter(version=draft, code="coffee").update(**said)
    assert validate(draft, effective_on=TODAY) == []


def test_a_gift_card_that_buys_itself_is_refused_in_words(draft: ProgrammeVersion) -> None:
    Reward.objects.filter(version=draft, code="coffee").update(**CARD | {"points": 100, "value_minor": 50_00})
    with override("en"):
        (problem,) = validate(draft)
    assert (
        problem.message == "Spending this gift card earns 100 points: it would buy itself again, without end."
    )


def test_a_voucher_that_its_own_product_earns_again_is_refused(draft: ProgrammeVersion) -> None:
    Reward.objects.filter(version=draft, code="coffee").update(sku="C-1")
    rule = EarnRule.objects.create(
        version=draft, code="again", name_ar="مجددًا", name_en="Again", kind="voucher", target="coffee",
        points=0, products=["C-1"],
    )  # fmt: skip
    assert "reward.coffee.sku" in [problem.field for problem in validate(draft)]
    rule.products = ["C-2"]
    rule.save()
    assert "reward.coffee.sku" not in [problem.field for problem in validate(draft)]


def test_money_costs_its_face_at_worst_and_gifts_have_no_price(draft: ProgrammeVersion) -> None:
    card = Reward(**CARD)
    assert (cost_minor(card), cost_per_point(card)) == (50_00, Fraction(50_00, 1200))
    card.cost_minor = 40_00
    assert cost_minor(card) == 40_00
    assert cost_per_point(Reward(points=0, cost_minor=100)) is None
    assert cost_minor(Reward(points=100)) is None


def upload(kind: str = "JPEG", size: tuple[int, int] = (2400, 1200), **more: Any) -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **more)
    return SimpleUploadedFile("coffee.svg", written.getvalue(), "image/svg+xml")


def test_a_picture_is_told_by_its_content_and_written_anew() -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera that knows where it was"
    kept = cleaned(upload(exif=exif))
    picture = Image.open(kept)
    assert (picture.format, picture.size) == ("WEBP", (1200, 600))
    assert not picture.getexif()
    assert b"camera" not in kept.open().read()
    assert str(kept.name).endswith(".webp")
    assert len(str(kept.name)) > 20
    assert picture.size <= LARGEST


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"",
        b"\x89PNG\r\n\x1a\nnot",
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        cleaned(SimpleUploadedFile("x.png", content, "image/png"))
    assert refused.value.code == "picture_unreadable"


def test_a_picture_of_another_kind_or_too_large_is_refused() -> None:
    with pytest.raises(ValidationError):
        cleaned(upload("GIF"))
    with pytest.raises(ValidationError) as refused:
        cleaned(SimpleUploadedFile("x.png", b"x" * 5_000_001))
    assert refused.value.code == "picture_too_large"
