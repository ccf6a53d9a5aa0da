"""Contests in the back office: typed, refused in words; a badge gets its picture."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from programs.models import Badge, Contest, ContestPrize, ProgrammeVersion
from tests.backoffice.test_goals import draft, save

__all__ = ["draft"]

pytestmark = pytest.mark.django_db

CONTEST = {
    "contests-TOTAL_FORMS": "1", "contests-0-code": "cup", "contests-0-name_ar": "كأس الشتاء",
    "contests-0-name_en": "Winter cup", "contests-0-counts": "spend", "contests-0-amount": "٥٠",
    "contests-0-starts_on": "2027-01-01", "contests-0-ends_on": "2027-01-31", "contests-0-checked_days": "14",
    "contests-0-min_amount_minor": "0", "contests-0-is_active": "on", "contests-0-by_joining": "on",
}  # fmt: skip
PRIZE = {
    "contest_prizes-TOTAL_FORMS": "1", "contest_prizes-0-contest": "cup", "contest_prizes-0-first_place": "1",
    "contest_prizes-0-last_place": "3", "contest_prizes-0-points": "200", "contest_prizes-0-badge": "fan",
    "contest_prizes-0-reward": "free-coffee",
}  # fmt: skip


def errors(page: Any, prefix: str) -> str:
    """What one of the parts is told."""
    formsets = (one.formset for one in page.context["inline_admin_formsets"])
    return str(next(one for one in formsets if one.prefix == prefix).errors)


def test_a_contest_and_its_prizes_are_typed_and_read_back(owner: Client, draft: ProgrammeVersion) -> None:
    assert save(owner, draft, CONTEST).status_code == 302
    assert save(owner, draft, PRIZE).status_code == 302
    assert save(owner, draft).status_code == 302
    contest, prize = Contest.objects.get(version=draft), ContestPrize.objects.get(version=draft)
    assert (contest.minimum, contest.by_joining, contest.checked_days) == (50_00, True, 14)
    assert (prize.contest, prize.last_place, prize.points, prize.badge) == ("cup", 3, 200, "fan")


@pytest.mark.parametrize(
    ("typed", "prefix", "words"),
    [
        ({"contests-0-checked_days": "91"}, "contests", "less than or equal to 90"),
        (
            {"contest_prizes-0-contest": "yacht"},
            "contest_prizes",
            "yacht is not one of the available",
        ),
        ({"contest_prizes-0-last_place": "0"}, "contest_prizes", "greater than or equal to 1"),
        (
            {"contest_prizes-0-first_place": "4"},
            "contest_prizes",
            "The last place is below the first one.",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    owner: Client, draft: ProgrammeVersion, typed: dict[str, str], prefix: str, words: str
) -> None:
    assert save(owner, draft, CONTEST).status_code == 302
    assert words in errors(save(owner, draft, PRIZE, typed), prefix)
    assert not ContestPrize.objects.exists()


def test_a_badge_gets_a_picture_written_anew(owner: Client, draft: ProgrammeVersion) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(drawn, "PNG")
    upload = SimpleUploadedFile("mine.png", drawn.getvalue(), "image/png")
    assert save(owner, draft, {"badges-0-picture": upload}).status_code == 302
    badge = Badge.objects.get(version=draft, code="fan")
    assert str(badge.picture.name).endswith(".webp")
    page = owner.get(badge.picture.url)
    assert (page.status_code, page["Content-Type"]) == (200, "image/webp")
    refused = save(
        owner, draft, {"badges-0-picture": SimpleUploadedFile("a.svg", b"<svg/>", "image/svg+xml")}
    )
    assert "image" in errors(refused, "badges")
