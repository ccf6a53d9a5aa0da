"""Webhooks in the back office: a secret is shown once, what failed is seen on every page, and sent again."""

from typing import Any

from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import outbox
from accounts.access import system_actor
from campaigns.models import WebhookDelivery, WebhookEndpoint
from campaigns.webhooks import keeping
from campaigns.webhooks.models import OffWhy
from campaigns.webhooks.switching import switch_off
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Shop

LIST, ADD = "admin:campaigns_webhookendpoint_changelist", "admin:campaigns_webhookendpoint_add"


def page(name: str, pk: int, model: str = "webhookendpoint") -> str:
    return reverse(f"admin:campaigns_{model}_{name}", args=[pk])


def named(shop: Shop) -> WebhookEndpoint:
    actor = system_actor(shop.merchant)
    return keeping.create(actor=actor, url="https://9.9.9.9/a", topics=["points.earned"], now=NOW)


def test_an_owner_names_an_address_and_sees_its_secret_once(shop: Shop, owner: Client) -> None:
    said = {"merchant": shop.merchant.pk, "url": "https://9.9.9.9/walaa", "topics": ["tier.changed"]}
    shown = owner.post(reverse(ADD), said, follow=True).content.decode()
    made = WebhookEndpoint.objects.get()
    assert made.created_by.startswith("staff:")
    assert "<code>whsec_" in shown
    assert "whsec_" not in owner.get(page("change", made.pk)).content.decode()
    changed = said | {"topics": ["tier.changed", "member.joined"], "is_active": "on"}
    owner.post(page("change", made.pk), changed)
    made.refresh_from_db()
    assert made.topics == ["tier.changed", "member.joined"]
    owner.post(page("change", made.pk), said)
    made.refresh_from_db()
    assert (made.is_active, made.switched_off_why) == (False, OffWhy.BY_HAND)


def test_a_private_address_is_refused_at_its_field(shop: Shop, owner: Client) -> None:
    for url in ("http://shop.example/a", "https://192.168.1.1/a", "https://localhost/a"):
        said = {"merchant": shop.merchant.pk, "url": url, "topics": ["tier.changed"]}
        answer: Any = owner.post(reverse(ADD), said)
        assert list(answer.context["adminform"].form.errors) == ["url"]
    assert not WebhookEndpoint.objects.exists()


def test_a_test_a_new_secret_and_a_message_sent_again_are_asked_for_twice(shop: Shop, owner: Client) -> None:
    """A GET changes nothing; a POST does."""
    made = named(shop)
    for name in ("send_test", "rotate_secret"):
        assert owner.get(page(name, made.pk)).status_code == 200
    before = WebhookEndpoint.objects.get()
    assert not WebhookDelivery.objects.exists()
    owner.post(page("send_test", made.pk))
    row = WebhookDelivery.objects.get()
    assert "<code>whsec_" in owner.post(page("rotate_secret", made.pk), follow=True).content.decode()
    assert WebhookEndpoint.objects.get().old_secret == before.secret
    WebhookDelivery.objects.update(state="failed", why="refused")
    assert (
        "It answered with an error" in owner.get(page("change", row.pk, "webhookdelivery")).content.decode()
    )
    assert owner.get(page("send_again", row.pk, "webhookdelivery")).status_code == 200
    assert WebhookDelivery.objects.get().state == "failed"
    owner.post(page("send_again", row.pk, "webhookdelivery"))
    assert WebhookDelivery.objects.get().state == "waiting"


def test_what_was_switched_off_is_seen_on_every_page_until_it_is_on(
    shop: Shop, owner: Client, sign_in: SignIn
) -> None:
    made, words = named(shop), "whatever listens there hears nothing"
    switch_off(made, OffWhy.FAILING, NOW)
    assert words in owner.get("/admin/").content.decode()
    assert words in sign_in(shop.staff["manager"]).get("/admin/").content.decode()
    assert words not in sign_in(shop.staff["analyst"]).get("/admin/").content.decode()
    keeping.change(actor=system_actor(shop.merchant), code=made.code, is_active=True, now=NOW)
    assert words not in owner.get("/admin/").content.decode()
    outbox.relay(now=NOW)
    assert mail.outbox == []  # it is on again: the letter would not be true


def test_a_manager_sees_and_does_not_change(shop: Shop, sign_in: SignIn) -> None:
    made, manager = named(shop), sign_in(shop.staff["manager"])
    assert manager.get(reverse(LIST)).status_code == 200
    assert manager.post(reverse(ADD), {}).status_code == 403
    for name in ("send_test", "rotate_secret"):
        assert manager.post(page(name, made.pk)).status_code == 403
    assert not WebhookDelivery.objects.exists()


def test_no_ones_webhook_is_a_rivals(shop: Shop, rival: Shop, owner: Client) -> None:
    theirs = named(rival)
    row = keeping.send_test(actor=system_actor(rival.merchant), code=theirs.code, now=NOW)
    for path in (
        page("send_test", theirs.pk), page("rotate_secret", theirs.pk),
        page("send_again", row.pk, "webhookdelivery"),
    ):  # fmt: skip
        assert owner.post(path).status_code == 404
    assert WebhookDelivery.objects.count() == 1
