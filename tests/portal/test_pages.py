"""What every page of the room keeps: the policy, the language, no trace in caches, one moderate sheet."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.html import escape

from ledger.models import Movement, Redemption
from tests.portal.conftest import Buy, Visitor, token_of, words


@pytest.fixture
def pages(visitor: Visitor, buy: Buy) -> list[tuple[str, str]]:
    buy(1240_00)
    found = []
    visitor.ask("0501234567")
    found += [(path, visitor.get(path)) for path in ("sign-in/", "code/", "terms/")]
    visitor.enter("0551112223")
    found.append(("join/", visitor.get("join/")))
    visitor.enter()
    reward = f"rewards/{visitor.shop.version.rewards.all()[0].code}/"
    inside = ("", "rewards/", "rewards/points/", reward, "history/", "inbox/", "profile/", "friends/")
    found += [(path, visitor.get(path)) for path in inside]
    visitor.post("rewards/points/", token=token_of(visitor.get("rewards/points/")), points="500")
    code, rows = Redemption.objects.get().pk, Movement.objects.values_list("pk", flat=True)
    found += [(path, visitor.get(path)) for path in (f"codes/{code}/", *(f"history/{pk}/" for pk in rows))]
    assert [path for path, answer in found if answer.status_code != 200] == []
    for path, answer in found:
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy, path
        assert "default-src 'self'" in policy
        assert "no-store" in answer.headers["cache-control"], path
    return [(path, answer.content.decode()) for path, answer in found]


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(pages: list[tuple[str, str]]) -> None:
    for path, page in pages:
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page), path
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page), path


def test_every_field_has_a_label_and_every_page_one_heading(pages: list[tuple[str, str]]) -> None:
    for path, page in pages:
        assert len(re.findall(r"<h1[ >]", page)) == 1, path
        labels = set(re.findall(r'<label[^>]*\sfor="(\w+)"', page))
        fields = set(re.findall(r'<input(?![^>]*type="(?:hidden|radio|checkbox)")[^>]*\sid="(\w+)"', page))
        assert fields <= labels, path


def test_arabic_pages_say_nothing_in_english(visitor: Visitor, buy: Buy) -> None:
    """Latin letters remain in codes, addresses, the merchant's own words and the language's name alone."""
    buy(1240_00)
    visitor.enter()
    reward = f"rewards/{visitor.shop.version.rewards.all()[0].code}/"
    row = f"history/{Movement.objects.get().pk}/"
    allowed = r"English|QR|CSV|JSON|M-\w+|order-\d+|متجر oasis|noura@oasis\.example|http\S+|oasis"
    for path in (
        "",
        "rewards/",
        "rewards/points/",
        reward,
        "history/",
        row,
        "inbox/",
        "profile/",
        "terms/",
    ):
        page = visitor.get(path)
        assert 'lang="ar" dir="rtl"' in page.content.decode()
        assert re.findall(r"[A-Za-z]{2,}", re.sub(allowed, "", words(page))) == [], path


def test_names_are_shown_as_text_whatever_they_are(member: Visitor) -> None:
    name = "<img src=x onerror=alert(1)>"
    member.post("profile/", given_name=name, birthday="")
    for path in ("", "profile/"):
        page = member.get(path).content.decode()
        assert name not in page
        assert escape(name) in page


def test_the_sheet_and_the_script_stay_small() -> None:
    folder = Path(settings.BASE_DIR) / "static/portal"
    assert (folder / "portal.css").stat().st_size <= 22_000
    assert (folder / "portal.js").stat().st_size <= 4_000


def test_the_sheet_knows_no_left_and_no_right() -> None:
    sheet = (Path(settings.BASE_DIR) / "static/portal/portal.css").read_text()
    assert not re.search(
        r"(margin|padding|border)-(left|right)|[{;]\s*(left|right|width|height)\s*:|text-align:\s*(left|right)|float:",
        sheet,
    )


def test_what_is_not_here_is_said_politely_in_both_languages(visitor: Visitor) -> None:
    for language, word in (("en", "Back to the start"), ("ar", "[\u0600-\u06ff]{3}")):
        answer = visitor.client.get("/m/nobody/", headers={"accept-language": language})
        assert answer.status_code == 404
        assert re.search(word, words(answer))  # type: ignore[arg-type]
