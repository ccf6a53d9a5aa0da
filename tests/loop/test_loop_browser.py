"""The loop in a browser, in Arabic and in English: a file comes in, a member is won back.

One clock for everybody, at noon in Riyadh. What a worker and beat would do is done by calling their tasks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils.translation import gettext, override

from accounts.models import Member
from accounts.tasks import relay_outbox
from analytics.tasks import refresh_dormancy, refresh_snapshots
from campaigns.tasks import plan_messages, send_messages
from ledger.tasks import run_imports
from tests.cast import NOW, PASSWORD, Shop, open_shop

pytestmark = pytest.mark.browser

PHONE = "0555000111"
EMAIL = "hessa@example.com"
VISITS = 47  # one a week, the first 362 days ago, the last 40 days ago; 25 SAR each
REGULARS = 12
BROKEN = [
    ("X-1", PHONE, "2026-10-01 10:00", "-5"),
    ("X-2", "05", "2026-10-01 10:00", "5"),
    ("X-3", PHONE, "2027-10-01 10:00", "5"),
]
PHONE_SCREEN = {"width": 390, "height": 844}


@dataclass
class Reader:
    """Somebody at a browser who reads one language and insists on it on every page."""

    page: Any
    language: str
    is_mobile: bool = False

    def words(self, msgid: str, **values: str) -> str:
        """Return an English text as this reader sees it; an untranslated one fails."""
        with override(self.language):
            said = gettext(msgid)
        assert self.language == "en" or said != msgid, f"no Arabic for {msgid}"
        return said % values

    def looks(self) -> None:
        """Insist on language and direction and, on a phone, on a page that does not move sideways."""
        root, direction = self.page.locator("html"), "rtl" if self.language == "ar" else "ltr"
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == (self.language, direction)
        if self.is_mobile:
            wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{self.page.url} is {wide} px too wide"

    def goes(self, path: str) -> None:
        """Open an address."""
        assert self.page.goto(path).ok, path
        self.looks()

    def presses(self, msgid: str) -> None:
        """Press the button with this text, and look at the page it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=self.words(msgid), exact=True).click()
        self.looks()

    def ticks(self, selector: str) -> None:
        """Choose what a label stands for, where a finger can reach it."""
        self.page.locator(f"label:has({selector})").click()
        assert self.page.is_checked(selector)

    def follows(self, msgid: str) -> None:
        """Follow the link with this text within the page."""
        with self.page.expect_navigation():
            self.page.locator("main, #content").get_by_role("link", name=self.words(msgid)).first.click()
        self.looks()

    def reads(self, text: str) -> None:
        """Insist that the page says so."""
        self.page.get_by_text(text).first.wait_for()

    def signs_in(self, path: str, email: str) -> None:
        """Come in through the staff's door on the way to a page."""
        self.goes(path)
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.presses("Sign in")
        assert self.page.url.endswith(path), self.page.url


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    """A demo shop, so that codes are shown, at a noon that all processes share."""
    with time_machine.travel(NOW):
        shop = open_shop("oasis", "0501234567")
        shop.merchant.is_demo = True
        shop.merchant.save()
        plan_messages()  # beat's first minute: the shop is given its recipes
        yield shop


