"""Who stands at the till: the signed-in member of staff, their post, and the moment of the request."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Concatenate, Final, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.access import Actor, posts_of, staff_actor
from accounts.errors import Forbidden, NotFound, TooMany, WalaaError
from accounts.guessing import Limit, guessing
from accounts.models import Branch, Merchant, Staff, User

CHOSEN = "till_merchant"
SOURCE: Final = "till"
"""Where the sales and codes of this door say they come from."""
Rest = ParamSpec("Rest")


@dataclass(frozen=True, slots=True)
class Counter:
    """One person behind one counter, now."""

    user: User
    post: Staff
    others: tuple[Staff, ...]
    actor: Actor
    now: datetime

    @property
    def merchant(self) -> Merchant:
        """The shop."""
        return self.post.merchant

    @property
    def branch(self) -> Branch | None:
        """Where the counter stands."""
        return self.post.branch

    @property
    def today(self) -> date:
        """The shop's day."""
        return self.now.astimezone(self.merchant.timezone).date()

    @property
    def may_refund(self) -> bool:
        """Whether refunds are theirs: a manager's and an owner's right."""
        return self.actor.may("change", "facts")

    def guessing(self, limit: Limit, wrong: type[WalaaError]) -> AbstractContextManager[None]:
        """Count what this person types and is not there. Raises `TooMany`."""
        return guessing(limit, self.actor.label, now=self.now, wrong=wrong)


Page = Callable[Concatenate[HttpRequest, Counter, Rest], HttpResponse]


def at_the_counter(page: Page[Rest]) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Give `page` the counter, in the cashier's language and the shop's zone; word every refusal."""

    @never_cache
    @login_required
    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        user = cast(User, request.user)
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language
        try:
            counter = counter_of(request, user)
            with timezone.override(counter.merchant.timezone):
                return _answered(request, counter, page, *args, **kwargs)
        except Forbidden:
            return render(request, "till/closed.html", status=403)

    return answer


def _answered(
    request: HttpRequest, counter: Counter, page: Page[Rest], *args: Rest.args, **kwargs: Rest.kwargs
) -> HttpResponse:
    try:
        return page(request, counter, *args, **kwargs)
    except NotFound:
        return show(
            request, counter, "till/refused.html", {"message": _("We could not find that.")}, status=404
        )
    except Forbidden:
        message = _("This is not yours to do. Please ask your manager.")
        return show(request, counter, "till/refused.html", {"message": message}, status=403)
    except WalaaError as error:
        status = 429 if isinstance(error, TooMany) else 409
        return show(request, counter, "till/refused.html", {"message": str(error)}, status=status)


def counter_of(request: HttpRequest, user: User) -> Counter:
    """Return the counter of a user who works at a till. Raises `Forbidden` for everybody else."""
    actors = [(post, staff_actor(post)) for post in posts_of(user)]
    posts = {post.merchant.slug: (post, actor) for post, actor in actors if actor.may("change", "till")}
    if not posts:
        raise Forbidden
    chosen = request.session.get(CHOSEN, "")
    post, actor = posts.get(chosen) or next(iter(posts.values()))
    others = tuple(other for other, _actor in posts.values() if other.pk != post.pk)
    return Counter(user, post, others, actor, timezone.now())


def show(
    request: HttpRequest, counter: Counter, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of the till."""
    return render(
        request, template, {"counter": counter, "merchant": counter.merchant} | context, status=status
    )
