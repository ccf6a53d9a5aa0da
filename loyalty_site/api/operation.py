"""What every operation shares: the key's actor, the moment, strict input, problem documents, the schema."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts import calls
from accounts.access import Actor, key_actor
from accounts.errors import NotFound, WalaaError
from accounts.models import Merchant
from ledger.errors import KeyConflict
from loyalty_site.api import problems
from loyalty_site.api.bodies import StrictJSON
from loyalty_site.api.keys import InRoom, KeyAuthentication, PerKey, key_of
from loyalty_site.api.ready import ready

Handler = TypeVar("Handler", bound=Callable[..., Response])

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
SANDBOX: Final = "Walaa-Sandbox"
KEY_FORM: Final = re.compile(r"[\x21-\x7e]{1,64}")
LANGUAGE: Final = OpenApiParameter(
    "Accept-Language", str, OpenApiParameter.HEADER, description="Language of every sentence: `ar` or `en`."
)
ONCE: Final = OpenApiParameter(
    IDEMPOTENCY_KEY,
    {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[\x21-\x7e]{1,64}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Your own unique text for this call. The same key again gives the first answer again.",
)
ONCE_IF_GIVEN: Final = OpenApiParameter(
    IDEMPOTENCY_KEY,
    {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[\x21-\x7e]{1,64}$"},
    OpenApiParameter.HEADER,
    description="Your own text for this call, if you like: the same key with another content is refused.",
)
WRITES: Final = frozenset({"post", "put", "patch", "delete"})
ALWAYS: Final = (401, 403, 422, 429)


class AlwaysJSON(BaseContentNegotiation):
    """Answers JSON whatever is asked for: there is nothing else to choose from."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Choose the parser that knows the body's type, if any."""
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Choose the only one."""
        only = next(iter(renderers))
        return only, only.media_type


class Operation(APIView):
    """One address under `/api/v1/`; each method is one small class mixed in by `together`."""

    authentication_classes: Sequence[type[BaseAuthentication]] = (KeyAuthentication,)
    permission_classes: Sequence[Any] = (InRoom,)
    throttle_classes: Sequence[type[BaseThrottle]] = (PerKey,)
    parser_classes = (StrictJSON,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJSON
    metadata_class = None
    rate: PerKey | None = None
    is_sandbox = False
    is_retry = False
    has_written = False

    @cached_property
    def actor(self) -> Actor:
        """Who asks, and at which merchant."""
        return key_actor(key_of(self.request))

    @cached_property
    def now(self) -> datetime:
        """The moment of this request."""
        return timezone.now()

    @cached_property
    def first_at(self) -> datetime:
        """The moment at which this call came first; an earlier one where its key was used before."""
        return self.now

    @property
    def language(self) -> str:
        """The caller's language, "ar" or "en"."""
        return (get_language() or "ar")[:2]

    def body(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """Return the validated body. Raises `ValidationError`."""
        return self._valid(shape, self.request.data)

    def query(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """Return the validated query parameters. Raises `ValidationError`."""
        return self._valid(shape, self.request.query_params.dict())

    @property
    def wording(self) -> dict[str, Any]:
        """What serializers need to know of the caller."""
        return {
            "currency": self.actor.merchant.currency,
            "language": self.language,
            "actor": self.actor,
            "now": self.now,
        }

    def answer(
        self,
        shape: type[serializers.Serializer[Any]],
        found: Any,
        status: int = 200,
        *,
        replayed: bool = False,
    ) -> Response:
        """Return `found` in the shape of an output serializer."""
        headers = {REPLAYED: "true"} if replayed else None
        told = ready(shape, self.wording).to_representation(found)
        return Response(told, status=status, headers=headers)

    def once_key(self) -> str:
        """Return the caller's idempotency key. Raises `ValidationError`."""
        given = self.request.headers.get(IDEMPOTENCY_KEY, "")
        if not KEY_FORM.fullmatch(given):
            message = _("Send an Idempotency-Key header of 1 to 64 plain characters.")
            raise serializers.ValidationError({IDEMPOTENCY_KEY: [message]}, code="idempotency_key")
        return given

    @contextmanager
    def holding_key(self, *, whole: bool = False) -> Iterator[None]:
        """Take the key that a write was given beside its natural one. Raises ``KeyConflict``.

        The natural key answers a retry; this one insists that it is the same call. What was refused wrote
        nothing, and leaves the key free. ``whole``: one transaction takes key and write back.
        """
        if IDEMPOTENCY_KEY not in self.request.headers:
            yield
            return
        key, merchant = self.once_key(), self.actor.merchant
        known, self.first_at = self.take_key(merchant)
        if known is calls.Known.OTHER:
            raise KeyConflict(field=IDEMPOTENCY_KEY)
        self.is_retry = known is calls.Known.SAME
        self.has_written = True
        try:
            yield
        except Exception:
            self.has_written = False
            raise
        finally:
            if not self.has_written and not self.is_retry and not whole:
                calls.let_go(merchant=merchant, key=key)

    def take_key(self, merchant: Merchant) -> calls.Taken:
        """Note at a merchant that this very call came under its key."""
        said = [self.request.method, self.request.path.rstrip("/"), self.request.data]
        text = json.dumps(said, sort_keys=True)
        return calls.take(merchant=merchant, key=self.once_key(), said=text, now=self.now)

    def _valid(self, shape: type[serializers.Serializer[Any]], said: Any) -> dict[str, Any]:
        return cast(dict[str, Any], ready(shape, self.wording).run_validation(said))

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Word every refusal as a problem document."""
        return problems.handle

    @property
    def names(self) -> Mapping[str, str]:
        """How this operation calls what the ledger calls otherwise."""
        method = getattr(self, (self.request.method or "").lower(), None)
        return cast(Mapping[str, str], getattr(method, "names", {}))

    def handle_exception(self, exc: Exception) -> Response:
        """Turn every exception into a problem document, a bug of ours too."""
        if isinstance(exc, WalaaError):
            exc.field = self.names.get(exc.field, exc.field)
        try:
            return super().handle_exception(exc)
        except Exception as error:  # noqa: BLE001 - the last resort, which logs and reports it
            return problems.broken(error, self.request)

    def perform_authentication(self, request: Request) -> None:
        """Find out who asks, once: a refusal is answered without asking again."""
        super().perform_authentication(request)
        self.is_sandbox = key_of(request).is_sandbox

    def finalize_response(
        self, request: HttpRequest | Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Tell the caller their limit, and every cache in between that this is nobody else's."""
        done = super().finalize_response(cast(Request, request), response, *args, **kwargs)
        for name, value in (self.rate.headers() if self.rate else {}).items():
            done[name] = value
        if self.is_sandbox:
            done[SANDBOX] = "true"
        patch_cache_control(done, private=True, no_store=True)
        return done


class NoSuchAddress(Operation):
    """Every address that is not one of ours."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before anything else is looked at."""
        raise NotFound


def operation(
    *,
    needs: tuple[str, str],
    summary: str,
    answers: dict[int, Any],
    takes: Any = None,
    refuses: Sequence[int] = (),
    asks: Sequence[Any] = (),
    examples: Sequence[OpenApiExample] = (),
    names: Mapping[str, str] | None = None,
    whole: bool = False,
    **schema: Any,
) -> Callable[[Handler], Handler]:
    """Declare a method: the right it needs (right, room), what it takes, and its entry in the schema.

    ``names``: the ledger's name of a field → the caller's, where a refusal names what was sent otherwise.
    ``whole``: the write and its key are one transaction, so that a retry has nothing left to do.
    """
    always = {*ALWAYS, *refuses, *((400, 413, 415) if takes else ())}

    def declare(method: Handler) -> Handler:
        kind = method.__qualname__.partition(".")[0]
        may_have_key = method.__name__ in WRITES and ONCE not in asks
        codes = sorted(always | ({409} if may_have_key else set()))
        responses = answers | {(code, problems.CONTENT_TYPE): problems.Problem for code in codes}
        entry = extend_schema(
            operation_id=kind[0].lower() + kind[1:],
            summary=summary,
            description=(method.__doc__ or summary).strip(),
            request=takes,
            responses=responses,
            parameters=[LANGUAGE, *asks, *([ONCE_IF_GIVEN] if may_have_key else ())],
            examples=list(examples),
            **schema,
        )
        declared = entry(_under_its_key(method, whole) if may_have_key else method)
        declared.needs = needs  # type: ignore[attr-defined]
        declared.takes = takes  # type: ignore[attr-defined]
        key = {"key": IDEMPOTENCY_KEY} if ONCE in asks else {}
        declared.names = key | dict(names or {})  # type: ignore[attr-defined]
        return declared

    return declare


def _under_its_key(method: Handler, whole: bool) -> Handler:
    """Hold the call's own key, where it has one, while it is worked."""

    @wraps(method)
    def held(view: Operation, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic() if whole else nullcontext(), view.holding_key(whole=whole):
            return method(view, request, *args, **kwargs)

    return cast(Handler, held)


@contextmanager
def named(field: str) -> Iterator[None]:
    """Say by which name of the body nothing is found."""
    try:
        yield
    except NotFound as error:
        error.field = error.field or field
        raise


def together(*operations: type[Operation]) -> Callable[..., HttpResponseBase]:
    """Return the view of one address from its operations, one class per method."""
    name = "And".join(kind.__name__ for kind in operations)
    view: type[Operation] = type(name, operations, {"__doc__": None, "__module__": operations[0].__module__})
    return view.as_view()
