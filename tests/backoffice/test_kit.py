"""The launch kit: what it says is what the terms promise, and its code leads to the members' door."""

import io
import re
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image, ImageChops

from accounts.models import Merchant
from loyalty_site.backoffice.kit import pieces
from loyalty_site.backoffice.kit.paper import MOST_PIXELS, opened
from loyalty_site.backoffice.kit.words import Words, words_of
from programs.lifecycle import pause
from programs.models import EarnCap, Hold, Programme, Reward
from programs.publishing import create_blueprint, publish
from tests.backoffice.conftest import SignIn
from tests.cast import FOUNDED, NOW, Cast, Shop, generous, open_shop

KIT = "/admin/kit/"
MILLIMETRE = 72 / 25.4
PRINTED = ["poster-a4", "poster-a3", "card-a6", "card-a5"]


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.SITE_URL = "https://walaa.example"


def get(client: Client, name: str) -> Any:
    return client.get(f"{KIT}{name}")


def text_of(pdf: bytes) -> str:
    """What is written on the page, as a reader of the PDF finds it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return str(document[0].get_textpage().get_text_range())
    finally:
        document.close()


def said(words: Words) -> str:
    """Everything the kit says."""
    told = [promise for pair in words.promises for promise in pair]
    texts = (words.headline, *told, words.fine_print, *words.posts, words.subject, words.announcement)
    return "\n".join([*texts, words.snippet])


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("piece", PRINTED)
def test_a_phone_reads_the_door_off_every_printed_piece(owner: Client, piece: str, language: str) -> None:
    answer = get(owner, f"{piece}.{language}.png")
    picture = Image.open(io.BytesIO(answer.content))
    found = [(code.text, str(code.format)) for code in zxingcpp.read_barcodes(picture)]
    assert found == [("https://walaa.example/m/oasis/", "QR Code")]
    assert Client().get("/m/oasis/", follow=True).status_code == 200


@pytest.mark.parametrize("piece", pieces.PIECES.values(), ids=lambda piece: piece.name)
def test_the_picture_is_the_pdf_at_its_size(owner: Client, piece: pieces.Piece) -> None:
    pdf, png = (get(owner, f"{piece.name}.en.{kind}") for kind in ("pdf", "png"))
    assert (pdf["Content-Type"], png["Content-Type"]) == ("application/pdf", "image/png")
    assert pdf["Content-Disposition"] == f'attachment; filename="oasis-{piece.name}-en.pdf"'
    document = pypdfium2.PdfDocument(pdf.content)
    size = document[0].get_size()
    drawn = document[0].render(scale=piece.pixels / size[0]).to_pil().convert("RGB")
    assert len(document) == 1
    document.close()
    assert size == pytest.approx((piece.width * MILLIMETRE, piece.height * MILLIMETRE), abs=0.1)
    assert ImageChops.difference(drawn, Image.open(io.BytesIO(png.content))).getbbox() is None


def test_the_poster_says_what_is_promised_in_both_languages(owner: Client) -> None:
    english = text_of(get(owner, "poster-a4.en.pdf").content)
    for promise in ("1 point per 1 SAR", "500 points", "= 25 SAR", "150 points", "Free gift wrapping"):
        assert promise in " ".join(english.split())
    arabic = text_of(get(owner, "poster-a4.ar.pdf").content)
    assert "25" in arabic
    assert "متجر" in arabic or "رجتم" in arabic  # readers disagree about the order of what they find
    assert "\ufffd" not in arabic


def test_other_terms_make_another_kit(shop: Shop, owner: Client) -> None:
    before = get(owner, "card-a6.en.pdf").content
    merchant = shop.merchant
    merchant.name_en, merchant.colour = "Oasis Two", "#7c2d12"
    merchant.save()
    after = get(owner, "card-a6.en.pdf").content
    assert "Oasis Two" not in text_of(before)
    assert "Oasis Two" in text_of(after)


def test_nothing_is_said_that_the_terms_do_not_promise(stage: Cast) -> None:
    """Without rewards none is spoken of; caps, waiting and the life of points stand in the fine print."""
    merchant = Merchant.objects.create(slug="few", name_ar="القليل", name_en="Few")
    generous(merchant)
    version = create_blueprint(merchant=merchant)
    Reward.objects.filter(version=version).update(tiers=["gold"])
    EarnCap.objects.create(version=version, points=300)
    for name, value in {
        "block_points": 70, "block_value_minor": 350, "hold": Hold.DAYS, "hold_days": 3, "expiry_months": 5,
    }.items():  # fmt: skip
        setattr(version, name, value)
    version.save()
    publish(version=version, actor="t", effective_from=FOUNDED, now=FOUNDED)
    english, arabic = (words_of(version, language) for language in ("en", "ar"))
    assert "70 points = 3.50 SAR" in said(english)
    assert "reward" not in said(english).lower()
    assert "مكافأ" not in said(arabic)
    for limit in ("at most 300 points", "3 days after the purchase", "Points live 5 months", "version 1"):
        assert limit in english.fine_print
    for limit in ("300", "بعد 3 أيام من الشراء", "5 أشهر"):
        assert limit in arabic.fine_print


@pytest.mark.parametrize(
    ("rule", "every"),
    [
        ({}, True),
        ({"days_of_week": [0]}, False),
        ({"min_amount_minor": 5_000}, False),
        ({"kind": "step", "points": 5, "per_minor": 250}, False),
    ],
    ids=["always", "mondays", "from 50 SAR", "steps"],
)
def test_every_purchase_is_said_only_where_every_purchase_earns(
    stage: Cast, rule: dict[str, Any], every: bool
) -> None:
    merchant = Merchant.objects.create(slug="few", name_ar="القليل", name_en="Few")
    version = create_blueprint(merchant=merchant)
    version.rules.filter(code="base").update(**rule)
    english, arabic = (words_of(version, language) for language in ("en", "ar"))
    assert ("Every purchase" in said(english)) is every
    assert ("كل عملية شراء" in said(arabic)) is every


def test_the_pilot_is_no_time_to_hang_posters(stage: Cast, sign_in: SignIn) -> None:
    shop = open_shop("dunes", "0501112233", live=False)
    client = sign_in(shop.staff["owner"])
    publish(version=shop.version, actor="t", effective_from=NOW, now=NOW, pilot=True)
    assert "hang and post nothing" in client.get(KIT).content.decode()
    Programme.objects.filter(merchant=shop.merchant).update(state="live")
    assert "hang and post nothing" not in client.get(KIT).content.decode()


def test_both_languages_promise_the_same_numbers(shop: Shop) -> None:
    english, arabic = (words_of(shop.version, language) for language in ("en", "ar"))
    assert english.join == arabic.join == "https://walaa.example/m/oasis/"
    assert "قهوة" not in said(english)
    numbers = [re.findall(r"\d+", " ".join(p for _about, p in words.promises)) for words in (english, arabic)]
    assert {"500", "25"} <= set(numbers[1]) <= set(numbers[0])


@pytest.mark.parametrize("address", ["", "poster-a4.ar.png", "card-a6.en.pdf"])
def test_nobody_is_invited_to_what_has_stopped(shop: Shop, owner: Client, address: str) -> None:
    assert get(owner, address).status_code == 200
    pause(programme=Programme.objects.get(merchant=shop.merchant), now=NOW)
    answer = get(owner, address)
    if address:
        assert answer.status_code == 404
    else:
        assert "publish your programme first" in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["poster-a9.ar.pdf", "poster-a4.fr.pdf", "poster-a4.ar.svg", "..ar.pdf", "poster-a4.ar"]
)
def test_what_is_not_offered_is_not_there(owner: Client, name: str) -> None:
    assert get(owner, name).status_code == 404


def test_a_language_the_merchant_does_not_speak_is_not_offered(shop: Shop, owner: Client) -> None:
    shop.merchant.languages = ["ar"]
    shop.merchant.save()
    assert get(owner, "poster-a4.en.pdf").status_code == 404
    assert get(owner, "?language=en").context["language"] == "ar"


def test_who_may_have_the_kit(shop: Shop, rival: Shop, sign_in: SignIn) -> None:
    """Each sees their own merchant's; a cashier and a stranger none."""
    for role, status in {"manager": 200, "analyst": 200}.items():
        assert get(sign_in(shop.staff[role]), "card-a6.en.pdf").status_code == status
    assert get(sign_in(shop.staff["cashier"]), "card-a6.en.pdf").status_code in (302, 403)
    assert get(Client(), "card-a6.en.pdf").status_code == 302
    theirs = get(sign_in(rival.staff["owner"]), "card-a6.en.pdf")
    assert "Mirage shop" in text_of(theirs.content)
    assert "mirage-card-a6-en.pdf" in theirs["Content-Disposition"]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_page_offers_every_file_and_texts_without_a_script(
    shop: Shop, sign_in: SignIn, language: str
) -> None:
    shop.merchant.name_en = shop.merchant.name_ar = "<b>Oasis</b> & Co"
    shop.merchant.save()
    client = sign_in(shop.staff["owner"], language)
    html = client.get(KIT).content.decode()
    for piece in pieces.PIECES:
        assert f"{KIT}{piece}.{language}.pdf" in html
    snippet = client.get(KIT).context["words"].snippet
    assert "<script" not in snippet
    assert "<b>" not in snippet
    assert "onclick" not in html
    assert snippet.startswith('<a href="https://walaa.example/m/oasis/"')
    assert shop.member.given_name not in html


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"], ids=["empty", "text", "broken"]
)
def test_a_logo_that_cannot_be_read_is_left_out(shop: Shop, owner: Client, content: bytes) -> None:
    shop.merchant.logo.save("logo.png", ContentFile(content))
    assert get(owner, "poster-a4.en.pdf").status_code == 200
    assert opened(content) is None