def purchases(folder: Path) -> Path:
    """Write a year: one member silent for forty days, regulars who came last week, and three broken rows."""
    rows = [(f"S-{week}", PHONE, NOW - timedelta(days=40 + 7 * week), "25") for week in range(VISITS)]
    for person in range(REGULARS):
        rows += [
            (
                f"R-{person}-{week}",
                f"05660000{person:02}",
                NOW - timedelta(days=2 + 7 * week + person % 5),
                "٦٠",
            )
            for week in range(30)
        ]
    lines = [(order, phone, f"{at:%Y-%m-%d %H:%M}", amount) for order, phone, at, amount in rows]
    path = folder / "purchases.csv"
    text = "\n".join(
        ",".join(line) for line in [("external_id", "phone", "occurred_at", "amount"), *lines, *BROKEN]
    )
    path.write_text(text, encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_file_comes_in_and_a_member_is_won_back(
    shop: Shop, new_page: Any, tmp_path: Path, language: str
) -> None:
    for user in shop.staff.values():
        user.language = language
        user.save()
    manager = Reader(new_page(language), language)
    member = Reader(new_page(language, **PHONE_SCREEN), language, is_mobile=True)
    cashier = Reader(new_page(language, **PHONE_SCREEN), language, is_mobile=True)

    imports_a_year(manager, purchases(tmp_path))
    signs_in_with_the_shown_code(member)
    has(member, "1,175", worth=member.words("points, worth %(value)s", value=money("58.75", language)))
    leaves_an_address_and_agrees(member)
    code = redeems(member)
    has(member, "675", worth=member.words("points, worth %(value)s", value=money("33.75", language)))
    uses(cashier, code)
    sees_it_used(member)
    has(member, "675", worth=member.words("points, worth %(value)s", value=money("33.75", language)))

    night()
    sees_who_is_silent(manager)
    approves(manager)
    send_messages()

    reads_the_message(member, language)
    read_the_letter(language)


def imports_a_year(manager: Reader, file: Path) -> None:
    """Upload, look at what would happen, confirm; then the worker's turn."""
    manager.signs_in("/admin/import/", "manager@oasis.example")
    manager.page.set_input_files("input[type=file]", file)
    manager.page.check("input[name=award][value=yes]")
    manager.presses("Look at it first")
    good = VISITS + REGULARS * 30
    figures = manager.page.locator(".bo-figure dd:first-of-type").all_inner_texts()
    assert [figure.strip() for figure in figures] == [str(good), str(len(BROKEN)), str(1 + REGULARS)]
    refused = manager.page.locator("tbody").first.locator("tr")
    assert [row.split("\t")[:2] for row in refused.all_inner_texts()] == [
        [str(good + 2), "amount"], [str(good + 3), "phone"], [str(good + 4), "occurred_at"],
    ]  # fmt: skip
    manager.reads(manager.words("Nothing has been imported yet."))
    assert not Member.objects.filter(phone="+966555000111").exists()
    manager.presses("Import")
    manager.reads(manager.words("Waiting"))
    run_imports()
    manager.page.reload()
    manager.looks()
    manager.reads(manager.words("Done"))


def night() -> None:
    """What the background does: news is delivered, members are scored, figures counted, messages planned."""
    relay_outbox()
    assert refresh_dormancy() == refresh_snapshots() == 1
    plan_messages()
    send_messages()


def signs_in_with_the_shown_code(member: Reader) -> None:
    """The phone of the file opens the card; the demo shows the code.

    The file did not say what the member reads: the shop's first language, until they choose.
    """
    member.goes("/m/oasis/")
    member.page.fill("input[name=destination]", "٠٥٥٥٠٠٠١١١")
    member.presses("Send me a code")
    shown = member.page.locator(".code-shown").inner_text()
    with member.page.expect_navigation():
        member.page.fill("input[name=code]", shown)  # six digits are a whole code: it goes by itself
    assert member.page.url.endswith("/m/oasis/")
    if member.language == "en":
        with member.page.expect_navigation():
            member.page.get_by_role("button", name="English").click()
    member.looks()


def has(member: Reader, balance: str, *, worth: str) -> None:
    """A look at the card, in a tab beside: how many points, and what they are worth."""
    beside = Reader(member.page.context.new_page(), member.language, is_mobile=True)
    beside.goes("/m/oasis/")
    card = beside.page.locator(".card")
    assert card.locator(".balance").inner_text() == balance
    assert worth in card.inner_text()
    beside.page.close()


def leaves_an_address_and_agrees(member: Reader) -> None:
    """An e-mail address, proved by a code, and a yes to offers by e-mail."""
    member.goes("/m/oasis/profile/")
    member.page.fill("#email input[name=email]", EMAIL)
    with member.page.expect_navigation():
        member.page.locator("#email button").click()
    shown = member.page.locator(".code-shown").inner_text()
    with member.page.expect_navigation():
        member.page.fill("input[name=code]", shown)
    member.looks()
    member.ticks("input[name=consent_email_marketing]")
    with member.page.expect_navigation():
        member.page.locator("#messages button").click()
    member.reads(member.words("Saved."))
    mail.outbox.clear()


def redeems(member: Reader) -> str:
    """Turn 500 points into a code; it is shown to be read and to be scanned."""
    member.goes("/m/oasis/rewards/")
    member.page.locator("a[href$='/rewards/points/']").click()
    member.ticks("input[name=points][value='500']")
    member.presses("Give me the code")
    assert member.page.locator(".ticket svg.qr").is_visible()
    return str(member.page.locator(".ticket-code").inner_text())


def uses(cashier: Reader, code: str) -> None:
    """The cashier types what the member reads aloud, gaps and all."""
    cashier.signs_in("/till/", "cashier@oasis.example")
    cashier.page.fill("input[name=q]", code.lower())
    cashier.presses("Find")
    assert cashier.page.locator(".ticket-code").inner_text() == code
    cashier.presses("Use it without a sale")
    cashier.reads(cashier.words("Done: the code is used."))
    assert cashier.page.get_by_role("button", name=cashier.words("Use it without a sale")).count() == 0


def sees_it_used(member: Reader) -> None:
    """The page that showed the code says by itself that it is used."""
    member.page.locator(".ticket .over").wait_for()
    member.reads(member.words("Used. Enjoy!"))
    member.looks()


def sees_who_is_silent(manager: Reader) -> None:
    """The dashboard and the list name the silent member, with reasons; the regulars are not there."""
    manager.goes("/admin/")
    assert manager.page.locator(".bo-figure").count() == 6
    assert manager.page.locator(".bo-people").first.locator("li").count() == 1
    manager.goes("/admin/at-risk/")
    [row] = manager.page.locator("tbody tr").all()
    assert "+966 55 500 0111" in row.inner_text()
    reasons = row.locator(".bo-list li").all_inner_texts()
    assert len(reasons) == 3
    latin = [bool(re.search(r"[A-Za-z]{2,}", reason)) for reason in reasons]
    assert set(latin) == {manager.language == "en"}, reasons


def approves(manager: Reader) -> None:
    """Nothing has left; the manager reads both texts and says yes."""
    assert not mail.outbox
    manager.follows("Look at it")
    assert manager.page.locator(".bo-letter").count() == 2
    manager.presses("Approve and send")
    manager.reads(manager.words("Approved: the messages are on their way."))


def reads_the_message(member: Reader, language: str) -> None:
    """The one message is in the inbox, in the member's language, with today's points."""
    member.goes("/m/oasis/inbox/")
    letter = member.page.locator(".letter")
    assert letter.count() == 1
    assert (
        letter.locator("h2").inner_text()
        == {"ar": "اشتقنا لك في متجر oasis", "en": "We miss you at Oasis shop"}[language]
    )
    assert letter.locator("h2").get_attribute("lang") == language
    assert "675" in letter.inner_text()


def read_the_letter(language: str) -> None:
    """The same words went out by e-mail, once, with a way to say no."""
    [letter] = mail.outbox
    assert isinstance(letter, mail.EmailMultiAlternatives)
    assert letter.to == [EMAIL]
    assert letter.subject == {"ar": "اشتقنا لك في متجر oasis", "en": "We miss you at Oasis shop"}[language]
    assert "List-Unsubscribe" in letter.extra_headers
    [(html, _kind)] = letter.alternatives
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in str(html)


def money(amount: str, language: str) -> str:
    """Write an amount as the portal does."""
    return f"{amount} {'ر.س' if language == 'ar' else 'SAR'}"
