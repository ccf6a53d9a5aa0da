"""Every form and list of the back office is given what it cannot take, field by field, by an owner.

The forms are read from the installation: the pages of our own need an entry here, the admin's are spoiled by
the kind of their fields.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from analytics.models import RewindRun
from campaigns.models import Run
from ledger.models import AdjustmentRequest, GiftCard, Merge
from loyalty_site.backoffice.pages import PAGES
from programs.models import Partner, PublishRequest
from tests.backoffice.conftest import keep_books
from tests.backoffice.test_tenancy import TENANTS, address, row_of
from tests.cast import NOW, Cast, Shop
from tests.faults.conftest import everything
from tests.faults.test_wrong_pages import KINDS, LONG, NUL
from tests.ledger.books import Books
from tests.ledger.card_deals import sold_card
from tests.ledger.given import invite
from tests.ledger.holding import hold_and_decide
from tests.loop.possessions import merge_two, rewind

ARABIC = re.compile(r"[\u0600-\u06ff]")
WHOLE = ("x", "NaN", "1e400", "1.5", "9" * 30, "-1", NUL)
PERCENTS = ("", "x", "NaN", "Infinity", "1e400", "-1", "100.01", "1.234", "9" * 30, "½", NUL)
POINTS = ("", "0", "x", "NaN", "Infinity", "1e400", "1.5", "9" * 30, "½", NUL)
FILES = {
    "no table": b"\x00\xff\xfe\x00", "empty": b"", "only a header": b"external_id,phone,occurred_at,amount\n",
    "one long line": b"x" * 1_000_000, "a zip that is none": b"PK\x03\x04" + b"\x00" * 100,
    "quotes that never end": b'external_id,phone,occurred_at,amount\n"' + b"a\n" * 1000,
}  # fmt: skip

Form = dict[str, tuple[str, tuple[str, ...]]]
FORMS: dict[str, tuple[str, Form]] = {
    "member_adjust": ("member", {
        "points": ("5", POINTS), "reason": ("x", KINDS["reason"]), "once": ("a" * 32, ("", "x" * 33, NUL)),
    }),
    "member_detach": ("member", {"reason": ("x", (LONG, NUL))}),
    "member_erase": ("member", {"sure": ("on", ("", "false"))}),
    "controls": ("", {
        "second_person_over": ("5000", WHOLE), "make_good_daily": ("50", WHOLE),
        "payout_over": ("500", ("x", "-1", "NaN", "1e400", "½", NUL)),
        "granted_code": ("1", ("", LONG, NUL)), "granted_name_ar": ("1", ("", LONG, NUL)),
    }),
    "margin": ("", {
        "gross": ("40", PERCENTS), "vat": ("15", PERCENTS), "ceiling": ("10", PERCENTS),
        "by_category": ("", ("coffee", "= 5", "coffee = x", "coffee = 101", f"{LONG} = 5", NUL)),
    }),
    "moyasar": ("", {
        "secret_key": ("sk_test_1", ("", "pk_test_1", LONG, NUL)),
        "webhook_secret": ("12345678", ("", "1234567", LONG, NUL)),
    }),
    "practice": ("", {"name": ("Till", ("", "x" * 51, NUL)), "scope": ("till", ("", "zz", NUL))}),
    "shop": ("source", {
        "secret": ("12345678", ("1234567", LONG, NUL)), "api_token": ("", (LONG, NUL)),
        "shop_id": ("", (LONG, NUL)),
    }),
    "giving": ("", {
        "cause": ("1", ("", "x", "999999", NUL)), "amount": ("1", ("", "x", "NaN", "1e400", "½", NUL)),
        "reference": ("T-1", ("", LONG, NUL)), "once": ("a" * 32, ("", "x" * 33, NUL)),
    }),
    "gift_cards": ("", {
        "member": ("0501234567", ("", "0509999999", "M-NOBODY7", LONG, NUL)),
        "amount": ("10", tuple(wrong for wrong in KINDS["amount"] if wrong != "12,5")),
        "why": ("given", ("", "zz", "reward", NUL)), "order": ("", (LONG, NUL)),
        "last_day": ("", ("x", "2026-02-30", "2020-01-01", NUL)), "once": ("a" * 32, ("", "x" * 33, NUL)),
    }),
    "partners": ("", {
        "name_ar": ("شريك", ("", LONG, NUL)), "name_en": ("Partner", ("", LONG, NUL)),
        "contact": ("", (LONG, NUL)),
    }),
    "pilot": ("", {
        "by": ("percent", ("", "zz", NUL)), "percent": ("10", ("", "0", "51", *WHOLE)),
        "branch": ("", ("999", "x", NUL)),
    }),
    "rewind": ("", {
        "months": ("12", ("", "0", "7", *WHOLE)), "versions": ("1", ("x", "999999", "-1", NUL)),
        "use_percent": ("", WHOLE),
    }),
    "terms_page": ("", {
        "company": ("", (LONG, NUL)), "registration": ("", (LONG, NUL)), "vat_number": ("", (LONG, NUL)),
        "contact_ar": ("", (LONG, NUL)), "more_en": ("", (LONG, NUL)),
    }),
    "import_upload": ("", {"award": ("", ("zz", NUL, LONG))}),
    "balances_upload": ("", {}),
}  # fmt: skip
"""Pages with a form: what they are about, a good value of every field, and what it cannot be."""
SHOWN: dict[str, tuple[str, ...]] = {
    "at_risk": ("page", "q", "days", "order"), "lost": ("page", "q"), "approvals": ("page",), "approval": (),
    "adjustments": ("page",), "adjustment": (), "member_points": ("page", "before"),
    "contests": ("page",), "contest": ("page",), "referrals": ("page",),
    "giving_file": ("format", "month"), "partner": ("month", "page"),
    "partner_file": ("format", "month"), "event_people": ("page",), "event_people_file": ("format",),
    "liability": ("as_of", "day", "month"),
    "liability_file": ("as_of", "kind", "format"), "liability_journal": ("as_of", "kind", "format"),
    "shops": ("page",), "merges": ("page",), "member_merge": ("q", "other"), "seals": ("page",),
    "heads_file": (),
    "publish_requests": ("page",), "publish_request": (),
    "sectors": (), "sector": (), "launch": (), "pilot_review": (),
    "kit": ("language",), "kit_file": ("preview",), "check_in": (), "check_in_file": ("preview",),
    "gift_card_file": (),
    "rewind_run": (), "rewind_members": ("page", "who"), "rewind_file": ("who",),
    "widget": (), "takeout": (), "takeout_file": (), "import_preview": (), "balances_preview": (),
}  # fmt: skip
"""Pages that show, and what they may be asked in their address."""
PRESSED = {
    "adjustment_decide", "approval_decide", "merge_undo", "publish_request_decide", "referral_decide",
    "giving_payout", "shop_replay", "gift_card", "gift_request", "practice_restart",
}  # fmt: skip


@pytest.fixture
def about(stage: Cast, shop: Shop) -> dict[str, int | str]:
    """What the pages are about."""
    keep_books(shop)
    merge_two(shop)
    rewind(shop)
    asked = AdjustmentRequest.objects.create(
        merchant=shop.merchant, member=shop.member, points=5_000, reason="x", source="api", key="a",
        asked_by="key:x", asked_at=NOW, ripe_at=NOW,
    )  # fmt: skip
    terms = PublishRequest.objects.create(
        version=shop.version, digest="x", rate_percent=15, ceiling_percent=10, asked_by="staff:1",
        asked_at=NOW, ripe_at=NOW,
    )  # fmt: skip
    partner = Partner.objects.create(
        merchant=shop.merchant, name_ar="ش", name_en="P", asked_by="staff:1", asked_at=NOW
    )
    return {
        "card": GiftCard.objects.get(code=sold_card(Books(shop.member, NOW)).code).pk,
        "branch": shop.branch.pk, "closing": hold_and_decide(shop, NOW).pk,
        "source": "salla", "news": 1, "partner": partner.pk, "event": invite(shop, NOW).pk,
        "asked": terms.pk, "rewind": RewindRun.objects.get(merchant=shop.merchant).pk, "place": 1,
        "piece": "card-a6", "language": "ar", "kind": "pdf", "code": "cafe",
        "member": shop.member.pk, "request": asked.pk, "merge": Merge.objects.get(merchant=shop.merchant).pk,
        "run": getattr(Run.objects.filter(merchant=shop.merchant).first(), "pk", 1), "pk": 1,
    }  # fmt: skip


@pytest.fixture
def owner(shop: Shop, sign_in: Any) -> Client:
    """Our owner, reading Arabic."""
    client: Client = sign_in(shop.staff["owner"])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "ar"
    shop.staff["owner"].language = "ar"
    shop.staff["owner"].save()
    return client


def page_of(name: str, about: dict[str, int | str]) -> str:
    """The address of one of our own pages."""
    route = next(route for route, _view, known in PAGES if known == name)
    wanted = re.findall(r"<\w+:(\w+?)(?:_id)?>", route)
    return reverse(f"admin:{name}", args=[about[what] for what in wanted])


def test_every_page_of_our_own_has_an_entry() -> None:
    assert {name for _route, _view, name in PAGES} == {*FORMS, *SHOWN, *PRESSED}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_our_own_refuses_what_it_cannot_be(
    owner: Client, about: dict[str, int | str], name: str, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    path, form = page_of(name, about), FORMS[name][1]
    good: dict[str, Any] = {field: value for field, (value, _wrong) in form.items()}
    before, bad = everything(), []
    for field, (_value, wrong) in form.items():
        for value in wrong:
            answer = owner.post(path, good | {field: value})
            bad += [f"{field} = {value!r:.30}: {why}" for why in impolite(answer, field)]
    assert not bad, "\n".join(bad)
    assert everything() == before


@pytest.mark.parametrize("name", ["import_upload", "balances_upload"])
@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_none_is_refused_in_words(
    owner: Client, about: dict[str, int | str], name: str, kind: str, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    before = everything()
    for ending in ("csv", "xlsx", "exe"):
        file = SimpleUploadedFile(f"a.{ending}", FILES[kind])
        page: Any = owner.post(page_of(name, about), {"file": file, "award": ""}, follow=True)
        assert page.status_code == 200
        told = [str(message) for message in page.context["messages"]]
        told += [str(error) for errors in errors_of(page).values() for error in errors]
        told += [issue.why for issue in getattr(page.context.get("preview"), "issues", ())]
        cannot = not page.context.get("can_go_on", False)
        assert cannot, (kind, ending)
        assert told or kind == "only a header", (kind, ending)
        assert all(ARABIC.search(sentence) for sentence in told), told
    assert everything() == before


@pytest.mark.parametrize("name", [*SHOWN, *FORMS])
def test_a_page_asked_for_nonsense_is_a_page_or_not_found(
    owner: Client, about: dict[str, int | str], name: str
) -> None:
    before = everything()
    for field in SHOWN.get(name, ("page",)):
        for value in (
            "",
            "zz",
            "-1",
            "0",
            "9" * 40,
            "2026-02-30",
            "9999-12-31",
            "0001-01",
            "١٢",
            LONG[:3000],
            NUL,
        ):
            answer = owner.get(page_of(name, about), {field: value})
            assert answer.status_code in {200, 302, 400, 404, 422}, (field, value[:40], answer.status_code)
    assert everything() == before


@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
def test_a_list_asked_for_nonsense_is_a_list(
    owner: Client, shop: Shop, about: dict[str, int | str], model: type[Model]
) -> None:
    page = admin.site._registry[model]
    filters = [entry[0] if isinstance(entry, tuple) else entry for entry in page.list_filter]
    names = [str(getattr(entry, "parameter_name", entry)) for entry in filters]
    row_of(model, shop)
    fields = ["q", "p", "o", "all", "e", *names, *(f"{name}__exact" for name in names)]
    for field in fields:
        for value in ("zz", "-1", "9" * 40, "%", NUL, "\u202e", "1.2.-3.x"):
            answer = owner.get(address(model, "changelist"), {field: value})
            assert answer.status_code in {200, 302, 400, 404}, (field, value, answer.status_code)


@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
def test_a_form_of_the_admin_refuses_what_its_fields_cannot_be(
    owner: Client, shop: Shop, about: dict[str, int | str], model: type[Model], settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    row, bad = row_of(model, shop), []
    for path in (address(model, "change", row.pk), address(model, "add")):
        page: Any = owner.get(path)
        if page.status_code != 200 or "adminform" not in page.context:
            continue
        if page.context["original"] is not None and not page.context["has_change_permission"]:
            continue  # it is only shown
        form, good = page.context["adminform"].form, as_posted(page)
        before = everything()
        for name, wrong in spoiled(form):
            for value in wrong:
                answer = owner.post(path, good | {name: value})
                bad += [f"{path} {name} = {value!r:.30}: {why}" for why in impolite(answer, name)]
        if everything() != before:
            bad.append(f"{path}: something refused moved a table")
    assert not bad, "\n".join(bad)


def spoiled(form: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every field that is typed, and what cannot be typed there."""
    for name, field in form.fields.items():
        name_there = form.add_prefix(name)
        if isinstance(field, forms.IntegerField):
            yield name_there, ("x", "NaN", "1e400", "1.5", NUL)
        elif isinstance(field, forms.DateTimeField | forms.SplitDateTimeField):
            yield f"{name_there}_0", ("2026-02-30", "x", NUL)
        elif isinstance(field, forms.DateField):
            yield name_there, ("2026-02-30", "x", NUL)
        elif isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
            yield name_there, ("zz", "9" * 40, NUL)
        elif isinstance(field, forms.CharField) and not isinstance(field, forms.JSONField):
            yield name_there, (NUL, *((LONG,) if field.max_length else ()))


