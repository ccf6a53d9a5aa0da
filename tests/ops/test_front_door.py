"""What holds for every room: policies, probes, staff sign-in."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import Settings

from tests.ops.probing import probe

SIGN_IN = "/accounts/login/"
PASSWORD = "a long enough pass phrase"


@pytest.fixture
def staff_email(db: None) -> str:
    """Somebody who may sign in."""
    return str(get_user_model().objects.create_user("owner@example.com", PASSWORD).email)


def sign_in(client: Client, email: str, password: str) -> int:
    return client.post(SIGN_IN, {"login": email, "password": password}).status_code


def test_the_policy_allows_no_inline_script_or_style_outside_the_back_office() -> None:
    policy = Client().get("/ops/live")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_the_back_office_alone_may_evaluate() -> None:
    policy = Client().get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy


@pytest.mark.django_db
def test_probes_answer_in_any_language() -> None:
    assert Client().get("/ops/live").content == b"ok\n"
    assert probe("/ops/ready", Accept="application/json").status_code == 200


def test_metrics_are_for_the_holder_of_the_token(settings: Settings) -> None:
    assert Client().get("/ops/metrics").status_code == 404
    settings.METRICS_TOKEN = "t0ken"
    assert Client().get("/ops/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
    answer = Client().get("/ops/metrics", headers={"Authorization": "Bearer t0ken"})
    assert b"django_http_requests" in answer.content


def test_the_admin_sends_to_the_one_door_of_staff(staff_email: str) -> None:
    assert Client().get("/admin/login/?next=/admin/").headers["Location"].startswith(SIGN_IN)


def test_staff_sign_in_by_email(staff_email: str) -> None:
    assert sign_in(Client(), staff_email.upper(), PASSWORD) == 302


def test_an_account_rests_after_five_wrong_passwords_even_for_the_right_one(staff_email: str) -> None:
    client = Client()
    outcomes = [sign_in(client, staff_email, "wrong") for _ in range(5)]
    assert outcomes == [200, 200, 200, 200, 429]
    assert sign_in(client, staff_email, PASSWORD) == 429
    assert sign_in(client, "another@example.com", "wrong") == 200


@pytest.mark.django_db
def test_nobody_signs_up_by_themselves() -> None:
    account = {"email": "stranger@example.com", "password1": PASSWORD}
    Client().post("/accounts/signup/", account)
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize(("language", "words"), [("ar", "لا يوجد شيء هنا"), ("en", "There is nothing here")])
@pytest.mark.django_db
def test_a_wrong_address_is_answered_in_the_readers_language(language: str, words: str) -> None:
    answer = Client().get("/no/such/page", headers={"Accept-Language": language})
    assert answer.status_code == 404
    assert words in answer.content.decode()
