"""How staff sign in: by e-mail and password, through allauth, with axes counting the failures."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Staff accounts are made by owners: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse sign-up, always."""
        return False


def attempted_email(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return the e-mail address an attempt was made with, as axes should count it."""
    given = (credentials or {}).get("email") or (request.POST.get("login", "") if request else "")
    return str(given).strip().lower()


def locked_out(request: HttpRequest, _response: HttpResponse | None, _credentials: Any) -> HttpResponse:
    """Answer an account that failed too often: wait a quarter of an hour."""
    answer = render(request, "429.html", status=429)
    answer["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME * 3_600))
    return answer