def as_posted(page: Any) -> dict[str, Any]:
    """What a browser sends when nothing is changed."""
    parts = [page.context["adminform"].form]
    for inline in page.context.get("inline_admin_formsets", ()):
        parts += [inline.formset.management_form, *inline.formset.forms]
    sent: dict[str, Any] = {}
    for part in parts:
        for bound in part:
            value = bound.value()
            widget = getattr(bound.field.widget, "widget", bound.field.widget)
            data = widget.get_context(bound.html_name, value, {})["widget"]
            for piece in data.get("subwidgets") or [data]:
                said = piece.get("value")
                if said not in (None, "", [], False) or bound.field.required:
                    sent[piece["name"]] = said if said is not None else ""
    return sent


def errors_of(answer: Any) -> dict[str, Any]:
    """The errors of the page's forms."""
    context = answer.context or {}
    found: dict[str, Any] = {}
    for name in ("adminform", "form", "outside"):
        form = context.get(name)
        found |= getattr(getattr(form, "form", form), "errors", None) or {}
    return found


def impolite(answer: Any, field: str) -> list[str]:
    """What is wrong with a refusal of one field."""
    if answer.status_code != 200:
        return [f"answered {answer.status_code}"]
    errors = errors_of(answer)
    told = errors.get(field) or errors.get(field.removesuffix("_0"))
    if not told:
        return [f"not refused at the field, but {list(errors)}"]
    return [] if all(ARABIC.search(str(error)) for error in told) else [f"not in Arabic: {told}"]