def test_a_logo_stands_on_the_poster(shop: Shop, owner: Client) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "#ff0000").save(out, "PNG")
    without = get(owner, "poster-a4.en.png").content
    shop.merchant.logo.save("logo.png", ContentFile(out.getvalue()))
    with_logo = Image.open(io.BytesIO(get(owner, "poster-a4.en.png").content))
    assert with_logo.getpixel((with_logo.width // 2, with_logo.height // 12)) == (255, 0, 0)
    assert Image.open(io.BytesIO(without)).getpixel((827, 195)) != (255, 0, 0)


def test_an_absurdly_large_logo_is_not_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (6_000, MOST_PIXELS // 6_000 + 1)).save(out, "PNG")
    assert opened(out.getvalue()) is None


def test_a_drawing_is_kept_for_a_day_unless_something_changes(owner: Client, shop: Shop, clock: Any) -> None:
    """A PDF names the moment it was drawn in, so one drawn again is another file."""
    first = get(owner, "banner.en.pdf").content
    clock.move_to(NOW + timedelta(hours=23))
    assert get(owner, "banner.en.pdf").content == first
    shop.merchant.colour = "#123456"
    shop.merchant.save()
    second = get(owner, "banner.en.pdf").content
    assert second != first
    clock.move_to(NOW + timedelta(hours=48))
    assert get(owner, "banner.en.pdf").content != second


@pytest.mark.parametrize(
    ("name", "colour"),
    [("محمصة " + "الواحة الكبيرة " * 6, "#ffffff"), ("Oasis " * 18, "#000000"), ("W" * 118, "#fde047")],
    ids=["arabic", "latin", "one word"],
)
def test_long_names_and_any_colour_still_fit(shop: Shop, owner: Client, name: str, colour: str) -> None:
    shop.merchant.name_ar = shop.merchant.name_en = name[:120].strip()
    shop.merchant.colour = colour
    shop.merchant.save()
    for piece in ("card-a6", "banner"):
        picture = Image.open(io.BytesIO(get(owner, f"{piece}.ar.png?preview").content)).convert("RGB")
        edge = {picture.getpixel((0, y)) for y in range(picture.height)}
        assert len(edge) <= 3  # nothing is cut off at the side: only the ground and the paper are there
