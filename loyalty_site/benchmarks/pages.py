"""Queries and time of pages, with the demo loaded: what a reader waits for, less the network."""

import time
from collections.abc import Callable, Iterator
from statistics import quantiles
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Member, Merchant, User
from loyalty_site.demo import SLUG
from loyalty_site.portal.sessions import key_of

TIMES: Final = 40
PORTAL_PAGES: Final = ("", "rewards/", "history/", "inbox/", "profile/")


def measure() -> Iterator[str]:
    """Yield "name, measured, target, floor" per page, separated by tabs."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    merchant = Merchant.objects.get(slug=SLUG)
    nobody = Client()
    nobody.get("/ops/live")  # the first request also builds the middleware
    floor = _p95(lambda: nobody.get("/ops/live"))
    staff = Client()
    staff.force_login(
        User.objects.get(posts__merchant=merchant, posts__role="owner"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    yield _line("dashboard", staff, "/admin/", floor)
    visitor = _visitor(merchant)
    for page in PORTAL_PAGES:
        yield _line(f"portal /{page}", visitor, f"/m/{SLUG}/{page}", floor)


def _visitor(merchant: Merchant) -> Client:
    """Sign in the member with the longest history: the hardest to show."""
    member = Member.objects.for_merchant(merchant).order_by("-balance__purchases")[:1].get()
    client = Client()
    session = client.session
    session[key_of(merchant)] = member.pk
    session.save()
    return client


def _line(name: str, client: Client, address: str, floor: float) -> str:
    """Ask for one page; its answer must be 200."""
    queries = _queries(client, address)
    slow = _p95(lambda: client.get(address))
    measured = f"{queries} queries, p95 {slow * 1000:.0f} ms"
    ratio = f"{slow / floor:.1f} × {floor * 1000:.1f} ms of an empty page"
    return f"{name}\t{measured}\t< 25 queries, p95 < 300 ms\t{ratio}"


def _queries(client: Client, address: str) -> int:
    """Count the queries of one page."""
    counted = [0]

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        counted[0] += 1
        return execute(*arguments)

    with connection.execute_wrapper(count):
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code} at {timezone.now():%H:%M}")
    return counted[0]


def _p95(ask: Callable[[], Any]) -> float:
    """Return the 95th percentile of the seconds it takes."""
    taken = []
    for _time in range(TIMES):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return quantiles(taken, n=20)[-1]
